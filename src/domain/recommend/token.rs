//! Tokens that callers carry for us: which page comes next, and which answer an event goes back to.
//!
//! A page token is good at this server alone and for one request; the key is made at start-up, so nobody else can write
//! one. An attribution token outlives the server and carries no secret: any server reads it, and whoever brings an event with
//! another text in its place is told so.

use std::{
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{Asked, Filter, Placement, Steering},
    shop::AskError,
};

/// Sixteen bytes that no other answer has.
pub type AnswerId = [u8; 16];

const PAGE: u8 = 1;
/// Another form gets another number, and this one goes on being read: tokens stand in mails and in the log.
const ATTRIBUTION: u8 = 2;
const CHECK: usize = 4;
const TAG: usize = 32;

/// Makes and reads tokens. One for each shop and run of the server.
pub struct Seal {
    key: [u8; 32],
    /// Tells tokens of a former run from what is no token at all.
    run: [u8; 8],
    given: AtomicU64,
}

/// Where a feed goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken {
    /// Which feed.
    pub feed: AnswerId,
    /// What was asked, without what may change from page to page.
    pub request: [u8; 16],
    /// The page, counted from zero: at least one.
    pub page: u32,
    /// When it was given out; for the second page alone.
    pub given: Timestamp,
    /// Which keeping of the feed; zero for the second page, which is what makes one.
    pub keeping: u64,
    /// What the first page held; for the second page alone.
    pub shown: Vec<ProductIx>,
}

/// What an attribution token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// Of the answer.
    pub answer: AnswerId,
    /// Where it was shown.
    pub placement: Placement,
    /// What ranked it.
    pub model_version: Arc<str>,
}

impl Seal {
    /// The key MUST be random and MUST NOT be used again after a restart: dense numbers inside tokens would not hold.
    pub fn new(key: [u8; 32]) -> Self {
        let run = blake3::derive_key("outfitter page token run", &key);
        Self { key, run: first(&run), given: AtomicU64::new(0) }
    }

    /// An id for the next answer: the same key gives the same row of ids.
    pub fn answer_id(&self) -> AnswerId {
        first(blake3::keyed_hash(&self.key, &self.number().to_le_bytes()).as_bytes())
    }

    /// A number never given before in this run, from one on.
    pub fn number(&self) -> u64 {
        self.given.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// As it goes to the caller.
    pub fn page_token(&self, token: &PageToken) -> String {
        let mut body = Vec::with_capacity(64 + 4 * token.shown.len());
        body.extend(self.run);
        body.extend(token.feed);
        body.extend(token.request);
        body.extend(token.page.to_le_bytes());
        body.extend(token.given.0.to_le_bytes());
        body.extend(token.keeping.to_le_bytes());
        token.shown.iter().for_each(|product| body.extend(product.0.to_le_bytes()));
        let tag = blake3::keyed_hash(&self.key, &body);
        body.extend(tag.as_bytes());
        encoded(PAGE, &body)
    }

    /// Reads what [`Self::page_token`] wrote.
    ///
    /// # Errors
    /// `ExpiredPageToken` for one of another run of a server, `ForeignPageToken` for what is none.
    pub fn read_page_token(&self, text: &str) -> Result<PageToken, AskError> {
        let body = decoded(PAGE, text).ok_or(AskError::ForeignPageToken)?;
        let mut rest = body.as_slice();
        if take::<8>(&mut rest) != Some(self.run) {
            return Err(AskError::ExpiredPageToken);
        }
        let tag_at = body.len().checked_sub(TAG).ok_or(AskError::ForeignPageToken)?;
        let (signed, tag) = body.split_at(tag_at);
        let tag = blake3::Hash::from_slice(tag).map_err(|_| AskError::ForeignPageToken)?;
        // This comparison takes the same time wherever they differ.
        if blake3::keyed_hash(&self.key, signed) != tag {
            return Err(AskError::ForeignPageToken);
        }
        rest = &signed[self.run.len()..];
        read_page(rest).ok_or(AskError::ForeignPageToken)
    }
}

fn read_page(mut rest: &[u8]) -> Option<PageToken> {
    Some(PageToken {
        feed: take(&mut rest)?,
        request: take(&mut rest)?,
        page: u32::from_le_bytes(take(&mut rest)?),
        given: Timestamp(i64::from_le_bytes(take(&mut rest)?)),
        keeping: u64::from_le_bytes(take(&mut rest)?),
        shown: rest.chunks_exact(4).map(|bytes| ProductIx(u32::from_le_bytes(first(bytes)))).collect(),
    })
}

/// What of a request a page token is bound to: who asks, where, before which product, for which products, steered how. The
/// cart, the session, the channel and the locale may change while she scrolls, and so may the rules of merchandisers.
pub fn bound_to(asked: &Asked, filter: &Filter, steering: &Steering) -> [u8; 16] {
    let mut digest = Digest(blake3::Hasher::new());
    (asked.who.subject(), asked.placement, &asked.context.product, filter, steering).hash(&mut digest);
    first(digest.0.finalize().as_bytes())
}

/// Feeds what derives `Hash` to a hash that can't be made to collide.
struct Digest(blake3::Hasher);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        u64::from_le_bytes(first(self.0.finalize().as_bytes()))
    }
}

