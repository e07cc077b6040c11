//! Asking for access: who misses a permission asks, who can give it grants it for a time or declines.

use rolecall_access::{BotId, OrganizationId, Permission};
use rolecall_store::Caller;
use rolecall_store::resource::AccessRequest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input};
use crate::mail;
use crate::problem::FieldError;
use crate::service::explain::known;
use crate::service::member::check_reason;
use crate::service::{Named, Result, Written};
use crate::state::App;
use crate::time::Time;

/// A question for access.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccessRequestView {
    /// Its id.
    pub id: Uuid,
    /// Who asks.
    pub user: Named,
    /// On which bot; null: in the organization.
    pub bot: Option<Named>,
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// Why.
    pub reason: String,
    /// `open`, `granted`, `declined` or `withdrawn`.
    pub status: String,
    /// What was answered.
    pub answer: String,
    /// When it was asked.
    pub created_at: Time,
    /// When it was decided.
    pub decided_at: Option<Time>,
    /// What the caller may do: `update` (grant, decline), `delete` (take back).
    pub can: Vec<String>,
}

/// Questions for access.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccessRequestsView {
    /// Open ones that the caller can decide, the oldest first, at most 200.
    pub items: Vec<AccessRequestView>,
    /// The caller's own, the latest first, at most 50.
    pub own: Vec<AccessRequestView>,
    /// Always null: they are not paged.
    pub next_cursor: Option<String>,
}

/// What is missed, and why it is needed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskAccessBody {
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// On which bot; left out: in the organization.
    #[serde(default)]
    pub bot_id: Option<Uuid>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// For how long.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantAccessBody {
    /// When it ends; left out: it does not.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// What to tell them.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineAccessBody {
    /// Why not.
    #[serde(default)]
    pub reason: String,
}

impl Check for AskAccessBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_reason("reason", Some(&self.reason), &mut errors);
        errors
    }
}

impl Check for GrantAccessBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Check for DeclineAccessBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_reason("reason", Some(&self.reason), &mut errors);
        errors
    }
}

fn view(request: AccessRequest, own: bool) -> AccessRequestView {
    let open = request.status == "open";
    let ability = if own { "delete" } else { "update" };
    AccessRequestView {
        id: request.id,
        user: Named { id: request.user.0, name: request.name },
        bot: request.bot.zip(request.bot_name).map(|(id, name)| Named { id: id.0, name }),
        model: request.permission.model.to_string(),
        action: request.permission.action.to_string(),
        reason: request.reason,
        status: request.status,
        answer: request.answer,
        created_at: request.created_at.into(),
        decided_at: request.decided_at.map(Time),
        can: open.then(|| ability.to_owned()).into_iter().collect(),
    }
}

/// Own requests, and those that one can decide.
pub async fn list_requests(app: &App, caller: Caller, organization: OrganizationId) -> Result<AccessRequestsView> {
    let mut access = app.store.access(caller).await?;
    let (own, open) = access.list_requests(organization).await?;
    Ok(AccessRequestsView {
        items: open.into_iter().map(|request| view(request, false)).collect(),
        own: own.into_iter().map(|request| view(request, true)).collect(),
        next_cursor: None,
    })
}

/// How many one can decide.
pub async fn count_requests(app: &App, caller: Caller, organization: OrganizationId) -> Result<usize> {
    Ok(app.store.access(caller).await?.count_requests(organization).await?)
}

/// Whether asking for it may help, and whether it was asked already; none: it would not help.
pub async fn may_ask(
    app: &App,
    caller: Caller,
    (organization, bot): (OrganizationId, Option<BotId>),
    permission: &Permission,
) -> Result<Option<bool>> {
    Ok(app.store.access(caller).await?.may_ask(organization, bot, permission).await?)
}

/// Asks those who can give it.
pub async fn ask_access(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<AskAccessBody>,
) -> Result<Written<AccessRequestView>> {
    let mut change = app.store.change(caller).await?;
    let found = change.member_organization(organization).await?;
    let body = input.get()?;
    let permission = known(&body.model, &body.action)?;
    let bot = body.bot_id.map(BotId);
    let (request, told) = change.ask_access(organization, bot, &permission, &body.reason).await?;
    mail::send_request(app, &mut change, &found, &request, &told).await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: view(request, true), revision })
}

/// Takes an own request back.
pub async fn withdraw_access(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    change.withdraw_access(organization, id).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Gives what is asked, for a time or without end.
pub async fn grant_access(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
    input: Input<GrantAccessBody>,
) -> Result<Written<AccessRequestView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require_request(organization, id).await?;
    let expires_at = input.get()?.expires_at;
    let granted = change.grant_access(&of, expires_at.map(|end| end.0)).await?;
    let found = change.member_organization(organization).await?;
    mail::send_answer(app, &mut change, &found, &granted, expires_at).await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: view(granted, false), revision })
}

/// Declines.
pub async fn decline_access(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
    input: Input<DeclineAccessBody>,
) -> Result<Written<AccessRequestView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require_request(organization, id).await?;
    let declined = change.decline_access(&of, &input.get()?.reason).await?;
    let found = change.member_organization(organization).await?;
    mail::send_answer(app, &mut change, &found, &declined, None).await?;
    let revision = change.commit().await?;
    app.outbox.wake();
    Ok(Written { value: view(declined, false), revision })
}
