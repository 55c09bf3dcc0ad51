//! Out of a store. What is not there is gone already.

use opendal::Operator;
use serde_json::json;

use crate::events::Events;
use crate::fault::Fault;
use crate::name::Name;

/// Removes these, in this order.
pub(crate) async fn delete(store: &Operator, names: &[Name], events: &Events) -> Result<(), Fault> {
    for name in names {
        if let Err(error) = store.delete(&name.path()).await {
            let fault = Fault::of(&format!("remove {name}"), &error);
            if fault.id != "store-not-there" {
                return Err(fault);
            }
        }
        let fields = json!({ "name": name.to_string() });
        events.answer("deleted", fields, &format!("removed {name}"))?;
    }
    Ok(())
}
