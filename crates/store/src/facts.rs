//! Loading units of facts: one, after a change, or all, at a start. What there are millions of is read a page at a time
//! then (`reader`); a test compares what both ways find.

mod bot;
mod key;
mod page;
mod program;
mod reader;
mod text;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rolecall_access::facts::{
    AccountFacts, MemberFacts, OrganizationFacts, PartnershipFacts, PermissionGrant, Provenance, RoleFacts, RoleGrant,
};
use rolecall_access::{
    Directory, Facts, OrganizationId, PartnershipId, Permission, Policies, Reach, Relation, RoleId, Timestamp, Unit,
    Update, UserId,
};
use sqlx::FromRow;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::facts::bot::bot;
use crate::facts::key::keys;
use crate::facts::reader::Reader;
use crate::facts::text::ownership;
use crate::feed;
use crate::sql::{Pool, Query, Transaction, query};

pub(crate) use text::member_status;

/// The unit as it stands in this transaction.
pub(crate) async fn load(transaction: &mut Transaction, unit: Unit) -> Result<Update> {
    let facts = match unit {
        Unit::Organization(id) => organizations(transaction, Some(id.0)).await?.pop(),
        Unit::Account(id) => account(transaction, id.0).await?,
        Unit::Member(organization, user) => member(transaction, organization.0, user.0).await?,
        Unit::Role(id) => roles(transaction, Some(id.0)).await?.pop(),
        Unit::Bot(id) => bot(transaction, id.0).await?,
        Unit::Partnership(id) => partnerships(transaction, Some(id.0)).await?.pop(),
        Unit::Key(id) => keys(transaction, Some(id.0)).await?.pop(),
        Unit::Model(id) => program::models(transaction, Some(id.0)).await?.pop(),
        Unit::Resource(id) => program::resources(transaction, Some(id.0)).await?.pop(),
        Unit::Subject(id) => program::subjects(transaction, Some(id.0)).await?.pop(),
        Unit::Grant(id) => program::grants(transaction, Some(id.0)).await?.pop(),
    };
    Ok(facts.map_or(Update::Remove(unit), Update::Set))
}

/// All units, at the last revision.
pub(crate) async fn load_all(transaction: &mut Transaction) -> Result<Directory> {
    let mut directory = Directory::default();
    apply(&mut directory, fewer(transaction).await?);
    for mut reader in Reader::all() {
        while let Some(facts) = reader.next(transaction).await? {
            apply(&mut directory, facts);
        }
    }
    directory.set_revision(feed::current(transaction).await?);
    Ok(directory)
}

/// The same, as fast as it can be read: over several connections at once. No writer is let in until each of them has
/// begun, so all of them see the same.
pub(crate) async fn load_at_once(pool: &Pool) -> Result<Directory> {
    let writer = pool.write().await?;
    let (send, mut receive) = mpsc::channel(2);
    let mut reading = JoinSet::new();
    for mut reader in Reader::all() {
        let (mut transaction, send) = (pool.read().await?, send.clone());
        // What is asked first is when the snapshot is of.
        feed::current(&mut transaction).await?;
        reading.spawn(async move {
            while let Some(facts) = reader.next(&mut transaction).await? {
                // Nobody receives any more where another reader failed: that failure is the one to tell.
                let Ok(()) = send.send(facts).await else { break };
            }
            Ok::<_, StoreError>(())
        });
    }
    let mut transaction = pool.read().await?;
    let mut directory = Directory::default();
    directory.set_revision(feed::current(&mut transaction).await?);
    drop(writer);
    // Beside the others too: while facts are taken in no transaction rests for long, and PostgreSQL ends those that do.
    reading.spawn(async move {
        let _ = send.send(fewer(&mut transaction).await?).await;
        Ok(())
    });
    while let Some(facts) = receive.recv().await {
        apply(&mut directory, facts);
    }
    while let Some(read) = reading.join_next().await {
        read.map_err(|error| StoreError::Damaged(format!("loading broke off: {error}")))??;
    }
    Ok(directory)
}

/// What there is less of than there are people.
async fn fewer(transaction: &mut Transaction) -> Result<Vec<Facts>> {
    let mut facts = organizations(transaction, None).await?;
    facts.extend(roles(transaction, None).await?);
    facts.extend(partnerships(transaction, None).await?);
    facts.extend(keys(transaction, None).await?);
    facts.extend(program::all(transaction).await?);
    Ok(facts)
}

fn apply(directory: &mut Directory, facts: Vec<Facts>) {
    facts.into_iter().for_each(|facts| directory.apply(Update::Set(facts)));
}

