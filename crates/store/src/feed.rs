//! The change feed: which units each revision touched.

use rolecall_access::{Revision, Unit};
use uuid::Uuid;

use crate::access::Access;
use crate::error::Result;

/// Takes the next revision and writes down what it touched.
pub(crate) async fn append(access: &mut Access, touched: &[Unit]) -> Result<Revision> {
    let now = access.caller.now.0;
    let (revision,): (i64,) = sqlx::query_as("UPDATE revision SET revision = revision + 1 RETURNING revision")
        .fetch_one(access.connection())
        .await?;
    for (position, unit) in (0_i64..).zip(touched) {
        let (kind, id, member) = row(*unit);
        sqlx::query(
            "INSERT INTO change (revision, position, unit, unit_id, member_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(revision)
        .bind(position)
        .bind(kind)
        .bind(id)
        .bind(member)
        .bind(now)
        .execute(access.connection())
        .await?;
    }
    Ok(Revision(u64::try_from(revision).unwrap_or_default()))
}

fn row(unit: Unit) -> (&'static str, Uuid, Option<Uuid>) {
    match unit {
        Unit::Organization(id) => ("organization", id.0, None),
        Unit::Account(id) => ("account", id.0, None),
        Unit::Member(organization, user) => ("member", organization.0, Some(user.0)),
        Unit::Role(id) => ("role", id.0, None),
        Unit::Bot(id) => ("bot", id.0, None),
        Unit::Partnership(id) => ("partnership", id.0, None),
        Unit::Key(id) => ("key", id.0, None),
    }
}
