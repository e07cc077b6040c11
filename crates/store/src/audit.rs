//! The audit log: append-only rows in one hash chain.

use std::collections::BTreeSet;

use rolecall_access::{Actor, OrganizationId};
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::caller::Caller;
use crate::error::Result;
use crate::fold::fold;
use crate::ids::new_id;
use crate::sql::{Transaction, query};

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
    let mut previous = last_hash(access.transaction()).await?;
    for entry in entries {
        let row = Row::of(&access.caller, &entry)?;
        previous = insert(access.transaction(), &row, &previous).await?;
    }
    Ok(())
}

/// The hash that the next row continues; the first row continues nothing.
pub(crate) async fn last_hash(transaction: &mut Transaction) -> Result<Vec<u8>> {
    let last: Option<(Vec<u8>,)> =
        query("SELECT hash FROM audit_event ORDER BY position DESC LIMIT 1").fetch_optional(transaction).await?;
    Ok(last.map(|(hash,)| hash).unwrap_or_default())
}

/// A row as stored.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct Row {
    pub id: Uuid,
    pub organization_id: Option<Uuid>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub action: String,
    pub model: String,
    pub record_id: Option<Uuid>,
    pub record_name: String,
    pub outcome: String,
    pub detail: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub address: String,
    pub agent: String,
    pub request_id: String,
    pub created_at: i64,
}

impl Row {
    /// The row of an entry made by this caller.
    pub fn of(caller: &Caller, entry: &AuditEntry) -> Result<Self> {
        let (actor_kind, actor_id) = match caller.actor {
            Actor::Anybody => ("anybody", None),
            Actor::User(user) => ("user", Some(user.0)),
            Actor::Key(key) => ("key", Some(key.0)),
            Actor::Operator => ("operator", None),
        };
        let seen = |text: &str| if entry.acting.is_some() { String::new() } else { text.to_owned() };
        let (actor_kind, actor_id, actor_name) = match &entry.acting {
            Some((organization, name)) => ("organization", Some(organization.0), name.clone()),
            None => (actor_kind, actor_id, caller.name.clone()),
        };
        Ok(Self {
            id: new_id(caller.now)?,
            organization_id: entry.organization.map(|id| id.0),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            actor_name,
            action: entry.action.to_owned(),
            model: entry.model.to_owned(),
            record_id: entry.record_id,
            record_name: entry.record_name.clone(),
            outcome: entry.outcome.as_str().to_owned(),
            detail: entry.detail.clone(),
            before: entry.before.as_ref().map(ToString::to_string),
            after: entry.after.as_ref().map(ToString::to_string),
            address: seen(&caller.address),
            agent: seen(&caller.agent),
            request_id: seen(&caller.request_id),
            created_at: caller.now.0,
        })
    }

    /// The hash of the row behind the one before: SHA-256 over every field, each with its length, so that no
    /// two rows read the same.
    pub fn hash(&self, previous: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        let mut field = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        };
        let id = |id: &Option<Uuid>| id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
        field(previous);
        field(self.id.as_bytes());
        field(&id(&self.organization_id));
        field(self.actor_kind.as_bytes());
        field(&id(&self.actor_id));
        for text in [&self.actor_name, &self.action, &self.model] {
            field(text.as_bytes());
        }
        field(&id(&self.record_id));
        for text in [&self.record_name, &self.outcome, &self.detail] {
            field(text.as_bytes());
        }
        for json in [&self.before, &self.after] {
            field(json.as_ref().map_or(&b"-"[..], |json| json.as_bytes()));
        }
        for text in [&self.address, &self.agent, &self.request_id] {
            field(text.as_bytes());
        }
        field(&self.created_at.to_be_bytes());
        digest.finalize().to_vec()
    }
}

/// Inserts the row behind the one with this hash; gives its own.
pub(crate) async fn insert(transaction: &mut Transaction, row: &Row, previous: &[u8]) -> Result<Vec<u8>> {
    let hash = row.hash(previous);
    query(
        "INSERT INTO audit_event (id, organization_id, actor_kind, actor_id, actor_name, action, model, record_id, \
         record_name, outcome, detail, searched, before, after, address, agent, request_id, created_at, last_at, \
         previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18, $19, $20)",
    )
    .bind(row.id)
    .bind(row.organization_id)
    .bind(&row.actor_kind)
    .bind(row.actor_id)
    .bind(&row.actor_name)
    .bind(&row.action)
    .bind(&row.model)
    .bind(row.record_id)
    .bind(&row.record_name)
    .bind(&row.outcome)
    .bind(&row.detail)
    .bind(fold(&[&row.actor_name, &row.record_name, &row.detail].map(String::as_str).join(" ")))
    .bind(&row.before)
    .bind(&row.after)
    .bind(&row.address)
    .bind(&row.agent)
    .bind(&row.request_id)
    .bind(row.created_at)
    .bind(previous)
    .bind(&hash)
    .execute(transaction)
    .await?;
    Ok(hash)
}
