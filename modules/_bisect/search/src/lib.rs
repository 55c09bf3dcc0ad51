//! The search of CPython's `bisect` module: which items it looks at, in which order.
//!
//! That order is part of the behaviour: a comparison can be any Python code, the items need not be
//! sorted, and the outcome for unsorted items must be the one that CPython has.

#![forbid(unsafe_code)]

/// Finds where the items of which `is_before` is true end, looking at the middle first.
///
/// Searches the indices from `low` up to, but not including, `high`. A range that is empty or the
/// wrong way round is not looked at, and its `low` is the answer.
///
/// # Errors
/// The first error of `is_before`, which is not called again.
pub fn boundary<E>(
    mut low: usize,
    mut high: usize,
    mut is_before: impl FnMut(usize) -> Result<bool, E>,
) -> Result<usize, E> {
    while low < high {
        // The sum of two indices can overflow; this cannot.
        let middle = low + (high - low) / 2;
        if is_before(middle)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::boundary;
    use core::convert::Infallible;

    fn found(low: usize, high: usize, is_before: impl Fn(usize) -> bool) -> usize {
        let outcome: Result<usize, Infallible> = boundary(low, high, |at| Ok(is_before(at)));
        outcome.unwrap()
    }

    #[test]
    fn finds_every_boundary_of_every_range() {
        for low in 0..20 {
            for high in low..20 {
                for edge in 0..25 {
                    let expected = edge.clamp(low, high);
                    assert_eq!(
                        found(low, high, |at| at < edge),
                        expected,
                        "{low}..{high}, {edge}"
                    );
                }
            }
        }
    }

    #[test]
    fn looks_at_the_middle_first_as_cpython_does() {
        // CPython computes (low + high) // 2 at each step; so must we, sorted or not.
        for high in 0_usize..200 {
            for pattern in 0..16_u32 {
                let answer = |at: usize| pattern >> (at % 4) & 1 == 1;
                let (mut low, mut end, mut seen) = (3, high, Vec::new());
                while low < end {
                    let middle = usize::midpoint(low, end);
                    seen.push(middle);
                    if answer(middle) {
                        low = middle + 1;
                    } else {
                        end = middle;
                    }
                }
                let mut looked = Vec::new();
                let outcome: Result<usize, Infallible> = boundary(3, high, |at| {
                    looked.push(at);
                    Ok(answer(at))
                });
                assert_eq!((outcome, looked), (Ok(low), seen));
            }
        }
    }

    #[test]
    fn does_not_overflow_at_the_end_of_the_address_space() {
        let most = usize::MAX;
        assert_eq!(found(most - 10, most, |_| true), most);
        assert_eq!(found(0, most, |at| at < most - 3), most - 3);
    }

    #[test]
    fn looks_at_nothing_when_the_range_is_empty_or_reversed() {
        assert_eq!(boundary(5, 5, |_| Err(())), Ok(5));
        assert_eq!(boundary(7, 3, |_| Err(())), Ok(7));
    }

    #[test]
    fn stops_at_the_first_error() {
        let mut calls = 0;
        let outcome = boundary(0, 100, |at| {
            calls += 1;
            if at > 60 { Err(at) } else { Ok(true) }
        });
        assert_eq!((outcome, calls), (Err(75), 2));
    }
}
