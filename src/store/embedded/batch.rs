//! One transaction: each write is decided before anything is changed, so a refused one leaves no trace.

use std::{
    collections::{HashSet, hash_map::Entry},
    sync::Arc,
};

use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::{
    domain::{
        Id, Timestamp,
        catalog::Product,
        customer::{Identifier, IdentifierKind, Link, LinkCause, owner_at},
        event::Event,
        store::{Change, Refusal, StoreError, Write, Written},
    },
    store::embedded::{
        erase::Eraser,
        events,
        join::{self, Joined},
        links, products, rules,
        tombstones::{ErasureTime, Tombstones},
    },
};

type Outcome = Result<Result<Written, Refusal>, StoreError>;

/// What one transaction gathers for the observers.
pub(super) struct Batch<'a> {
    conn: &'a Connection,
    tombstones: &'a Tombstones,
    /// Whether anybody was ever erased.
    any_erased: bool,
    /// How many people an identifier may link.
    identity_links: usize,
    /// Stands for times that callers left out.
    now: Timestamp,
    changes: Vec<Change>,
    /// Told once, as they are in the end, however often they changed.
    products: Vec<Id>,
    seen: HashSet<Id>,
    /// Whose events were written, for the next of theirs: logs tell of one customer in runs.
    subjects: FxHashMap<Identifier, Subject>,
    erased: bool,
}

/// An identifier that events are written under.
struct Subject {
    key: i64,
    /// Those that lead from it to customers.
    links: Vec<Link>,
}

