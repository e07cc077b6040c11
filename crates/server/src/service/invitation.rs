//! Invitations (A-5, A-7, T-19).

use rolecall_access::{Actor, BotId, OrganizationId, RoleId, Scope};
use rolecall_store::resource::invitation::{Acceptance, Redeemable};
use rolecall_store::resource::{Invitation, InvitationId, InvitationState, Invitations, List, NewInvitation};
use rolecall_store::{Access, Caller, Create, Delete, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::limit::{self, Guess};
use crate::auth::{password, token};
use crate::input::{Check, Input, check_email, check_name};
use crate::mail;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::sign_in::{SignedIn, begin_session};
use crate::service::{ListView, Named, Result, Written, abilities};
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

impl Check for NewInvitationBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_email("email", &mut self.email, &mut errors);
        errors
    }
}

impl Check for AcceptanceBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &mut self.name {
            check_name("name", name, &mut errors);
        }
        errors
    }
}

fn state_text(state: InvitationState) -> &'static str {
    match state {
        InvitationState::Pending => "pending",
        InvitationState::Accepted => "accepted",
        InvitationState::Expired => "expired",
        InvitationState::Revoked => "revoked",
    }
}

fn parse_state(text: &str) -> Result<InvitationState> {
    [InvitationState::Pending, InvitationState::Accepted, InvitationState::Expired, InvitationState::Revoked]
        .into_iter()
        .find(|state| state_text(*state) == text)
        .ok_or_else(|| {
            let message = "Status is `pending`, `accepted`, `expired` or `revoked`.";
            Problem::invalid(vec![FieldError::new("status", "invalid", message)])
        })
}

fn view(access: &Access, invitation: &Invitation) -> InvitationView {
    let state = invitation.state(access.caller().now);
    let open = matches!(state, InvitationState::Pending | InvitationState::Expired);
    let owner = invitation.invited_by.as_ref().map(|(user, _)| *user);
    let scope = Scope::Organization(invitation.organization);
    let mut can = abilities(access, "Invitation", &["read", "update", "delete"], scope, owner);
    can.retain(|ability| open || ability == "read");
    InvitationView {
        id: invitation.id.0,
        email: invitation.email.clone(),
        status: state_text(state).to_owned(),
        roles: invitation.roles.iter().map(|(id, name)| Named { id: id.0, name: name.clone() }).collect(),
        bots: invitation.bots.iter().map(|(id, name)| Named { id: id.0, name: name.clone() }).collect(),
        invited_by: invitation.invited_by.as_ref().map(|(id, name)| Named { id: id.0, name: name.clone() }),
        created_at: invitation.created_at.into(),
        sent_at: invitation.sent_at.into(),
        expires_at: invitation.expires_at.into(),
        can,
        link: None,
    }
}

/// Invitations, newest first.
pub async fn list_invitations(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
    status: Result<Option<String>>,
) -> Result<ListView<InvitationView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Invitations>, Read>(organization).await?;
    let state = status?.as_deref().map(parse_state).transpose()?;
    let page = access.list_invitations(&within, &list?, state).await?;
    Ok(ListView::of(page, |invitation| view(&access, &invitation)))
}

/// Whether the caller may invite: for the page that asks whom.
pub async fn may_create_invitation(app: &App, caller: Caller, organization: OrganizationId) -> Result<()> {
    app.store.access(caller).await?.require::<In<Invitations>, Create>(organization).await?;
    Ok(())
}

/// One invitation.
pub async fn find_invitation(app: &App, caller: Caller, id: (OrganizationId, InvitationId)) -> Result<InvitationView> {
    let mut access = app.store.access(caller).await?;
    let invitation = access.require::<Invitations, Read>(id).await?;
    Ok(view(&access, &invitation))
}

/// Invites an address.
pub async fn create_invitation(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewInvitationBody>,
) -> Result<Written<InvitationView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Invitations>, Create>(organization).await?;
    let input = input.get()?;
    let (token, term) = mail::token_for(app, &change)?;
    let new = NewInvitation {
        email: input.email,
        roles: input.role_ids.into_iter().map(RoleId).collect(),
        bots: input.bot_ids.into_iter().map(BotId).collect(),
        token_hash: term.hash,
        expires_at: term.expires_at,
    };
    let invitation = change.create_invitation(&within, new).await?;
    let link = mail::send_invitation(app, &mut change, &within, &invitation, None, &token).await?;
    let value = InvitationView { link, ..view(&change, &invitation) };
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value, revision })
}