impl Attribution {
    /// As it goes to the caller.
    pub fn token(&self) -> String {
        let mut body = Vec::with_capacity(17 + self.model_version.len());
        body.extend(self.answer);
        body.push(self.placement as u8);
        body.extend(self.model_version.bytes());
        encoded(ATTRIBUTION, &body)
    }

    /// Reads what [`Self::token`] wrote, by whichever server. `None` where it is none.
    pub fn read(text: &str) -> Option<Self> {
        let body = decoded(ATTRIBUTION, text)?;
        let mut rest = body.as_slice();
        let answer = take(&mut rest)?;
        let [placement] = take::<1>(&mut rest)?;
        let placement = Placement::ALL.into_iter().find(|one| *one as u8 == placement)?;
        Some(Self { answer, placement, model_version: std::str::from_utf8(rest).ok()?.into() })
    }
}

fn encoded(kind: u8, body: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(1 + CHECK + body.len());
    bytes.push(kind);
    bytes.extend(check(kind, body));
    bytes.extend(body);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(kind: u8, text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (head, body) = bytes.split_at_checked(1 + CHECK)?;
    (head[0] == kind && head[1..] == check(kind, body)).then(|| body.to_vec())
}

/// Against slips of the hand, not against forgery.
fn check(kind: u8, body: &[u8]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind]).update(body);
    first(hasher.finalize().as_bytes())
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

/// The first `N` bytes; zeros where there are fewer.
fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(page: u32, shown: Vec<u32>) -> PageToken {
        PageToken {
            feed: [7; 16],
            request: [8; 16],
            page,
            given: Timestamp(-5),
            keeping: 9,
            shown: shown.into_iter().map(ProductIx).collect(),
        }
    }

    #[test]
    fn a_token_of_another_run_has_expired_and_anything_else_is_foreign() {
        let (seal, other) = (Seal::new([1; 32]), Seal::new([2; 32]));
        let text = other.page_token(&token(1, vec![3]));
        assert!(matches!(seal.read_page_token(&text), Err(AskError::ExpiredPageToken)));
        let attribution =
            Attribution { answer: [1; 16], placement: Placement::Chat, model_version: "m1".into() }.token();
        for text in ["", "x", "ż", "AAAA", &attribution, &text[1..]] {
            assert!(matches!(seal.read_page_token(text), Err(AskError::ForeignPageToken)), "{text}");
        }
    }

    #[test]
    fn an_attribution_token_is_read_by_any_server() {
        for placement in Placement::ALL {
            let told = Attribution { answer: [3; 16], placement, model_version: "2024-żółw".into() };
            assert_eq!(Attribution::read(&told.token()), Some(told));
        }
        assert_eq!(Attribution::read("AAAA"), None);
    }

    #[test]
    fn ids_of_answers_differ() {
        let seal = Seal::new([1; 32]);
        assert_ne!(seal.answer_id(), seal.answer_id());
        assert_eq!(Seal::new([1; 32]).answer_id(), Seal::new([1; 32]).answer_id());
    }

    proptest! {
        /// What was written is read; what was changed anywhere is not.
        #[test]
        fn nobody_else_can_write_a_token(page in 1..9u32, shown in prop::collection::vec(0..99u32, 0..5), at in 0..400usize) {
            let (seal, token) = (Seal::new([1; 32]), token(page, shown));
            let text = seal.page_token(&token);
            prop_assert_eq!(seal.read_page_token(&text).unwrap(), token);
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
            let at = at % (bytes.len() - 13) + 13;
            bytes[at] ^= 1;
            // As somebody would who knows how the check is made, but not the key.
            let fixed = check(PAGE, &bytes[5..]);
            bytes[1..5].copy_from_slice(&fixed);
            let forged = seal.read_page_token(&URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert!(matches!(forged, Err(AskError::ForeignPageToken)));
        }
    }
}
