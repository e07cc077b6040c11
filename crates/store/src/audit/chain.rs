//! The chain: how a row is hashed and appended.
//!
//! What the chain proves: that each row says what it said when it was made, and stands where it was made, behind the
//! same rows. `content_hash` covers what the row says; `hash` covers that, the row's place, id, organization and time,
//! and the hash of the row before, so what a row says can be pruned (see [`super::prune`]) and the chain still holds.
//!
//! What it does not prove: how often a counted row was repeated and when last (`repeats`, `last_at`: they change after
//! the row is made); and nothing against somebody who can write the database and makes every hash anew from some row on,
//! or cuts the end off, unless the last hash was noted elsewhere. The doctor prints it, and a running server remembers
//! the one that it verified last.

use rolecall_access::Actor;
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::audit::AuditEntry;
use crate::caller::Caller;
use crate::error::Result;
use crate::fold::fold;
use crate::ids::new_id;
use crate::sql::{Transaction, query, storable};

/// A row as stored, its place aside.
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
    pub searched: String,
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
        let seen = |text: &str| if entry.acting.is_some() { String::new() } else { storable(text) };
        let (actor_kind, actor_id, actor_name) = match &entry.acting {
            Some((organization, name)) => ("organization", Some(organization.0), storable(name)),
            None => (actor_kind, actor_id, storable(&caller.name)),
        };
        let (record_name, detail) = (storable(&entry.record_name), storable(&entry.detail));
        Ok(Self {
            id: new_id(caller.now)?,
            organization_id: entry.organization.map(|id| id.0),
            searched: fold(&[&actor_name, &record_name, &detail].map(String::as_str).join(" ")),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            actor_name,
            action: entry.action.to_owned(),
            model: entry.model.to_owned(),
            record_id: entry.record_id,
            record_name,
            outcome: entry.outcome.as_str().to_owned(),
            detail,
            before: entry.before.as_ref().map(ToString::to_string),
            after: entry.after.as_ref().map(ToString::to_string),
            address: seen(&caller.address),
            agent: seen(&caller.agent),
            request_id: seen(&caller.request_id),
            created_at: caller.now.0,
        })
    }

    /// The hash of what the row says: SHA-256 over every field, each with its length, so that no two rows read the same.
    pub fn content_hash(&self) -> Vec<u8> {
        let json = |json: &Option<String>| json.clone().unwrap_or_else(|| "-".to_owned());
        digest([
            self.id.as_bytes(),
            bytes(self.organization_id.as_ref()),
            self.actor_kind.as_bytes(),
            bytes(self.actor_id.as_ref()),
            self.actor_name.as_bytes(),
            self.action.as_bytes(),
            self.model.as_bytes(),
            bytes(self.record_id.as_ref()),
            self.record_name.as_bytes(),
            self.outcome.as_bytes(),
            self.detail.as_bytes(),
            self.searched.as_bytes(),
            json(&self.before).as_bytes(),
            json(&self.after).as_bytes(),
            self.address.as_bytes(),
            self.agent.as_bytes(),
            self.request_id.as_bytes(),
            &self.created_at.to_be_bytes(),
        ])
    }

    /// The hash of the row at this place behind the row of that hash.
    pub fn hash(&self, previous: &[u8], position: i64, content_hash: &[u8]) -> Vec<u8> {
        digest([
            previous,
            &position.to_be_bytes(),
            self.id.as_bytes(),
            bytes(self.organization_id.as_ref()),
            &self.created_at.to_be_bytes(),
            content_hash,
        ])
    }

    /// Whether nothing is left of what it said.
    pub fn is_blank(&self) -> bool {
        let texts = [
            &self.actor_name,
            &self.action,
            &self.model,
            &self.record_name,
            &self.detail,
            &self.searched,
            &self.address,
            &self.agent,
            &self.request_id,
        ];
        let ids = [self.actor_id, self.record_id];
        texts.iter().all(|text| text.is_empty())
            && ids.iter().all(Option::is_none)
            && self.before.is_none()
            && self.after.is_none()
            && self.actor_kind == "anybody"
            && self.outcome == "done"
    }
}

fn bytes(id: Option<&Uuid>) -> &[u8] {
    id.map(|id| &id.as_bytes()[..]).unwrap_or_default()
}

/// SHA-256 over the fields, each with its length.
pub(crate) fn digest<const N: usize>(fields: [&[u8]; N]) -> Vec<u8> {
    let mut digest = Sha256::new();
    for field in fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    digest.finalize().to_vec()
}

/// The end of the chain, which the next row continues; at first nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Head {
    /// The last row's place.
    pub position: i64,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// The end of the chain as it is now.
pub(crate) async fn head(transaction: &mut Transaction) -> Result<Head> {
    let last: Option<Head> = query("SELECT position, hash FROM audit_event ORDER BY position DESC LIMIT 1")
        .fetch_optional(transaction)
        .await?;
    Ok(last.unwrap_or_default())
}

/// Inserts the row behind this end; gives the new one. The writer's lock is held, so places have no gaps.
pub(crate) async fn insert(transaction: &mut Transaction, row: &Row, behind: &Head) -> Result<Head> {
    let position = behind.position + 1;
    let content_hash = row.content_hash();
    let hash = row.hash(&behind.hash, position, &content_hash);
    query(
        "INSERT INTO audit_event (id, organization_id, actor_kind, actor_id, actor_name, action, model, record_id, \
         record_name, outcome, detail, searched, before, after, address, agent, request_id, created_at, last_at, \
         previous_hash, content_hash, hash, position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
         $14, $15, $16, $17, $18, $18, $19, $20, $21, $22)",
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
    .bind(&row.searched)
    .bind(&row.before)
    .bind(&row.after)
    .bind(&row.address)
    .bind(&row.agent)
    .bind(&row.request_id)
    .bind(row.created_at)
    .bind(&behind.hash)
    .bind(&content_hash)
    .bind(&hash)
    .bind(position)
    .execute(transaction)
    .await?;
    Ok(Head { position, hash })
}