/// Sends it again, with a new link and term.
pub async fn resend_invitation(
    app: &App,
    caller: Caller,
    id: (OrganizationId, InvitationId),
) -> Result<Written<InvitationView>> {
    let mut change = app.store.change(caller).await?;
    let invitation = change.require::<Invitations, Update>(id).await?;
    let (token, term) = mail::token_for(app, &change)?;
    let sent = change.resend_invitation(&invitation, term.hash, term.expires_at).await?;
    let organization = change.member_organization(id.0).await?;
    let link = mail::send_invitation(app, &mut change, &organization, &sent, None, &token).await?;
    let value = InvitationView { link, ..view(&change, &sent) };
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value, revision })
}

/// Takes it back.
pub async fn revoke_invitation(app: &App, caller: Caller, id: (OrganizationId, InvitationId)) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let invitation = change.require::<Invitations, Delete>(id).await?;
    change.revoke_invitation(&invitation).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// The invitation of a token; wrong ones count as guesses.
async fn redeemable(app: &App, caller: &Caller, token: &str) -> Result<Redeemable> {
    limit::check(app, caller, Guess::Invitation).await?;
    let found = app.store.access(caller.clone()).await?.find_invitation_by_token(&token::hash(token)).await?;
    match found {
        Some(found) => limit::check(app, caller, Guess::Invitation).await.map(|()| found),
        None => {
            limit::count(app, caller, Guess::Invitation).await?;
            Err(over())
        }
    }
}

fn over() -> Problem {
    Problem::new(
        Kind::NotFound,
        "This invitation is not good any more: it was used, revoked, or has run out. Ask for a new one.",
    )
}

/// What the link says.
pub async fn find_invitation_card(app: &App, caller: Caller, token: &str) -> Result<InvitationCardView> {
    let Redeemable { invitation, organization, name, account } = redeemable(app, &caller, token).await?;
    let signed_in = account.is_some_and(|account| caller.actor == Actor::User(account));
    Ok(InvitationCardView {
        organization: organization.name,
        email: invitation.email,
        name,
        roles: invitation.roles.into_iter().map(|(_, name)| name).collect(),
        invited_by: invitation.invited_by.map(|(_, name)| name),
        expires_at: invitation.expires_at.into(),
        has_account: account.is_some(),
        signed_in,
    })
}

/// Accepts: makes the account and signs in, or joins the account that is signed in.
pub async fn accept_invitation(
    app: &App,
    caller: Caller,
    token: &str,
    input: Input<AcceptanceBody>,
) -> Result<Written<SignedIn>> {
    let found = redeemable(app, &caller, token).await?;
    let input = input.get()?;
    let by = match found.account {
        Some(account) if caller.actor == Actor::User(account) => Acceptance::SignedIn,
        Some(_) => {
            let detail = format!("{} has an account. Sign in with it, then accept.", found.invitation.email);
            return Err(Problem::new(Kind::SignInNeeded, detail));
        }
        None => new_account(app, &found, input).await?,
    };
    // What was proved in the session that is signed in counts for its own account, and for no new one.
    let second_factor = matches!(by, Acceptance::SignedIn) && caller.second_factor;
    let mut change = app.store.change(caller.clone()).await?;
    let accepted = change.accept_invitation(&token::hash(token), by).await?;
    let (account, _) = accepted.ok_or_else(over)?;
    begin_session(app, change, account.id, second_factor).await
}

async fn new_account(app: &App, found: &Redeemable, input: AcceptanceBody) -> Result<Acceptance> {
    let name = input.name.or_else(|| found.name.clone()).unwrap_or_default();
    let password = input.password.unwrap_or_default();
    let mut errors = Vec::new();
    if name.is_empty() {
        errors.push(FieldError::new("name", "missing", "Enter your first and last name."));
    }
    password::check("password", &password, password::LEAST_ALONE, &[&name, &found.invitation.email], &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    Ok(Acceptance::NewAccount { name, password_hash: app.hasher.hash(&password).await? })
}
