//! Invitations: promises of membership, redeemed by a mailed token.

mod accept;
mod read;
mod write;

use rolecall_access::{BotId, OrganizationId, RoleId, Scope, Timestamp, UserId};
use uuid::Uuid;

use crate::authorize::{Child, Place, Resource};
use crate::error::Result;
use crate::resource::{Organization, Organizations};
use crate::sql::Transaction;

/// An invitation's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvitationId(pub Uuid);

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Waits for the person.
    Pending,
    /// Accepted.
    Accepted,
    /// Its time ran out.
    Expired,
    /// Taken back.
    Revoked,
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The organization.
    pub organization: OrganizationId,
    /// The person created beforehand, if so.
    pub user: Option<UserId>,
    /// The address invited.
    pub email: String,
    /// Who invited (sent it last), with the name.
    pub invited_by: Option<(UserId, String)>,
    /// Whether an operator made it.
    pub by_operator: bool,
    /// The roles promised, with names.
    pub roles: Vec<(RoleId, String)>,
    /// The bots promised, with names.
    pub bots: Vec<(BotId, String)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last sent.
    pub sent_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// Where it stands at this instant.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> InvitationState {
        if self.accepted_at.is_some() {
            InvitationState::Accepted
        } else if self.revoked_at.is_some() {
            InvitationState::Revoked
        } else if self.expires_at <= now {
            InvitationState::Expired
        } else {
            InvitationState::Pending
        }
    }
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The address.
    pub email: String,
    /// Roles in the organization.
    pub roles: Vec<RoleId>,
    /// Bots to be put on (with default roles).
    pub bots: Vec<BotId>,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The resource `Invitation`.
pub struct Invitations;

impl Resource for Invitations {
    type Id = (OrganizationId, InvitationId);
    type Record = Invitation;
    const MODEL: &'static str = "Invitation";

    async fn find(transaction: &mut Transaction, (organization, id): Self::Id) -> Result<Option<Invitation>> {
        let found = read::find_invitation(transaction, id).await?;
        Ok(found.filter(|invitation| invitation.organization == organization))
    }

    fn place(record: &Invitation) -> Place {
        Place {
            scope: Scope::Organization(record.organization),
            owner: record.invited_by.as_ref().map(|(user, _)| *user),
        }
    }
}

impl Child for Invitations {
    type Parent = Organizations;
}

/// What the holder of a token may know, and what accepting needs.
#[derive(Clone, Debug)]
pub struct Redeemable {
    /// The invitation.
    pub invitation: Invitation,
    /// The organization.
    pub organization: Organization,
    /// The name the administrator gave, where the person was created beforehand.
    pub name: Option<String>,
    /// The confirmed account of the address, if it has one: then that person must be signed in to accept.
    pub account: Option<UserId>,
}

/// Who accepts.
#[derive(Clone, Debug)]
pub enum Acceptance {
    /// A new account, with name and password hash.
    NewAccount {
        /// Full name.
        name: String,
        /// PHC string.
        password_hash: String,
    },
    /// The caller, signed in as the invited address.
    SignedIn,
}
