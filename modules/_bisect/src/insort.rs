//! `insort_left` and `insort_right`: putting an item where it belongs.

use core::ffi::CStr;

use module_support::{Arguments, Function, ModuleRef, Owned, PyResult};

use crate::Bisect;
use crate::query::{Query, Side};

/// `insort_right(a, x, lo=0, hi=None, *, key=None)`
pub(crate) struct InsortRight;

impl Function<Bisect> for InsortRight {
    const NAME: &'static CStr = c"insort_right";
    const DOC: &'static CStr = c"insort_right($module, /, a, x, lo=0, hi=None, *, key=None)
--

Insert x in the sorted list a, after any equal items.

lo and hi limit the search to a[lo:hi]. With key, key(x) is compared with
key(e) instead of x with e.";

    fn call<'py>(module: ModuleRef<'py, Bisect>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        insert(module, Side::Right, &Query::bind("insort_right", &given)?)
    }
}

/// `insort_left(a, x, lo=0, hi=None, *, key=None)`
pub(crate) struct InsortLeft;

impl Function<Bisect> for InsortLeft {
    const NAME: &'static CStr = c"insort_left";
    const DOC: &'static CStr = c"insort_left($module, /, a, x, lo=0, hi=None, *, key=None)
--

Insert x in the sorted list a, before any equal items.

lo and hi limit the search to a[lo:hi]. With key, key(x) is compared with
key(e) instead of x with e.";

    fn call<'py>(module: ModuleRef<'py, Bisect>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        insert(module, Side::Left, &Query::bind("insort_left", &given)?)
    }
}

fn insert<'py>(
    module: ModuleRef<'py, Bisect>,
    side: Side,
    query: &Query<'py>,
) -> PyResult<Owned<'py>> {
    let cx = module.context();
    let place = match query.key {
        None => query.place(side, query.item)?,
        Some(key) => {
            let key_of_item = key.call(query.item)?;
            query.place(side, key_of_item.borrow())?
        }
    };
    if query.list.is_exact_list() {
        query.list.list_insert(place, query.item)?;
    } else {
        let name = module.state()?.insert.borrow(cx);
        let index = cx.int(place)?;
        // Whatever the method returns is of no interest.
        drop(query.list.call_method(name, index.borrow(), query.item)?);
    }
    Ok(cx.none().to_owned())
}
