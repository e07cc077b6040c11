//! Invitations (A-5, A-7, T-19).

use rolecall_access::OrganizationId;
use rolecall_store::Caller;
use rolecall_store::resource::{InvitationId, List};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Input;
use crate::service::sign_in::SignedIn;
use crate::service::{ListView, Named, Result, Written};
use crate::state::App;
use crate::time::Time;

/// An invitation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvitationView {
    /// Its id.
    pub id: Uuid,
    /// The address.
    pub email: String,
    /// `pending`, `accepted`, `expired` or `revoked`.
    pub status: String,
    /// The roles promised.
    pub roles: Vec<Named>,
    /// The bots promised.
    pub bots: Vec<Named>,
    /// Who invited.
    pub invited_by: Option<Named>,
    /// When.
    pub created_at: Time,
    /// When it was last sent.
    pub sent_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// What the caller may do: `read`, `update` (send again), `delete` (revoke).
    pub can: Vec<String>,
    /// Where no mail can be sent: the link to hand over, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// An invitation to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitationBody {
    /// The address.
    pub email: String,
    /// Roles; none given: the organization's default.
    #[serde(default)]
    pub role_ids: Vec<Uuid>,
    /// Bots to be put on.
    #[serde(default)]
    pub bot_ids: Vec<Uuid>,
}

/// What the holder of an invitation's link is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvitationCardView {
    /// The organization's name.
    pub organization: String,
    /// The invited address.
    pub email: String,
    /// The name the administrator gave, if any.
    pub name: Option<String>,
    /// The names of the roles.
    pub roles: Vec<String>,
    /// Who invited.
    pub invited_by: Option<String>,
    /// When it ends.
    pub expires_at: Time,
    /// Whether the address has an account: then sign in as it to accept.
    pub has_account: bool,
    /// Whether the caller is signed in as the invited address.
    pub signed_in: bool,
}

/// The acceptance of an invitation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptanceBody {
    /// The person's name (for a new account).
    #[serde(default)]
    pub name: Option<String>,
    /// The password chosen (for a new account).
    #[serde(default)]
    pub password: Option<String>,
}

/// Invitations, newest first.
pub async fn list_invitations(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _list: Result<List>,
    _status: Option<String>,
) -> Result<ListView<InvitationView>> {
    todo!()
}

/// One invitation.
pub async fn find_invitation(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, InvitationId),
) -> Result<InvitationView> {
    todo!()
}

/// Invites an address.
pub async fn create_invitation(
    _app: &App,
    _caller: Caller,
    _organization: OrganizationId,
    _input: Input<NewInvitationBody>,
) -> Result<Written<InvitationView>> {
    todo!()
}

/// Sends it again, with a new link and term.
pub async fn resend_invitation(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, InvitationId),
) -> Result<Written<InvitationView>> {
    todo!()
}

/// Takes it back.
pub async fn revoke_invitation(
    _app: &App,
    _caller: Caller,
    _id: (OrganizationId, InvitationId),
) -> Result<Written<()>> {
    todo!()
}

/// What the link says.
pub async fn find_invitation_card(_app: &App, _caller: Caller, _token: &str) -> Result<InvitationCardView> {
    todo!()
}

/// Accepts: makes the account and signs in, or joins the account that is signed in.
pub async fn accept_invitation(
    _app: &App,
    _caller: Caller,
    _token: &str,
    _input: Input<AcceptanceBody>,
) -> Result<Written<SignedIn>> {
    todo!()
}
