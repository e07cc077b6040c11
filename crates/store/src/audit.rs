//! The audit log: append-only rows in one hash chain.

pub(crate) mod chain;
pub(crate) mod count;
pub(crate) mod prune;
mod verify;
pub(crate) mod watch;

use std::collections::BTreeSet;

use rolecall_access::OrganizationId;
use uuid::Uuid;

use crate::access::Access;
use crate::error::Result;

pub use chain::Head;
pub(crate) use chain::Row;
pub use prune::{DuePruning, LEAST_RETENTION_DAYS, MOST_RETENTION_DAYS};
pub use verify::{Broken, Fault, Verifier};
pub use watch::ChainState;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Denied,
    /// It failed (a wrong password).
    Failed,
}

impl Outcome {
    /// As stored and as the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }

    /// The outcome so written, if there is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Done, Self::Denied, Self::Failed].into_iter().find(|outcome| outcome.as_str() == text)
    }
}

impl AuditEntry {
    /// Something done to a record of an organization; add `before` and `after` by struct update.
    #[must_use]
    pub fn done(
        organization: OrganizationId,
        action: &'static str,
        model: &'static str,
        record_id: Uuid,
        record_name: impl Into<String>,
    ) -> Self {
        Self {
            organization: Some(organization),
            action,
            model,
            record_id: Some(record_id),
            record_name: record_name.into(),
            outcome: Outcome::Done,
            detail: String::new(),
            before: None,
            after: None,
            acting: None,
        }
    }

    /// Done by another organization: who of it stays its own.
    #[must_use]
    pub fn by(mut self, organization: OrganizationId, name: impl Into<String>) -> Self {
        self.acting = Some((organization, name.into()));
        self
    }

    /// With the fields as they were and as they are.
    #[must_use]
    pub fn changed(mut self, before: serde_json::Value, after: serde_json::Value) -> Self {
        self.before = Some(before);
        self.after = Some(after);
        self
    }

    /// With the fields as they are now.
    #[must_use]
    pub fn with(mut self, after: serde_json::Value) -> Self {
        self.after = Some(after);
        self
    }
}

/// A row to be written. Who, when and from where come from the caller.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// The organization it concerns; none: the installation or an account.
    pub organization: Option<OrganizationId>,
    /// What was done, as `verb` of the domain: `create`, `update`, `delete`, `invite`, `sign_in`, ….
    pub action: &'static str,
    /// The model, or `Session`, `Account`.
    pub model: &'static str,
    /// On which record.
    pub record_id: Option<Uuid>,
    /// Its name at that time.
    pub record_name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// More in words, where needed.
    pub detail: String,
    /// The fields that changed, before (secrets never).
    pub before: Option<serde_json::Value>,
    /// The fields that changed, after (secrets never).
    pub after: Option<serde_json::Value>,
    /// The other organization that did it; none: the caller.
    pub acting: Option<(OrganizationId, String)>,
}

/// The lists that entries change: organization and model.
pub(crate) fn lists(entries: &[AuditEntry]) -> BTreeSet<(OrganizationId, String)> {
    entries.iter().filter_map(|entry| Some((entry.organization?, entry.model.to_owned()))).collect()
}

/// Appends the rows to the chain.
pub(crate) async fn append(access: &mut Access, entries: Vec<AuditEntry>) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut head = chain::head(access.transaction()).await?;
    for entry in entries {
        let row = Row::of(&access.caller, &entry)?;
        head = chain::insert(access.transaction(), &row, &head).await?;
    }
    Ok(())
}
