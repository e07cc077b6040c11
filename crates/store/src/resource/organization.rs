//! Organizations, their policies and the catalogue's list.

pub(crate) mod policy;
pub(crate) mod transfer;

use rolecall_access::facts::KeyFacts;
use rolecall_access::preset::Preset;
use rolecall_access::{Actor, Directory, OrganizationId, RoleId, Scope, Timestamp, Unit, UserId};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Delete, Denied, In, Place, Read, Resource, Update, allows, lacks_second_factor};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::paging::{Key, Order, search};
use crate::resource::{List, Members, Page};
use crate::sql::{Transaction, query};

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name in links.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The preset it was made from.
    pub preset: String,
    /// Its owner.
    pub owner: Option<UserId>,
    /// Whether single sign-on is on.
    pub single_sign_on: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version.
    pub version: i64,
}

/// An organization to be made.
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// Its name.
    pub name: String,
    /// The preset, whose roles and policies it gets.
    pub preset: &'static Preset,
    /// Who owns it, or gets the preset's founder role.
    pub founder: UserId,
}

/// The resource `Organization`: any active member may read it.
pub struct Organizations;

impl Resource for Organizations {
    type Id = OrganizationId;
    type Record = Organization;
    const MODEL: &'static str = "Organization";

    async fn find(transaction: &mut Transaction, id: OrganizationId) -> Result<Option<Organization>> {
        find_organization(transaction, id).await
    }

    fn place(record: &Organization) -> Place {
        Place { scope: Scope::Organization(record.id), owner: record.owner }
    }

    fn readable(record: &Organization, directory: &Directory, caller: &Caller) -> bool {
        is_inside(directory, caller, record.id) || allows(directory, caller, Self::MODEL, "read", Self::place(record))
    }
}

/// The organization's policies (record: the organization).
pub struct Policies;

/// Whether people sign in at an identity provider (record: the organization).
pub struct SingleSignOn;

/// The plan, its seats and period (record: the organization).
pub struct Billings;

/// The list of models (record: the organization).
pub struct Models;

/// The resource `UserPermission`, as far as facts on programs' models go (record: the organization).
pub struct ProgramGrants;

/// Giving roles to people who are only now coming in (record: the organization).
pub struct AssignableRoles;

/// Whether the caller is an active member (the operator is everywhere); a key or token is where its person is, as far as
/// its scope reaches. A key for chat alone stands where visitors do: it is nobody's colleague.
pub(crate) fn is_member(directory: &Directory, caller: &Caller, organization: OrganizationId) -> bool {
    match caller.actor {
        Actor::User(user) => directory.is_member(organization, user),
        Actor::Key(id) => directory.key(id).is_some_and(|key| {
            directory.is_member(organization, key.sponsor) && reaches(directory, key, organization) && !only_chats(key)
        }),
        Actor::Anybody => false,
        Actor::Operator => true,
    }
}

/// Whether the key does what visitors do, and nothing else.
fn only_chats(key: &KeyFacts) -> bool {
    let mut scope = key.scope.iter().flat_map(|(_, permissions)| permissions);
    scope.all(|permission| (permission.model.as_str(), permission.action.as_str()) == ("Conversation", "create"))
}

/// Whether anything in the key's scope is in the organization.
fn reaches(directory: &Directory, key: &KeyFacts, organization: OrganizationId) -> bool {
    key.scope.iter().any(|(scope, _)| match scope {
        Scope::Organization(id) => *id == organization,
        Scope::Bot(id) => directory.bot(*id).is_some_and(|bot| bot.organization == organization),
    })
}

/// Whether the caller is a member, or a partner's person on one of its bots.
fn is_inside(directory: &Directory, caller: &Caller, organization: OrganizationId) -> bool {
    let guest = match caller.actor {
        Actor::User(user) => directory.is_guest(organization, user, caller.now),
        Actor::Key(_) | Actor::Anybody | Actor::Operator => false,
    };
    guest || is_member(directory, caller, organization)
}

