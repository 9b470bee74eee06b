//! Which of the true things is said, and in which of its wordings: what matters most, and nothing twice.
//!
//! A product rests for some days once a line named it, whatever the line was about, until something new happens; so does a
//! situation without a product. Within one conversation they rest whatever the days. Of the wordings the one is taken that she
//! heard longest ago or never. When all situations rest, she is greeted; when she was greeted, the conversation is kept open;
//! when that too is used up, a line with a running number offers a human. So there is always a line that this conversation has
//! not heard.

use std::collections::BTreeSet;

use super::{
    render,
    situation::{Finding, PRIORITY, Setting, Words, greeting, plain},
};
use crate::domain::{
    Id, TimeZone, Timestamp, catalog::Ids, customer::SaidOpener, opener::Fact, recommend::RequestContext,
};

/// What was said to her, as one conversation sees it.
#[derive(Debug)]
pub struct Memory<'a> {
    said: &'a [SaidOpener],
    ids: &'a Ids,
    conversation: Option<&'a Id>,
    now: Timestamp,
    zone: &'a TimeZone,
    /// Lines that this conversation has heard, those of calls that are under way among them.
    heard: BTreeSet<&'a str>,
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// With its facts.
    pub finding: Finding,
    /// The wording. Stands in the event, and names the message.
    pub line: String,
}

impl<'a> Memory<'a> {
    /// `taken` are lines that other calls of the conversation were faster to say.
    pub fn new(
        said: &'a [SaidOpener],
        ids: &'a Ids,
        conversation: Option<&'a Id>,
        now: Timestamp,
        zone: &'a TimeZone,
        taken: &'a BTreeSet<String>,
    ) -> Self {
        let mut memory = Self { said, ids, conversation, now, zone, heard: taken.iter().map(String::as_str).collect() };
        let here = said.iter().filter(|one| memory.is_here(one)).map(|one| &*one.line);
        memory.heard = here.chain(taken.iter().map(String::as_str)).collect();
        memory
    }

    fn is_here(&self, said: &SaidOpener) -> bool {
        match self.conversation {
            Some(_) => said.conversation.as_ref() == self.conversation,
            None => said.conversation.is_none() && self.zone.day(said.stamp.time) == self.zone.day(self.now),
        }
    }

    /// Whether she heard of these very facts already, or of this product in another situation: to whom the boots in her cart
    /// were named for their sizes, they are not named again for waiting there.
    fn rests(&self, finding: &Finding, days: i64) -> bool {
        self.said.iter().any(|said| {
            let product = said.product.and_then(|product| self.ids.product_id(product));
            let same = match &product {
                Some(product) => finding.names(product),
                None => finding.subject.is_none() && said.situation == finding.words.situation(),
            };
            same && said.stamp.time >= finding.since
                && (self.is_here(said) || said.stamp.time.plus_days(days) > self.now)
        })
    }

    /// The wording that she heard longest ago or never, and not in this conversation.
    fn fresh(&self, lines: Vec<String>) -> Option<String> {
        let last = |line: &String| self.said.iter().rev().find(|said| *said.line == **line).map(|said| said.stamp.time);
        lines.into_iter().filter(|line| !self.heard.contains(line.as_str())).min_by_key(last)
    }

    fn next_number(&self) -> u64 {
        let last = self.heard.iter().filter_map(|line| render::number_of(line)).max().unwrap_or(0);
        (self.heard.len() as u64).max(last) + 1
    }

    /// What the running number rests on.
    fn facts(&self) -> Vec<Fact> {
        let last = self.said.iter().rev().find(|said| self.is_here(said));
        let fact = |said: &SaidOpener| Fact {
            kind: "opener_said",
            event: Some(said.stamp.event.clone()),
            product: None,
            variant: None,
            order: None,
            time: said.stamp.time,
        };
        last.map(fact).into_iter().collect()
    }
}

/// The one thing to say now.
pub fn choose(setting: &Setting<'_>, memory: &Memory<'_>) -> Choice {
    for (_, detect) in PRIORITY {
        for finding in detect(setting) {
            if memory.rests(&finding, setting.rules.repeat_after_days) {
                continue;
            }
            if let Some(line) = memory.fresh(render::lines(&finding.words)) {
                return Choice { finding, line };
            }
        }
    }
    let now = setting.context.now;
    let polite =
        if memory.heard.is_empty() { greeting(&setting.context) } else { plain(Words::FollowUp, Vec::new(), now) };
    if let Some(line) = memory.fresh(render::lines(&polite.words)) {
        return Choice { finding: polite, line };
    }
    let words = Words::StillHere { number: memory.next_number() };
    let line = render::lines(&words).concat();
    Choice { finding: plain(words, memory.facts(), now), line }
}

/// The greeting that fits the page, in its first wording: for where nobody can say what she has heard.
pub fn greet(context: &RequestContext<'_>) -> Choice {
    let finding = greeting(context);
    let line = render::lines(&finding.words).into_iter().next().unwrap_or_default();
    Choice { finding, line }
}
