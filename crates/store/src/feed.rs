//! The change feed: which units each revision touched.

use rolecall_access::{Revision, Unit};

use crate::access::Access;
use crate::error::Result;

/// Takes the next revision and writes down what it touched.
pub(crate) async fn append(_access: &mut Access, _touched: &[Unit]) -> Result<Revision> {
    todo!()
}
