//! One transaction: each write is decided before anything is changed, so a refused one leaves no trace.

use std::{collections::HashSet, sync::Arc};

use rusqlite::Connection;

use crate::{
    domain::{
        Id, Timestamp,
        customer::{Identifier, IdentifierKind, LinkCause, owner_at},
        event::Event,
        store::{Change, Refusal, StoreError, Write, Written},
    },
    store::embedded::{
        erase, events,
        join::{self, Joined},
        links, products,
    },
};

type Outcome = Result<Result<Written, Refusal>, StoreError>;

/// What one transaction gathers for the observers.
pub(super) struct Batch<'a> {
    conn: &'a Connection,
    /// Stands for times that callers left out.
    now: Timestamp,
    changes: Vec<Change>,
    /// Told once, as they are in the end, however often they changed.
    products: Vec<Id>,
    seen: HashSet<Id>,
    erased: bool,
}

impl<'a> Batch<'a> {
    /// Inside a transaction of `conn`.
    pub(super) fn new(conn: &'a Connection, now: Timestamp) -> Self {
        Self { conn, now, changes: Vec::new(), products: Vec::new(), seen: HashSet::new(), erased: false }
    }

    /// Does one write.
    pub(super) fn apply(&mut self, write: Write) -> Outcome {
        match write {
            Write::Event(event) => self.event(event),
            Write::Link { alias, customer, cause, time } => self.link(alias, customer, cause, time),
            Write::Undo { link } => self.undo(link),
            Write::Erase { who, time } => self.erase(&who, time),
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
        if let Some(former) = events::by_id(self.conn, &event.id)? {
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
        let key = links::intern(self.conn, &subject)?;
        let seq = events::insert(self.conn, &event, key)?;
        for claim in join::claims(&event).filter(|claim| claim.alias != subject) {
            let joined = join::join(self.conn, claim)?;
            self.tell(&joined);
        }
        let owner = if subject.kind == IdentifierKind::Customer {
            subject
        } else {
            let links = links::of_alias(self.conn, key)?;
            owner_at(&links, event.time).map_or(subject, |id| Identifier::customer(id.clone()))
        };
        self.changes.push(Change::Event { seq, event: Arc::new(event), owner });
        Ok(Ok(Written::Event { duplicate: false }))
    }

    fn link(&mut self, alias: Identifier, customer: Id, cause: LinkCause, time: Timestamp) -> Outcome {
        if alias.kind == IdentifierKind::Customer {
            return Ok(Err(Refusal::CustomerAsAlias(alias.value)));
        }
        let joined = join::asked(self.conn, alias, customer, cause, time)?;
        self.tell(&joined);
        Ok(Ok(Written::Linked { link: joined.link, created: joined.created }))
    }

    fn undo(&mut self, link: Id) -> Outcome {
        let Some(joined) = join::undo(self.conn, &link)? else { return Ok(Err(Refusal::NoSuchLink(link))) };
        self.tell(&joined);
        Ok(Ok(Written::Undone { link: joined.link }))
    }

    fn erase(&mut self, who: &Identifier, time: Timestamp) -> Outcome {
        let erased = erase::erase(self.conn, who, time)?;
        self.erased = true;
        self.changes.push(Change::Identity { aliases: erased.aliases, owners: erased.owners });
        let (receipt, events, identifiers) = (erased.receipt, erased.events, erased.identifiers);
        Ok(Ok(Written::Erased { receipt, events, identifiers }))
    }

    fn tell(&mut self, joined: &Joined) {
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