impl<'a> Batch<'a> {
    /// Inside a transaction of `conn`.
    pub(super) fn new(
        conn: &'a Connection,
        tombstones: &'a Tombstones,
        identity_links: usize,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            conn,
            tombstones,
            any_erased: Tombstones::any(conn)?,
            identity_links,
            now,
            changes: Vec::new(),
            products: Vec::new(),
            seen: HashSet::new(),
            subjects: FxHashMap::default(),
            erased: false,
        })
    }

    /// Writes into the transaction at hand, and says what became of it.
    pub(super) fn apply(&mut self, write: Write) -> Outcome {
        match write {
            Write::Event(event) => self.event(event),
            Write::Link { alias, customer, cause, time } => self.link(alias, customer, cause, time),
            Write::Undo { link } => self.undo(link),
            Write::Erase { who, time, spares_newer } => self.erase(&who, time, spares_newer),
            Write::Upsert(product) => {
                self.touch(&product.id);
                Ok(Ok(Written::Upserted { created: products::upsert(self.conn, product, self.now)? }))
            }
            Write::Delete { product } => {
                if !products::delete(self.conn, &product)? {
                    return Ok(Err(Refusal::NoSuchProduct(product)));
                }
                self.touch(&product);
                Ok(Ok(Written::Deleted))
            }
            Write::Stock(change) => {
                let done = products::change(self.conn, &change)?;
                if done == Ok(true) {
                    self.touch(&change.product);
                }
                Ok(done.map(|applied| Written::Stock { applied }))
            }
            Write::Retire { products, time } => self.retire(&products, time),
            Write::PutRule(rule) => {
                let put = rules::put(self.conn, &rule)?;
                if put.is_ok() {
                    self.changes.push(Change::Rule(Arc::from(rule)));
                }
                Ok(put.map(|created| Written::RulePut { created }))
            }
            Write::DeleteRule { rule } => {
                if !rules::delete(self.conn, &rule)? {
                    return Ok(Err(Refusal::NoSuchRule(rule)));
                }
                self.changes.push(Change::RuleDeleted(rule));
                Ok(Ok(Written::RuleDeleted))
            }
        }
    }

    /// What is new, for the observers, and whether somebody was erased.
    pub(super) fn finish(mut self) -> Result<(Vec<Change>, bool), StoreError> {
        for id in self.products {
            self.changes.push(match products::by_id(self.conn, &id)? {
                Some(product) => Change::Product(Arc::new(product)),
                None => Change::ProductDeleted(id),
            });
        }
        Ok((self.changes, self.erased))
    }

    fn event(&mut self, event: Event) -> Outcome {
        let Some(subject) = event.who.subject() else { return Ok(Err(Refusal::Nobody(event.id))) };
        let former = events::by_id(self.conn, &event.id)?;
        if former.as_ref() == Some(&event) {
            return Ok(Ok(Written::Event { duplicate: true }));
        }
        let Some(event) = self.without_erased(event)? else { return Ok(Err(Refusal::Erased)) };
        if let Some(former) = former {
            let duplicate = former == event;
            return Ok(if duplicate {
                Ok(Written::Event { duplicate })
            } else {
                Err(Refusal::EventConflict(event.id))
            });
        }
        let stranger = event.who.aliases().find(|alias| alias.kind == IdentifierKind::Customer && *alias != subject);
        if let Some(stranger) = stranger {
            return Ok(Err(Refusal::CustomerAsAlias(stranger.value)));
        }
        let Subject { key, links } = self.subject(&subject)?;
        let owner = owner_at(links, event.time).map(|id| Identifier::customer(id.clone()));
        let key = *key;
        let seq = events::insert(self.conn, &event, key)?;
        for claim in join::claims(&event).filter(|claim| claim.alias != subject) {
            let joined = join::join(self.conn, claim, self.identity_links)?;
            self.tell(&joined);
        }
        let owner = owner.unwrap_or(subject);
        self.changes.push(Change::Event { seq, event: Arc::new(event), owner });
        Ok(Ok(Written::Event { duplicate: false }))
    }

    /// Given a key now where it has none.
    fn subject(&mut self, who: &Identifier) -> Result<&Subject, StoreError> {
        match self.subjects.entry(who.clone()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let key = links::intern(self.conn, who)?;
                let links = match who.kind {
                    IdentifierKind::Customer => Vec::new(),
                    _ => links::leading(self.conn, key, self.identity_links)?,
                };
                Ok(place.insert(Subject { key, links }))
            }
        }
    }

    fn link(&mut self, alias: Identifier, customer: Id, cause: LinkCause, time: Timestamp) -> Outcome {
        if alias.kind == IdentifierKind::Customer {
            return Ok(Err(Refusal::CustomerAsAlias(alias.value)));
        }
        if self.was_erased(&alias, time)? || self.was_erased(&Identifier::customer(customer.clone()), time)? {
            return Ok(Err(Refusal::Erased));
        }
        let joined = join::asked(self.conn, alias, customer, cause, time, self.identity_links)?;
        self.tell(&joined);
        Ok(Ok(Written::Linked { link: joined.link, created: joined.created }))
    }

    fn undo(&mut self, link: Id) -> Outcome {
        let Some(joined) = join::undo(self.conn, &link)? else { return Ok(Err(Refusal::NoSuchLink(link))) };
        self.tell(&joined);
        Ok(Ok(Written::Undone { link: joined.link }))
    }

    fn erase(&mut self, who: &Identifier, asked: Timestamp, spares_newer: bool) -> Outcome {
        self.tombstones.clear(self.conn, self.now)?;
        let (moment, identity_links) = (ErasureTime { asked, now: self.now }, self.identity_links);
        let eraser = Eraser { conn: self.conn, tombstones: self.tombstones, moment, spares_newer, identity_links };
        let erased = eraser.erase(who)?;
        (self.erased, self.any_erased) = (true, true);
        self.subjects.clear();
        self.changes.push(Change::Identity { aliases: erased.aliases, owners: erased.owners });
        Ok(Ok(Written::Erased { receipt: erased.receipt }))
    }

    /// An event of another customer goes in without the identifiers that were erased after it. `None` where it is theirs whom
    /// it would bring back.
    fn without_erased(&self, mut event: Event) -> Result<Option<Event>, StoreError> {
        if !self.any_erased {
            return Ok(Some(event));
        }
        let Some(subject) = event.who.subject() else { return Ok(Some(event)) };
        if self.was_erased(&subject, event.time)? || self.tombstones.forbid_event(self.conn, &event, self.now)? {
            return Ok(None);
        }
        let visitor = event.who.visitor.clone().map(Identifier::visitor);
        if visitor.map_or(Ok(false), |visitor| self.was_erased(&visitor, event.time))? {
            event.who.visitor = None;
        }
        if event.who.other.as_ref().map_or(Ok(false), |other| self.was_erased(other, event.time))? {
            event.who.other = None;
        }
        Ok(Some(event))
    }

    fn was_erased(&self, who: &Identifier, time: Timestamp) -> Result<bool, StoreError> {
        Ok(self.any_erased && self.tombstones.forbid(self.conn, who, time, self.now)?)
    }

    fn retire(&mut self, products: &[Arc<Product>], time: Timestamp) -> Outcome {
        let mut retired = 0;
        for product in products {
            if products::retire(self.conn, product, time)? {
                self.touch(&product.id);
                retired += 1;
            }
        }
        Ok(Ok(Written::Retired { products: retired }))
    }

    fn tell(&mut self, joined: &Joined) {
        if joined.created || !joined.owners.is_empty() {
            self.subjects.remove(&joined.link.alias);
        }
        if !joined.owners.is_empty() {
            let aliases = vec![joined.link.alias.clone()];
            self.changes.push(Change::Identity { aliases, owners: joined.owners.clone() });
        }
    }

    fn touch(&mut self, product: &Id) {
        if self.seen.insert(product.clone()) {
            self.products.push(product.clone());
        }
    }
}
