//! The audit log: append-only rows in one hash chain.

use std::collections::BTreeSet;

use rolecall_access::OrganizationId;
use uuid::Uuid;

use crate::access::Access;
use crate::error::Result;

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
}

/// The lists that entries change: organization and model.
pub(crate) fn lists(entries: &[AuditEntry]) -> BTreeSet<(OrganizationId, String)> {
    entries.iter().filter_map(|entry| Some((entry.organization?, entry.model.to_owned()))).collect()
}

/// Appends the rows to the chain.
pub(crate) async fn append(_access: &mut Access, _entries: Vec<AuditEntry>) -> Result<()> {
    todo!()
}
