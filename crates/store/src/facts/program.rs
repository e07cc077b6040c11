//! Loading what other programs registered: models, resources, subjects with their roles, and what is given.

use std::collections::{BTreeSet, HashMap};

use rolecall_access::facts::{GrantFacts, Holder, ModelFacts, ResourceFacts, RoleGrant, SubjectFacts};
use rolecall_access::{BotId, Facts, GrantId, ModelId, Name, OrganizationId, ResourceId, RoleId, SubjectId, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{damaged, narrowed, provenance};
use crate::error::Result;
use crate::sql::Transaction;

/// Everything of programs.
pub(super) async fn all(transaction: &mut Transaction) -> Result<Vec<Facts>> {
    let mut facts = models(transaction, None).await?;
    facts.extend(resources(transaction, None).await?);
    facts.extend(subjects(transaction, None).await?);
    facts.extend(grants(transaction, None).await?);
    Ok(facts)
}

fn name(text: &str) -> Result<Name> {
    text.parse().map_err(|_| damaged("name", text))
}

/// Models with their actions.
pub(super) async fn models(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let select = narrowed("SELECT id, organization_id, name FROM program_model", &[("id", only)]);
    let rows: Vec<(Uuid, Uuid, String)> = select.fetch_all(&mut *transaction).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let select = narrowed("SELECT model_id, name FROM program_action", &[("model_id", only)]);
    let actions: Vec<(Uuid, String)> = select.fetch_all(transaction).await?;
    let mut of_model: HashMap<Uuid, BTreeSet<Name>> = HashMap::new();
    for (model, action) in actions {
        of_model.entry(model).or_default().insert(name(&action)?);
    }
    let facts = |(id, organization, text): (Uuid, Uuid, String)| {
        Ok(Facts::Model(ModelFacts {
            id: ModelId(id),
            organization: OrganizationId(organization),
            name: name(&text)?,
            actions: of_model.remove(&id).unwrap_or_default(),
        }))
    };
    rows.into_iter().map(facts).collect()
}

/// A resource: id, model, its id there, bot, owner.
type ResourceRow = (Uuid, Uuid, String, Option<Uuid>, Option<Uuid>);

/// Resources, without their properties: no decision depends on those.
pub(super) async fn resources(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let select = narrowed("SELECT id, model_id, foreign_id, bot_id, owner_id FROM program_resource", &[("id", only)]);
    let rows: Vec<ResourceRow> = select.fetch_all(transaction).await?;
    let facts = |(id, model, foreign_id, bot, owner): ResourceRow| {
        Facts::Resource(ResourceFacts {
            id: ResourceId(id),
            model: ModelId(model),
            foreign_id: foreign_id.into(),
            bot: bot.map(BotId),
            owner: owner.map(UserId),
        })
    };
    Ok(rows.into_iter().map(facts).collect())
}

/// A subject's role: id, subject, role, giver, when, until.
type GivenRole = (Uuid, Uuid, Uuid, Option<Uuid>, i64, Option<i64>);

/// Subjects with their roles.
pub(super) async fn subjects(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let select = narrowed("SELECT id, organization_id, kind, foreign_id FROM program_subject", &[("id", only)]);
    let rows: Vec<(Uuid, Uuid, String, String)> = select.fetch_all(&mut *transaction).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let select = narrowed(
        "SELECT id, subject_id, role_id, given_by, created_at, expires_at FROM program_subject_role",
        &[("subject_id", only)],
    );
    let mut roles: Vec<GivenRole> = select.fetch_all(transaction).await?;
    // However they were found, in one order.
    roles.sort_unstable_by_key(|row| row.0);
    let mut of_subject: HashMap<Uuid, Vec<RoleGrant>> = HashMap::new();
    for (_, subject, role, by, at, until) in roles {
        let grant = RoleGrant { role: RoleId(role), provenance: provenance(by, at, until) };
        of_subject.entry(subject).or_default().push(grant);
    }
    let facts = |(id, organization, kind, foreign_id): (Uuid, Uuid, String, String)| {
        Facts::Subject(SubjectFacts {
            id: SubjectId(id),
            organization: OrganizationId(organization),
            kind: kind.into(),
            foreign_id: foreign_id.into(),
            roles: of_subject.remove(&id).unwrap_or_default(),
        })
    };
    Ok(rows.into_iter().map(facts).collect())
}

#[derive(FromRow)]
struct GrantRow {
    id: Uuid,
    model_id: Uuid,
    action: String,
    resource_id: Option<Uuid>,
    subject_id: Option<Uuid>,
    account_id: Option<Uuid>,
    role_id: Option<Uuid>,
    given_by: Option<Uuid>,
    created_at: i64,
    expires_at: Option<i64>,
}

/// What is given.
pub(super) async fn grants(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let select = narrowed(
        "SELECT id, model_id, action, resource_id, subject_id, account_id, role_id, given_by, created_at, expires_at \
         FROM program_grant",
        &[("id", only)],
    );
    let rows: Vec<GrantRow> = select.fetch_all(transaction).await?;
    let facts = |row: GrantRow| {
        let holder = match (row.subject_id, row.account_id, row.role_id) {
            (Some(id), ..) => Holder::Subject(SubjectId(id)),
            (None, Some(id), _) => Holder::User(UserId(id)),
            (None, None, Some(id)) => Holder::Role(RoleId(id)),
            (None, None, None) => return Err(damaged("grant", &row.id.to_string())),
        };
        Ok(Facts::Grant(GrantFacts {
            id: GrantId(row.id),
            model: ModelId(row.model_id),
            action: name(&row.action)?,
            resource: row.resource_id.map(ResourceId),
            holder,
            provenance: provenance(row.given_by, row.created_at, row.expires_at),
        }))
    };
    rows.into_iter().map(facts).collect()
}
