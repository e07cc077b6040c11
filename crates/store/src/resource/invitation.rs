//! Invitations: promises of membership, redeemed by a mailed token.

use rolecall_access::{BotId, OrganizationId, RoleId, Scope, Timestamp, UserId};
use uuid::Uuid;

use crate::Connection;
use crate::access::Access;
use crate::authorize::{Authorized, Child, Create, Delete, In, Place, Read, Resource, Update};
use crate::change::Change;
use crate::error::Result;
use crate::resource::{Account, List, Member, Organization, Organizations, Page};

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

    async fn find(_connection: &mut Connection, _id: Self::Id) -> Result<Option<Invitation>> {
        todo!()
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
    /// Whether a confirmed account has the address: then that person must be signed in to accept.
    pub has_account: bool,
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

impl Access {
    /// Invitations, newest first; `q` searches the address; sorts: `email`, `created_at`, `expires_at`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_invitations(
        &mut self,
        _within: &Authorized<In<Invitations>, Read>,
        _list: &List,
        _state: Option<InvitationState>,
    ) -> Result<Page<Invitation>> {
        todo!()
    }

    /// The pending invitation of this token; none: unknown, expired, used, revoked (all the same outside).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_invitation_by_token(&mut self, _token_hash: &[u8; 32]) -> Result<Option<Redeemable>> {
        todo!()
    }
}

impl Change {
    /// Makes an invitation; guards it as if the person had accepted. Roles other than the organization's default
    /// need `RoleAssignment: create`, bots need the right to put people on their team.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `email` (member already) or `invitation` (open one);
    /// [`SeatsTaken`](crate::StoreError::SeatsTaken); [`Unknown`](crate::StoreError::Unknown) `role_ids`/`bot_ids`;
    /// [`Refused`](crate::StoreError::Refused).
    pub async fn create_invitation(
        &mut self,
        _within: &Authorized<In<Invitations>, Create>,
        _new: NewInvitation,
    ) -> Result<Invitation> {
        todo!()
    }

    /// Makes the invitation of a person just created with [`Change::create_member`] (roles are theirs already).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn invite_member(
        &mut self,
        _member: &Member,
        _token_hash: [u8; 32],
        _expires_at: Timestamp,
    ) -> Result<Invitation> {
        todo!()
    }

    /// A new token and a new term; the caller becomes the inviter.
    ///
    /// # Errors
    /// [`Refused`](crate::StoreError::Refused) if the caller could not give it.
    pub async fn resend_invitation(
        &mut self,
        _invitation: &Authorized<Invitations, Update>,
        _token_hash: [u8; 32],
        _expires_at: Timestamp,
    ) -> Result<Invitation> {
        todo!()
    }

    /// Takes it back; a person created beforehand goes with it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke_invitation(&mut self, _invitation: &Authorized<Invitations, Delete>) -> Result<()> {
        todo!()
    }

    /// Redeems the token: the account is made or joins, roles and bots are given as stored, guarded as the
    /// inviter's change. `None`: the token is not (any more) good.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `email` if a new account is asked for but the address has one;
    /// [`Denied`](crate::Denied) if the caller signed in is not the invited address;
    /// [`Refused`](crate::StoreError::Refused) if the inviter could no longer give it.
    pub async fn accept_invitation(
        &mut self,
        _token_hash: &[u8; 32],
        _by: Acceptance,
    ) -> Result<Option<(Account, Organization)>> {
        todo!()
    }
}