/// The rows where these columns have these values (none: any value).
fn narrowed(select: &str, only: &[(&str, Option<Uuid>)]) -> Query {
    let mut query = query(select);
    let mut word = "WHERE";
    for (column, value) in only {
        if let Some(value) = value {
            query.push(format_args!(" {word} {column} = ")).push_bind(*value);
            word = "AND";
        }
    }
    query
}

#[derive(FromRow)]
struct OrganizationRow {
    id: Uuid,
    owner_id: Option<Uuid>,
    deleted_at: Option<i64>,
    owner_policy: String,
    bot_owner_policy: String,
    manage_peers: bool,
    require_second_factor: bool,
    second_factor_from: Option<i64>,
    audit_retention_days: Option<i64>,
    single_sign_on: bool,
    seats: Option<i64>,
    default_invitation_role_id: Option<Uuid>,
    team_default_role_id: Option<Uuid>,
    former_owner_role_id: Option<Uuid>,
}

async fn organizations(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let rows: Vec<OrganizationRow> = narrowed(
        "SELECT id, owner_id, deleted_at, owner_policy, bot_owner_policy, manage_peers, require_second_factor, \
         second_factor_from, audit_retention_days, single_sign_on, seats, default_invitation_role_id, \
         team_default_role_id, former_owner_role_id FROM organization",
        &[("id", only)],
    )
    .fetch_all(&mut *transaction)
    .await?;
    let reserved: Vec<(Uuid, String, String)> =
        narrowed("SELECT organization_id, model, action FROM reserved_permission", &[("organization_id", only)])
            .fetch_all(transaction)
            .await?;
    let mut reserved_of: BTreeMap<Uuid, BTreeSet<Permission>> = BTreeMap::new();
    for (organization, model, action) in reserved {
        reserved_of.entry(organization).or_default().insert(permission(&model, &action)?);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let policies = Policies {
                owner: ownership(&row.owner_policy),
                bot_owner: ownership(&row.bot_owner_policy),
                manage_peers: row.manage_peers,
                reserved: reserved_of.remove(&row.id).unwrap_or_default(),
                default_invitation_role: row.default_invitation_role_id.map(RoleId),
                team_default_role: row.team_default_role_id.map(RoleId),
                former_owner_role: row.former_owner_role_id.map(RoleId),
                require_second_factor: row.require_second_factor,
                second_factor_from: row.second_factor_from.map(Timestamp),
                audit_retention_days: row.audit_retention_days.and_then(|days| u32::try_from(days).ok()),
                single_sign_on: row.single_sign_on,
                seats: row.seats.and_then(|seats| u32::try_from(seats).ok()),
            };
            Facts::Organization(OrganizationFacts {
                id: OrganizationId(row.id),
                deleted: row.deleted_at.is_some(),
                owner: row.owner_id.map(UserId),
                policies,
            })
        })
        .collect())
}

async fn account(transaction: &mut Transaction, id: Uuid) -> Result<Option<Facts>> {
    let row: Option<(bool, bool)> =
        query("SELECT verified_at IS NOT NULL, password_hash IS NOT NULL FROM account WHERE id = $1")
            .bind(id)
            .fetch_optional(transaction)
            .await?;
    let facts = |(verified, can_sign_in)| Facts::Account(AccountFacts { id: UserId(id), verified, can_sign_in });
    Ok(row.map(facts))
}

#[derive(FromRow)]
struct RoleRow {
    id: Uuid,
    organization_id: Uuid,
    reach: String,
    everything: bool,
    public: bool,
}

async fn roles(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let rows: Vec<RoleRow> =
        narrowed("SELECT id, organization_id, reach, everything, public FROM role", &[("id", only)])
            .fetch_all(&mut *transaction)
            .await?;
    let permissions: Vec<(Uuid, String, String, String)> =
        narrowed("SELECT role_id, model, action, relation FROM role_permission", &[("role_id", only)])
            .fetch_all(transaction)
            .await?;
    let mut of_role: BTreeMap<Uuid, BTreeSet<(Permission, Relation)>> = BTreeMap::new();
    for (role, model, action, relation) in permissions {
        let relation = Relation::parse(&relation).ok_or_else(|| damaged("relation", &relation))?;
        of_role.entry(role).or_default().insert((permission(&model, &action)?, relation));
    }
    rows.into_iter()
        .map(|row| {
            Ok(Facts::Role(RoleFacts {
                id: RoleId(row.id),
                organization: OrganizationId(row.organization_id),
                reach: Reach::parse(&row.reach).ok_or_else(|| damaged("reach", &row.reach))?,
                everything: row.everything,
                public: row.public,
                permissions: of_role.remove(&row.id).unwrap_or_default(),
            }))
        })
        .collect()
}

