//! Loading units of facts: one for a change, all for a start. The same queries' shapes, so that a
//! directory kept by changes equals one rebuilt.

use rolecall_access::{Directory, Unit, Update};

use crate::Connection;
use crate::error::Result;

/// The unit as it stands in this transaction.
pub(crate) async fn load(_connection: &mut Connection, _unit: Unit) -> Result<Update> {
    todo!()
}

/// All units, at the last revision.
pub(crate) async fn load_all(_connection: &mut Connection) -> Result<Directory> {
    todo!()
}
