//! Partner organizations: agreements, the bots offered to them, and whom a partner enabled there.

mod read;
mod write;

pub use write::PartnerChange;

use rolecall_access::{BotId, Directory, OrganizationId, PartnershipId, Permission, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::authorize::{Child, Place, Resource};
use crate::caller::Caller;
use crate::error::Result;
use crate::resource::Organizations;
use crate::resource::organization::is_member;
use crate::sql::{Query, Transaction, query};

/// How far two organizations are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerState {
    /// This organization asked; nobody says whether the other is there before it agrees.
    Asked,
    /// The other asked.
    Invited,
    /// Both agreed.
    Active,
}

/// Another organization, as this one sees it.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The agreement's id.
    pub id: PartnershipId,
    /// Whose view this is.
    pub organization: OrganizationId,
    /// The other side; none: nobody has that address. For use here only, until both agreed.
    pub(crate) other: Option<OrganizationId>,
    /// The other's name; before it agreed to a question, the address as it was asked.
    pub name: String,
    /// The other's name in links, or the address as it was asked.
    pub slug: String,
    /// How far they are.
    pub state: PartnerState,
    /// Whether this side froze it.
    pub frozen: bool,
    /// Whether the other side did.
    pub frozen_by_partner: bool,
    /// When this side ends it.
    pub expires_at: Option<Timestamp>,
    /// When the other side does.
    pub partner_expires_at: Option<Timestamp>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When the other side agreed.
    pub accepted_at: Option<Timestamp>,
    /// Its version.
    pub version: i64,
}

/// A bot offered to a partner.
#[derive(Clone, Debug)]
pub struct BotOffer {
    /// The agreement.
    pub partnership: PartnershipId,
    /// The bot.
    pub bot: BotId,
    /// Its name.
    pub name: String,
    /// Its name in links.
    pub slug: String,
    /// The organization whose it is.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Its name in links.
    pub organization_slug: String,
    /// The most its people can be given.
    pub cap: Vec<Permission>,
    /// When the offer ends.
    pub expires_at: Option<Timestamp>,
    /// The partner's people on it, by name.
    pub people: Vec<(UserId, String)>,
}

/// The resource `Partner`.
pub struct Partners;

impl Resource for Partners {
    type Id = (OrganizationId, PartnershipId);
    type Record = Partner;
    const MODEL: &'static str = "Partner";

    async fn find(
        transaction: &mut Transaction,
        (organization, id): (OrganizationId, PartnershipId),
    ) -> Result<Option<Partner>> {
        find_partner(transaction, organization, id).await
    }

    fn place(record: &Partner) -> Place {
        Place { scope: Scope::Organization(record.organization), owner: None }
    }

    fn readable(record: &Partner, directory: &Directory, caller: &Caller) -> bool {
        is_member(directory, caller, record.organization)
            && crate::authorize::allows(directory, caller, Self::MODEL, "read", Self::place(record))
    }
}

impl Child for Partners {
    type Parent = Organizations;
}

#[derive(FromRow)]
struct PartnerRow {
    id: Uuid,
    asker_id: Uuid,
    partner_id: Option<Uuid>,
    partner_slug: String,
    asker_name: String,
    asker_slug: String,
    partner_name: Option<String>,
    real_slug: Option<String>,
    accepted_at: Option<i64>,
    asker_frozen: bool,
    partner_frozen: bool,
    asker_ends_at: Option<i64>,
    partner_ends_at: Option<i64>,
    created_at: i64,
    version: i64,
}

impl PartnerRow {
    fn seen_by(self, organization: OrganizationId) -> Partner {
        let asked = self.asker_id == organization.0;
        let agreed = self.accepted_at.is_some();
        let state = match (agreed, asked) {
            (true, _) => PartnerState::Active,
            (false, true) => PartnerState::Asked,
            (false, false) => PartnerState::Invited,
        };
        let (name, slug) = match (asked, agreed) {
            (false, _) => (self.asker_name, self.asker_slug),
            (true, true) => {
                (self.partner_name.unwrap_or_default(), self.real_slug.unwrap_or_else(|| self.partner_slug.clone()))
            }
            (true, false) => (self.partner_slug.clone(), self.partner_slug),
        };
        let sides = ((self.asker_frozen, self.asker_ends_at), (self.partner_frozen, self.partner_ends_at));
        let (own, other) = if asked { sides } else { (sides.1, sides.0) };
        Partner {
            id: PartnershipId(self.id),
            organization,
            other: if asked { self.partner_id.map(OrganizationId) } else { Some(OrganizationId(self.asker_id)) },
            name,
            slug,
            state,
            frozen: own.0,
            frozen_by_partner: other.0,
            expires_at: own.1.map(Timestamp),
            partner_expires_at: other.1.map(Timestamp),
            created_at: Timestamp(self.created_at),
            accepted_at: self.accepted_at.map(Timestamp),
            version: self.version,
        }
    }
}

/// The agreements as the organization may know them: one that it was asked for and declined is not there for it, and
/// neither is a question of an organization that is gone.
fn of_organization(organization: OrganizationId) -> Query {
    let mut query = query(
        "SELECT p.id, p.asker_id, p.partner_id, p.partner_slug, a.name AS asker_name, a.slug AS asker_slug, \
         o.name AS partner_name, o.slug AS real_slug, p.accepted_at, p.asker_frozen, p.partner_frozen, p.asker_ends_at, \
         p.partner_ends_at, p.created_at, p.version FROM partnership p JOIN organization a ON a.id = p.asker_id \
         LEFT JOIN organization o ON o.id = p.partner_id WHERE (p.asker_id = ",
    );
    query.push_bind(organization.0);
    query.push(" OR (p.declined_at IS NULL AND a.deleted_at IS NULL AND p.partner_id = ");
    query.push_bind(organization.0).push("))");
    query
}

pub(crate) async fn find_partner(
    transaction: &mut Transaction,
    organization: OrganizationId,
    id: PartnershipId,
) -> Result<Option<Partner>> {
    let mut query = of_organization(organization);
    query.push(" AND p.id = ").push_bind(id.0);
    let row: Option<PartnerRow> = query.fetch_optional(transaction).await?;
    Ok(row.map(|row| row.seen_by(organization)))
}
