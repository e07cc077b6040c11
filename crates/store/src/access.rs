//! Reading: one snapshot of the database, one of the directory, one caller.

use std::sync::Arc;

use rolecall_access::Directory;

use crate::audit::count::Counts;
use crate::authorize::{Action, Authorized, Resource, authorize};
use crate::caller::Caller;
use crate::error::Result;
use crate::feed;
use crate::seen::Seen;
use crate::sql::Transaction;

/// A transaction with its directory and caller. Reads live here; writes are in [`Change`](crate::Change).
pub struct Access {
    pub(crate) transaction: Transaction,
    pub(crate) directory: Arc<Directory>,
    pub(crate) caller: Caller,
    pub(crate) seen: Seen,
    pub(crate) counts: Counts,
}

impl Access {
    /// The record, if the caller may do `A` with it now.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) if there is none, or the caller may not.
    pub async fn require<R: Resource, A: Action>(&mut self, id: R::Id) -> Result<Authorized<R, A>> {
        let authorized: Authorized<R, A> = authorize(&mut self.transaction, &self.directory, &self.caller, id).await?;
        self.seen.note(&self.caller, &self.directory, R::place(authorized.record()).scope);
        Ok(authorized)
    }

    /// Whether all that was read, records included, is of one revision: a transaction that began later than the directory
    /// was taken may see more. If not, the question is to be asked again, of [`Store::access`](crate::Store::access).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_settled(&mut self) -> Result<bool> {
        if matches!(self.transaction, Transaction::Later(_)) {
            return Ok(true);
        }
        Ok(feed::current(&mut self.transaction).await? == self.directory.revision())
    }

    /// The facts this access decides by.
    #[must_use]
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Who asks.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The transaction, for queries of this crate.
    pub(crate) fn transaction(&mut self) -> &mut Transaction {
        &mut self.transaction
    }
}
