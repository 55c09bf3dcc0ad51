//! `bisect_left` and `bisect_right`: where an item belongs.

use core::ffi::CStr;

use module_support::{Arguments, Function, ModuleRef, Owned, PyResult};

use crate::Bisect;
use crate::query::{Query, Side};

/// `bisect_right(a, x, lo=0, hi=None, *, key=None)`
pub(crate) struct BisectRight;

impl Function<Bisect> for BisectRight {
    const NAME: &'static CStr = c"bisect_right";
    const DOC: &'static CStr = c"bisect_right($module, /, a, x, lo=0, hi=None, *, key=None)
--

Return where to insert x in the sorted list a, after any equal items.

All e in a[:i] have e <= x, and all e in a[i:] have e > x, for the index i
that is returned. lo and hi limit the search to a[lo:hi]. With key, x is
compared with key(e) instead of with e.";

    fn call<'py>(module: ModuleRef<'py, Bisect>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let query = Query::bind("bisect_right", &given)?;
        module.context().int(query.place(Side::Right, query.item)?)
    }
}

/// `bisect_left(a, x, lo=0, hi=None, *, key=None)`
pub(crate) struct BisectLeft;

impl Function<Bisect> for BisectLeft {
    const NAME: &'static CStr = c"bisect_left";
    const DOC: &'static CStr = c"bisect_left($module, /, a, x, lo=0, hi=None, *, key=None)
--

Return where to insert x in the sorted list a, before any equal items.

All e in a[:i] have e < x, and all e in a[i:] have e >= x, for the index i
that is returned. lo and hi limit the search to a[lo:hi]. With key, x is
compared with key(e) instead of with e.";

    fn call<'py>(module: ModuleRef<'py, Bisect>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let query = Query::bind("bisect_left", &given)?;
        module.context().int(query.place(Side::Left, query.item)?)
    }
}
