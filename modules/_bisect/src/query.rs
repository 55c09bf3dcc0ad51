//! What all four functions have in common: their parameters, and the search.

use bisect_search::boundary;
use module_support::{
    Arguments, Borrowed, Exception, Items, LessThan, PyResult, Raised, Signature,
};

/// On which side of equal items the place is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// The arguments of a call.
#[derive(Clone, Copy)]
pub(crate) struct Query<'py> {
    pub(crate) list: Borrowed<'py>,
    pub(crate) item: Borrowed<'py>,
    pub(crate) key: Option<Borrowed<'py>>,
    low: isize,
    high: Option<isize>,
}

impl<'py> Query<'py> {
    /// Reads `(a, x, lo=0, hi=None, *, key=None)`.
    pub(crate) fn bind(function: &'static str, given: &Arguments<'py>) -> PyResult<Self> {
        let signature = Signature {
            function,
            names: [c"a", c"x", c"lo", c"hi", c"key"],
            required: 2,
            positional: 4,
        };
        let [list, item, low, high, key] = signature.bind(given)?;
        Ok(Self {
            list: list.expect("bind() has checked that a is there"),
            item: item.expect("bind() has checked that x is there"),
            low: low.map_or(Ok(0), Borrowed::to_isize)?,
            high: high.map_or(Ok(None), Borrowed::to_optional_isize)?,
            key: key.filter(|key| !key.is_none()),
        })
    }

    /// The index where `value` belongs, compared with the keys of the items.
    pub(crate) fn place(&self, side: Side, value: Borrowed<'_>) -> PyResult<isize> {
        let cx = self.list.context();
        let Ok(low) = usize::try_from(self.low) else {
            return Err(Raised::new(cx, Exception::Value, "lo must be non-negative"));
        };
        let high = match self.high {
            // C code marks "not given" with -1 and cannot tell it from a -1 that was given.
            None | Some(-1) => self.list.length()?,
            Some(high) => high,
        };
        let Some(items) = Items::of(self.list) else {
            return Err(no_items(self.list));
        };
        let less_than = LessThan::for_type_of(value);
        // Any other negative end is an empty range, like an end before the start.
        let high = usize::try_from(high).unwrap_or(0);
        let place = boundary(low, high, |index| {
            let item = items.get(to_isize(index))?;
            let compared = match self.key {
                None => item,
                Some(key) => key.call(item.borrow())?,
            };
            match side {
                Side::Left => less_than.ask(compared.borrow(), value),
                Side::Right => less_than.ask(value, compared.borrow()).map(|after| !after),
            }
        })?;
        Ok(to_isize(place))
    }
}

fn no_items(object: Borrowed<'_>) -> Raised {
    let kind = match object.type_name() {
        Ok(kind) => kind,
        Err(raised) => return raised,
    };
    let message = if object.has_keys() {
        format!("{kind} is not a sequence")
    } else {
        format!("'{kind}' object does not support indexing")
    };
    Raised::new(object.context(), Exception::Type, &message)
}

/// Indices of a search lie between two numbers that were `isize`.
fn to_isize(index: usize) -> isize {
    isize::try_from(index).expect("an index between two isize values is one itself")
}
