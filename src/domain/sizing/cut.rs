//! How one body size is cut for unlike bodies: its length and its width. A petite M and a tall M are both an M.

/// What is said of the cut beside a size. What is not said suits every cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Cut {
    /// Short and petite -1, regular 0, long and tall 1, extra long 2.
    pub(super) length: Option<i8>,
    /// Narrow -1, standard 0, wide 1, extra wide 2.
    pub(super) width: Option<i8>,
}

impl Cut {
    pub(super) const fn with_length(length: i8) -> Self {
        Self { length: Some(length), width: None }
    }

    pub(super) const fn with_width(width: i8) -> Self {
        Self { length: None, width: Some(width) }
    }

    /// Both together. `None`: one thing is said twice and unlike.
    pub(super) fn join(self, other: Self) -> Option<Self> {
        let join =
            |a: Option<i8>, b: Option<i8>| if a.is_some() && b.is_some() && a != b { None } else { Some(a.or(b)) };
        Some(Self { length: join(self.length, other.length)?, width: join(self.width, other.width)? })
    }

    /// What both say.
    pub(super) fn shared(self, other: Self) -> Self {
        let same = |a: Option<i8>, b: Option<i8>| a.filter(|_| a == b);
        Self { length: same(self.length, other.length), width: same(self.width, other.width) }
    }

    /// Whether both say it, and unlike.
    pub(super) fn differs(self, other: Self) -> bool {
        let unlike = |a: Option<i8>, b: Option<i8>| a.zip(b).is_some_and(|(a, b)| a != b);
        unlike(self.length, other.length) || unlike(self.width, other.width)
    }

    /// Whether one is as good as the other for who wears it; what is not said is regular.
    pub(super) fn is_like(self, other: Self) -> bool {
        let same = |a: Option<i8>, b: Option<i8>| a.unwrap_or(0) == b.unwrap_or(0);
        same(self.length, other.length) && same(self.width, other.width)
    }
}