#[derive(FromRow)]
struct OrganizationRow {
    id: Uuid,
    slug: String,
    name: String,
    preset: String,
    owner_id: Option<Uuid>,
    single_sign_on: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl From<OrganizationRow> for Organization {
    fn from(row: OrganizationRow) -> Self {
        Self {
            id: OrganizationId(row.id),
            slug: row.slug,
            name: row.name,
            preset: row.preset,
            owner: row.owner_id.map(UserId),
            single_sign_on: row.single_sign_on,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        }
    }
}

const COLUMNS: &str = "id, slug, name, preset, owner_id, single_sign_on, created_at, updated_at, version";

pub(crate) async fn find_organization(
    transaction: &mut Transaction,
    id: OrganizationId,
) -> Result<Option<Organization>> {
    let row: Option<OrganizationRow> = query(
        "SELECT id, slug, name, preset, owner_id, single_sign_on, created_at, updated_at, version \
         FROM organization WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id.0)
    .fetch_optional(transaction)
    .await?;
    Ok(row.map(Organization::from))
}

impl Access {
    /// The organization, for its members and partners' people on its bots (name and preset need no permission); not found
    /// for others.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn member_organization(&mut self, id: OrganizationId) -> Result<Organization> {
        if self.caller.actor == Actor::Anybody {
            return Err(Denied::SignInNeeded.into());
        }
        let found = find_organization(self.transaction(), id).await?;
        let found = found
            .filter(|organization| is_inside(&self.directory, &self.caller, organization.id))
            .ok_or(Denied::NotFound { attempt: None })?;
        if lacks_second_factor(&self.directory, &self.caller, Scope::Organization(id)) {
            return Err(Denied::SecondFactorNeeded.into());
        }
        self.seen.note(&self.caller, &self.directory, Scope::Organization(id));
        Ok(found)
    }

    /// The organization with this slug, for the same.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn member_organization_by_slug(&mut self, slug: &str) -> Result<Organization> {
        let row: Option<(Uuid,)> =
            query("SELECT id FROM organization WHERE slug = $1").bind(slug).fetch_optional(self.transaction()).await?;
        let id = row.map_or_else(Uuid::nil, |(id,)| id);
        self.member_organization(OrganizationId(id)).await
    }

    /// The organizations in which the caller is an active member, or on a bot through a partner (the operator: all);
    /// sorts: `name` (default), `created_at`.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn list_own_organizations(&mut self, list: &List) -> Result<Page<Organization>> {
        if self.caller.actor == Actor::Anybody {
            return Err(Denied::SignInNeeded.into());
        }
        let sorts = [("name", "name_folded", Key::Text), ("created_at", "created_at", Key::Number)];
        let order = Order::of(list, &sorts, "name", "id")?;
        let mut query = query(format!(
            "SELECT {COLUMNS}, {} AS sort_key, id AS page_id FROM organization WHERE deleted_at IS NULL",
            order.column()
        ));
        if let Some(user) = self.caller_person() {
            let hosts = self.directory.hosts(user, self.caller.now);
            query.push(" AND (id IN (SELECT organization_id FROM membership WHERE status = 'active' AND account_id = ");
            query.push_bind(user.0).push(") OR id IN (");
            query.push_binds(hosts.into_iter().map(|host| host.0)).push("))");
        }
        search(&mut query, list.q.as_deref(), &["name_folded"]);
        let page = order.fetch::<OrganizationRow>(self.transaction(), query).await?;
        Ok(page.map(Organization::from))
    }

    /// Whether the caller acts in the organization at all: a person does, a key or token as far as its scope reaches.
    #[must_use]
    pub fn acts_in(&self, organization: OrganizationId) -> bool {
        let Actor::Key(key) = self.caller.actor else { return true };
        self.directory.key(key).is_some_and(|key| reaches(&self.directory, key, organization))
    }

    /// The person who calls, themself or through a key; none: the operator.
    pub(crate) fn caller_person(&self) -> Option<UserId> {
        match self.caller.actor {
            Actor::User(user) => Some(user),
            Actor::Key(key) => Some(self.directory.key(key).map_or(UserId(Uuid::nil()), |key| key.sponsor)),
            Actor::Anybody => Some(UserId(Uuid::nil())),
            Actor::Operator => None,
        }
    }

    /// The organization's policies.
    #[must_use]
    pub fn policies(&self, of: &Authorized<Policies, Read>) -> rolecall_access::Policies {
        self.directory.organization(of.id).map(|facts| facts.policies.clone()).unwrap_or_default()
    }

    /// Seats: used (members of any status and pending invitations) and the limit, for whoever may see users.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn seats(&mut self, within: &Authorized<In<Members>, Read>) -> Result<(u32, Option<u32>)> {
        let id = within.id;
        let used = self.seats_used(id).await?;
        Ok((used, self.directory.organization(id).and_then(|facts| facts.policies.seats)))
    }

    /// Seats in use: members of any status, and pending invitations of people not among them.
    pub(crate) async fn seats_used(&mut self, id: OrganizationId) -> Result<u32> {
        let now = self.caller.now.0;
        let (used,): (i64,) = query(
            "SELECT (SELECT COUNT(*) FROM membership WHERE organization_id = $1) + \
             (SELECT COUNT(*) FROM invitation WHERE organization_id = $1 AND account_id IS NULL \
             AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2)",
        )
        .bind(id.0)
        .bind(now)
        .fetch_one(self.transaction())
        .await?;
        Ok(u32::try_from(used).unwrap_or(u32::MAX))
    }
}

