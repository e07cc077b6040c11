//! When members were last active, organization by organization: noted in memory by whoever is let in, written now and
//! then. What somebody does in one organization is not told to another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_access::{Actor, Directory, OrganizationId, Scope, Timestamp, UserId};

use crate::caller::Caller;
use crate::error::Result;
use crate::sql::query;
use crate::store::Store;

/// Who was seen where since it was last written.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<HashMap<(OrganizationId, UserId), Timestamp>>>);

impl Seen {
    /// The caller was let in at this scope.
    pub(crate) fn note(&self, caller: &Caller, directory: &Directory, scope: Scope) {
        let organization = match scope {
            Scope::Organization(id) => Some(id),
            Scope::Bot(id) => directory.bot(id).map(|bot| bot.organization),
        };
        if let (Actor::User(user), Some(organization)) = (caller.actor, organization) {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert((organization, user), caller.now);
        }
    }

    fn take(&self) -> HashMap<(OrganizationId, UserId), Timestamp> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Writes down who was seen. A crash loses what was noted since.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn write_seen(&self) -> Result<()> {
        let seen = self.seen.take();
        if seen.is_empty() {
            return Ok(());
        }
        let (_writer, mut transaction) = self.write().await?;
        for ((organization, user), at) in seen {
            query("UPDATE membership SET last_active_at = $3 WHERE organization_id = $1 AND account_id = $2")
                .bind(organization.0)
                .bind(user.0)
                .bind(at.0)
                .execute(&mut transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
