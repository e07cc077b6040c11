//! The change feed: which units each revision touched. Another process (the command line) may write too; its
//! changes are found here.

use std::collections::BTreeSet;

use rolecall_access::{
    BotId, Directory, GrantId, KeyId, ModelId, OrganizationId, PartnershipId, ResourceId, Revision, RoleId, SubjectId,
    Timestamp, Unit, UserId,
};
use uuid::Uuid;

use crate::change::Published;
use crate::error::Result;
use crate::facts;
use crate::sql::{Transaction, query};

/// Takes the next revision and writes down what it touched.
pub(crate) async fn append(transaction: &mut Transaction, now: Timestamp, touched: &[Unit]) -> Result<Revision> {
    let (revision,): (i64,) =
        query("UPDATE revision SET revision = revision + 1 RETURNING revision").fetch_one(&mut *transaction).await?;
    for (position, unit) in (0_i64..).zip(touched) {
        let (kind, id, member) = row(*unit);
        query(
            "INSERT INTO change (revision, position, unit, unit_id, member_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(revision)
        .bind(position)
        .bind(kind)
        .bind(id)
        .bind(member)
        .bind(now.0)
        .execute(&mut *transaction)
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
        Unit::Model(id) => ("program_model", id.0, None),
        Unit::Resource(id) => ("program_resource", id.0, None),
        Unit::Subject(id) => ("program_subject", id.0, None),
        Unit::Grant(id) => ("program_grant", id.0, None),
    }
}

/// The revision of the database.
pub(crate) async fn current(transaction: &mut Transaction) -> Result<Revision> {
    let (revision,): (i64,) = query("SELECT revision FROM revision").fetch_one(transaction).await?;
    Ok(Revision(u64::try_from(revision).unwrap_or_default()))
}

/// Every unit that a revision ever touched.
pub(crate) async fn all_units(transaction: &mut Transaction) -> Result<BTreeSet<Unit>> {
    let rows: Vec<(String, Uuid, Option<Uuid>)> =
        query("SELECT DISTINCT unit, unit_id, member_id FROM change").fetch_all(transaction).await?;
    rows.into_iter().map(|(kind, id, member)| unit(&kind, id, member)).collect()
}

/// The directory with everything that the feed has after its revision, and what that was.
pub(crate) async fn catch_up(transaction: &mut Transaction, directory: &Directory) -> Result<(Directory, Published)> {
    let revision = current(transaction).await?;
    let rows: Vec<(String, Uuid, Option<Uuid>)> =
        query("SELECT unit, unit_id, member_id FROM change WHERE revision > $1 AND revision <= $2")
            .bind(i64::try_from(directory.revision().0).unwrap_or(i64::MAX))
            .bind(i64::try_from(revision.0).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await?;
    let units: BTreeSet<Unit> =
        rows.into_iter().map(|(kind, id, member)| unit(&kind, id, member)).collect::<Result<_>>()?;
    let mut after = directory.clone();
    for unit in &units {
        after.apply(facts::load(&mut *transaction, *unit).await?);
    }
    after.set_revision(revision);
    let units = units.into_iter().collect();
    Ok((after, Published { revision, units, lists: BTreeSet::new(), ended_sessions: Vec::new(), missed: false }))
}

fn unit(kind: &str, id: Uuid, member: Option<Uuid>) -> Result<Unit> {
    Ok(match (kind, member) {
        ("organization", None) => Unit::Organization(OrganizationId(id)),
        ("account", None) => Unit::Account(UserId(id)),
        ("member", Some(user)) => Unit::Member(OrganizationId(id), UserId(user)),
        ("role", None) => Unit::Role(RoleId(id)),
        ("bot", None) => Unit::Bot(BotId(id)),
        ("partnership", None) => Unit::Partnership(PartnershipId(id)),
        ("key", None) => Unit::Key(KeyId(id)),
        ("program_model", None) => Unit::Model(ModelId(id)),
        ("program_resource", None) => Unit::Resource(ResourceId(id)),
        ("program_subject", None) => Unit::Subject(SubjectId(id)),
        ("program_grant", None) => Unit::Grant(GrantId(id)),
        _ => return Err(facts::damaged("unit", kind)),
    })
}