impl Change {
    /// Renames it.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale) if `version` is given and not the present one.
    pub async fn rename_organization(
        &mut self,
        organization: &Authorized<Organizations, Update>,
        version: Option<i64>,
        name: &str,
    ) -> Result<Organization> {
        fresh(version, organization.version)?;
        self.lock(organization.id).await?;
        let now = self.caller().now.0;
        query(
            "UPDATE organization SET name = $2, name_folded = $3, updated_at = $4, version = version + 1 WHERE id = $1",
        )
        .bind(organization.id.0)
        .bind(name)
        .bind(fold(name))
        .bind(now)
        .execute(self.transaction())
        .await?;
        let entry = AuditEntry::done(organization.id, "update", "Organization", organization.id.0, name);
        self.audit(entry.changed(json!({ "name": organization.name }), json!({ "name": name })));
        find_organization(self.transaction(), organization.id).await?.ok_or_else(gone)
    }

    /// Marks it deleted: nobody is a member any more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_organization(&mut self, organization: &Authorized<Organizations, Delete>) -> Result<()> {
        self.lock(organization.id).await?;
        let now = self.caller().now.0;
        query("UPDATE organization SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = $1")
            .bind(organization.id.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Organization(organization.id));
        self.audit(AuditEntry::done(organization.id, "delete", "Organization", organization.id.0, &organization.name));
        Ok(())
    }
}

/// Refuses a change meant for another version than the present one.
pub(crate) fn fresh(meant: Option<i64>, current: i64) -> Result<()> {
    if meant.is_none_or(|version| version == current) { Ok(()) } else { Err(StoreError::Stale { current }) }
}

/// A row that was there a moment ago, in the same transaction, is not.
pub(crate) fn gone() -> StoreError {
    StoreError::Damaged("a row vanished within its transaction".to_owned())
}

macro_rules! in_organization {
    ($type:ident, $model:literal) => {
        impl Resource for $type {
            type Id = OrganizationId;
            type Record = Organization;
            const MODEL: &'static str = $model;

            async fn find(transaction: &mut Transaction, id: OrganizationId) -> Result<Option<Organization>> {
                find_organization(transaction, id).await
            }

            fn place(record: &Organization) -> Place {
                Organizations::place(record)
            }

            fn readable(record: &Organization, directory: &Directory, caller: &Caller) -> bool {
                Organizations::readable(record, directory, caller)
            }
        }
    };
}

in_organization!(Policies, "Policy");
in_organization!(Billings, "Billing");
in_organization!(Models, "Model");
in_organization!(ProgramGrants, "UserPermission");
in_organization!(SingleSignOn, "SingleSignOn");
in_organization!(AssignableRoles, "RoleAssignment");

impl Change {
    /// Switches single sign-on on or off.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_single_sign_on(
        &mut self,
        of: &Authorized<SingleSignOn, Update>,
        on: bool,
    ) -> Result<Organization> {
        self.lock(of.id).await?;
        let now = self.caller().now.0;
        query("UPDATE organization SET single_sign_on = $2, updated_at = $3, version = version + 1 WHERE id = $1")
            .bind(of.id.0)
            .bind(on)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Organization(of.id));
        let entry = AuditEntry::done(of.id, "update", "SingleSignOn", of.id.0, &of.name);
        self.audit(entry.changed(json!({ "on": of.single_sign_on }), json!({ "on": on })));
        find_organization(self.transaction(), of.id).await?.ok_or_else(gone)
    }
}

impl Access {
    /// The names of the roles that policies speak of.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn policy_role_names(&mut self, of: &Authorized<Policies, Read>) -> Result<Vec<(RoleId, String)>> {
        let rows: Vec<(Uuid, String)> = query(
            "SELECT r.id, r.name FROM role r JOIN organization o ON r.id IN (o.default_invitation_role_id, \
             o.team_default_role_id, o.former_owner_role_id) WHERE o.id = $1",
        )
        .bind(of.id.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(|(id, name)| (RoleId(id), name)).collect())
    }
}
