//! What a source works out for one request, so that no call of it searches again.

use std::any::Any;

/// What a source keeps of one request: whichever of its calls needs it first makes it, and the others read it again. A source
/// that searches searches once, and explains what it found.
#[derive(Debug, Default)]
pub struct Evidence(Option<Box<dyn Any + Send + Sync>>);

impl Evidence {
    /// What it keeps, which is always of one type; made where it was not yet.
    pub fn get_or_make<T: Send + Sync + 'static>(&mut self, make: impl FnOnce() -> T) -> &mut T {
        if !self.0.as_ref().is_some_and(|kept| kept.is::<T>()) {
            self.0 = Some(Box::new(make()));
        }
        match self.0.as_mut().and_then(|kept| kept.downcast_mut()) {
            Some(kept) => kept,
            None => unreachable!("it was made just now"),
        }
    }

    /// As if nothing had been asked.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worked_out_once_is_read_again() {
        let (mut evidence, mut made) = (Evidence::default(), 0);
        for _ in 0..2 {
            let kept = evidence.get_or_make(|| {
                made += 1;
                vec![7]
            });
            assert_eq!(*kept, [7]);
        }
        assert_eq!(made, 1);
        assert_eq!(*evidence.get_or_make(|| 8_u32), 8, "of another type it is made anew");
        evidence.clear();
        assert_eq!(*evidence.get_or_make(|| 9_u32), 9);
    }
}
