//! Members: users of an organization, their roles and single permissions. The model is `User`.

mod assign;
mod read;
mod write;

pub use assign::Assignable;
pub use write::NewMember;

use rolecall_access::facts::MemberStatus;
use rolecall_access::{Actor, Directory, OrganizationId, Permission, RoleId, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::authorize::{Child, Place, Resource, allows};
use crate::caller::Caller;
use crate::error::{Result, StoreError};
use crate::facts::member_status;
use crate::resource::Organizations;
use crate::sql::{Transaction, query};

/// A user in an organization.
#[derive(Clone, Debug)]
pub struct Member {
    /// The organization.
    pub organization: OrganizationId,
    /// The person.
    pub user: UserId,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// State.
    pub status: MemberStatus,
    /// Who created the membership.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it (roles and single permissions included) last changed.
    pub updated_at: Timestamp,
    /// When the person last did something here.
    pub last_active_at: Option<Timestamp>,
    /// Whether the person's account has a second factor.
    pub second_factor: bool,
    /// The membership's version; changes of roles and single permissions count.
    pub version: i64,
}

/// A role somebody holds, with its name.
#[derive(Clone, Debug)]
pub struct AssignedRole {
    /// The role.
    pub role: RoleId,
    /// Its name.
    pub name: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why it was given.
    pub reason: String,
    /// Who gave it.
    pub given_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

/// A role to be given.
#[derive(Clone, Debug)]
pub struct NewAssignment {
    /// The role.
    pub role: RoleId,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl NewAssignment {
    /// The role without end.
    #[must_use]
    pub fn forever(role: RoleId) -> Self {
        Self { role, expires_at: None, reason: String::new() }
    }
}

/// A single permission somebody holds (or is to be given), in the organization or on a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinglePermission {
    /// What.
    pub permission: Permission,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why; for one to be given, none: as it is.
    pub reason: Option<String>,
}

impl SinglePermission {
    /// Whether what is held is what is wanted.
    pub(crate) fn is(&self, wanted: &Self) -> bool {
        let same = self.permission == wanted.permission && self.expires_at == wanted.expires_at;
        same && (wanted.reason.is_none() || wanted.reason == self.reason)
    }

    /// The reason to be stored: the one wanted, else the one it had.
    pub(crate) fn reason_after(&self, held: &[Self]) -> String {
        let had = || held.iter().find(|held| held.permission == self.permission).and_then(|held| held.reason.clone());
        self.reason.clone().or_else(had).unwrap_or_default()
    }
}

/// The resource `User`: one reads one's own membership without any permission.
pub struct Members;
/// The resource `RoleAssignment` of one member.
pub struct RoleAssignments;
/// The resource `UserPermission` of one member.
pub struct UserPermissions;

#[derive(FromRow)]
pub(crate) struct MemberRow {
    organization_id: Uuid,
    account_id: Uuid,
    name: String,
    email: String,
    status: String,
    created_by: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    last_active_at: Option<i64>,
    version: i64,
    second_factor: bool,
}

/// Whether the account of the membership `m` has a second factor.
const HAS_FACTOR: &str = "(EXISTS (SELECT 1 FROM authenticator f WHERE f.account_id = m.account_id) \
                          OR EXISTS (SELECT 1 FROM passkey p WHERE p.account_id = m.account_id))";

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self> {
        Ok(Self {
            organization: OrganizationId(row.organization_id),
            user: UserId(row.account_id),
            name: row.name,
            email: row.email,
            status: member_status(&row.status)?,
            created_by: row.created_by.map(UserId),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            last_active_at: row.last_active_at.map(Timestamp),
            second_factor: row.second_factor,
            version: row.version,
        })
    }
}

/// The member, whatever their status.
pub(crate) async fn find_member(
    transaction: &mut Transaction,
    (organization, user): (OrganizationId, UserId),
) -> Result<Option<Member>> {
    let row: Option<MemberRow> = query(format!(
        "SELECT m.organization_id, m.account_id, a.name, a.email, m.status, m.created_by, m.created_at, m.updated_at, \
         m.last_active_at, m.version, {HAS_FACTOR} AS second_factor FROM membership m JOIN account a ON a.id = m.account_id \
         JOIN organization o ON o.id = m.organization_id \
         WHERE m.organization_id = $1 AND m.account_id = $2 AND o.deleted_at IS NULL",
    ))
    .bind(organization.0)
    .bind(user.0)
    .fetch_optional(transaction)
    .await?;
    row.map(Member::try_from).transpose()
}

/// A membership's status as stored and as the API writes it.
#[must_use]
pub fn status_text(status: MemberStatus) -> &'static str {
    match status {
        MemberStatus::Invited => "invited",
        MemberStatus::Active => "active",
        MemberStatus::Suspended => "suspended",
    }
}

fn member_readable(record: &Member, directory: &Directory, caller: &Caller) -> bool {
    let own = caller.actor == Actor::User(record.user) && record.status == MemberStatus::Active;
    own || allows(directory, caller, Members::MODEL, "read", Members::place(record))
}

macro_rules! of_member {
    ($type:ident, $model:literal) => {
        impl Resource for $type {
            type Id = (OrganizationId, UserId);
            type Record = Member;
            const MODEL: &'static str = $model;

            async fn find(transaction: &mut Transaction, id: Self::Id) -> Result<Option<Member>> {
                find_member(transaction, id).await
            }

            fn place(record: &Member) -> Place {
                Place { scope: Scope::Organization(record.organization), owner: record.created_by }
            }

            fn readable(record: &Member, directory: &Directory, caller: &Caller) -> bool {
                member_readable(record, directory, caller)
            }
        }
    };
}

of_member!(Members, "User");
of_member!(RoleAssignments, "RoleAssignment");
of_member!(UserPermissions, "UserPermission");

impl Child for Members {
    type Parent = Organizations;
}
