//! Loading keys.

use std::collections::{BTreeSet, HashMap};

use rolecall_access::facts::KeyFacts;
use rolecall_access::{BotId, Facts, KeyId, OrganizationId, Permission, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{narrowed, permission};
use crate::error::Result;
use crate::sql::Transaction;

#[derive(FromRow)]
struct KeyRow {
    id: Uuid,
    sponsor_id: Uuid,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

#[derive(FromRow)]
struct PermissionRow {
    key_id: Uuid,
    organization_id: Option<Uuid>,
    bot_id: Option<Uuid>,
    model: String,
    action: String,
}

/// Keys and tokens with their scopes.
pub(super) async fn keys(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let select = "SELECT id, sponsor_id, expires_at, revoked_at FROM api_key";
    let rows: Vec<KeyRow> = narrowed(select, &[("id", only)]).fetch_all(&mut *transaction).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut select =
        narrowed("SELECT key_id, organization_id, bot_id, model, action FROM api_key_permission", &[("key_id", only)]);
    select.push(" ORDER BY key_id, place_id, model, action");
    let permissions: Vec<PermissionRow> = select.fetch_all(transaction).await?;
    let mut scope_of: HashMap<Uuid, Vec<(Scope, BTreeSet<Permission>)>> = HashMap::new();
    for row in permissions {
        let scope = match (row.organization_id, row.bot_id) {
            (Some(id), _) => Scope::Organization(OrganizationId(id)),
            (None, Some(id)) => Scope::Bot(BotId(id)),
            (None, None) => continue,
        };
        let scopes = scope_of.entry(row.key_id).or_default();
        let permission = permission(&row.model, &row.action)?;
        match scopes.last_mut() {
            Some((last, all)) if *last == scope => {
                all.insert(permission);
            }
            _ => scopes.push((scope, BTreeSet::from([permission]))),
        }
    }
    let facts = |row: KeyRow| {
        Facts::Key(KeyFacts {
            id: KeyId(row.id),
            sponsor: UserId(row.sponsor_id),
            scope: scope_of.remove(&row.id).unwrap_or_default(),
            expires_at: row.expires_at.map(Timestamp),
            revoked: row.revoked_at.is_some(),
        })
    };
    Ok(rows.into_iter().map(facts).collect())
}