/// A role given to somebody at a scope (an organization or a bot): id, scope, person, role, giver, when, until.
type GivenRole = (Uuid, Uuid, Uuid, Uuid, Option<Uuid>, i64, Option<i64>);
/// A single permission so given: id, scope, person, model, action, giver, when, until.
type GivenPermission = (Uuid, Uuid, Uuid, String, String, Option<Uuid>, i64, Option<i64>);
/// What each person is given at each scope.
type Grants = HashMap<(Uuid, Uuid), (Vec<RoleGrant>, Vec<PermissionGrant>)>;

/// By scope and person; however the rows were found, in one order.
fn grants(mut roles: Vec<GivenRole>, mut permissions: Vec<GivenPermission>) -> Result<Grants> {
    let mut grants = Grants::new();
    roles.sort_unstable_by_key(|row| row.0);
    for (_, scope, account, role, by, at, until) in roles {
        let grant = RoleGrant { role: RoleId(role), provenance: provenance(by, at, until) };
        grants.entry((scope, account)).or_default().0.push(grant);
    }
    permissions.sort_unstable_by_key(|row| row.0);
    for (_, scope, account, model, action, by, at, until) in permissions {
        let permission = permission(&model, &action)?;
        let grant = PermissionGrant { permission, provenance: provenance(by, at, until) };
        grants.entry((scope, account)).or_default().1.push(grant);
    }
    Ok(grants)
}

async fn member(transaction: &mut Transaction, organization: Uuid, account: Uuid) -> Result<Option<Facts>> {
    let only = [("organization_id", Some(organization)), ("account_id", Some(account))];
    let row: Option<(String,)> =
        narrowed("SELECT status FROM membership", &only).fetch_optional(&mut *transaction).await?;
    let Some((status,)) = row else { return Ok(None) };
    let roles = narrowed(
        "SELECT id, organization_id, account_id, role_id, given_by, created_at, expires_at FROM role_assignment",
        &only,
    );
    let roles = roles.fetch_all(&mut *transaction).await?;
    let permissions = narrowed(GIVEN_IN_ORGANIZATION, &only).fetch_all(transaction).await?;
    let mut given = grants(roles, permissions)?;
    let (roles, permissions) = given.remove(&(organization, account)).unwrap_or_default();
    Ok(Some(member_facts((organization, account), &status, roles, permissions)?))
}

/// Single permissions in organizations.
const GIVEN_IN_ORGANIZATION: &str = "SELECT id, organization_id, account_id, model, action, given_by, created_at, \
                                     expires_at FROM organization_permission";

fn member_facts(
    (organization, account): (Uuid, Uuid),
    status: &str,
    roles: Vec<RoleGrant>,
    permissions: Vec<PermissionGrant>,
) -> Result<Facts> {
    Ok(Facts::Member(MemberFacts {
        organization: OrganizationId(organization),
        user: UserId(account),
        status: member_status(status)?,
        roles,
        permissions,
    }))
}

#[derive(FromRow)]
struct PartnershipRow {
    id: Uuid,
    asker_id: Uuid,
    partner_id: Option<Uuid>,
    accepted: bool,
    frozen: bool,
    asker_ends_at: Option<i64>,
    partner_ends_at: Option<i64>,
}

async fn partnerships(transaction: &mut Transaction, only: Option<Uuid>) -> Result<Vec<Facts>> {
    let rows: Vec<PartnershipRow> = narrowed(
        "SELECT id, asker_id, partner_id, accepted_at IS NOT NULL AS accepted, asker_frozen OR partner_frozen AS frozen, \
         asker_ends_at, partner_ends_at FROM partnership",
        &[("id", only)],
    )
    .fetch_all(transaction)
    .await?;
    let facts = |row: PartnershipRow| {
        Some(Facts::Partnership(PartnershipFacts {
            id: PartnershipId(row.id),
            between: [OrganizationId(row.asker_id), OrganizationId(row.partner_id?)],
            accepted: row.accepted,
            frozen: row.frozen,
            expires_at: row.asker_ends_at.into_iter().chain(row.partner_ends_at).min().map(Timestamp),
        }))
    };
    Ok(rows.into_iter().filter_map(facts).collect())
}

fn provenance(given_by: Option<Uuid>, given_at: i64, expires_at: Option<i64>) -> Provenance {
    Provenance { given_by: given_by.map(UserId), given_at: Timestamp(given_at), expires_at: expires_at.map(Timestamp) }
}

/// A permission as stored.
pub(crate) fn permission(model: &str, action: &str) -> Result<Permission> {
    Permission::new(model, action).map_err(|_| damaged("permission", &format!("{model}: {action}")))
}

pub(crate) fn damaged(what: &str, value: &str) -> StoreError {
    StoreError::Damaged(format!("`{value}` is no {what}"))
}
