//! A bot's integrations: webhooks that tell other systems what happens, and calls that flows make (`Integration`).
//!
//! Whoever sets one up decides where what visitors say goes. So where it goes with their words, its maker needs the
//! permission to see them as they are (`Conversation: update`) besides. Its secret is shown once, its headers never
//! again, its address to whoever may change it.

pub mod body;
mod rules;

use rolecall_access::{BotId, Scope, Timestamp, UserId};
use rolecall_store::authorize::Action;
use rolecall_store::ids::new_id;
use rolecall_store::resource::{
    BotIntegration, Delivery, Due, Integration, IntegrationKind, Integrations, List, NewIntegration,
};
use rolecall_store::{Access, Authorized, Caller, Create, Delete, In, Read, Update};
use uuid::Uuid;

use self::body::{DeliveryQuery, DeliveryView, IntegrationChangeBody, IntegrationView, NewIntegrationBody};
use crate::input::Input;
use crate::integration::deliver::{LEASE, try_one};
use crate::integration::private::Private;
use crate::mask;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{ListView, Named, Result, Written, abilities, may};
use crate::state::App;

/// An integration's id: its bot and itself.
pub type IntegrationId = (BotId, Uuid);

/// The most integrations of a bot.
const MOST: i64 = 20;

/// Whether what visitors say may be sent where the caller wants it.
fn may_send_words(access: &Access, bot: BotId) -> bool {
    may(access, "Conversation", "update", Scope::Bot(bot), None)
}

fn view(app: &App, access: &Access, bot: BotId, integration: Integration) -> Result<IntegrationView> {
    let private = Private::open(&app.vault, bot, integration.id, &integration.written.sealed)?;
    let can = abilities(access, "Integration", &["read", "update", "delete"], Scope::Bot(bot), integration.owner);
    Ok(IntegrationView::of(integration, &private, can))
}

/// What somebody who came too late is shown; an integration that cannot be opened says so itself.
fn stale<A: Action>(
    app: &App,
    access: &Access,
    of: &Authorized<Integrations, A>,
    error: rolecall_store::StoreError,
) -> Problem {
    match view(app, access, of.bot.id, of.integration.clone()) {
        Ok(current) => Problem::stale(error, || current),
        Err(problem) => problem,
    }
}

/// The bot's integrations that the caller reads.
pub async fn list_integrations(
    app: &App,
    caller: Caller,
    bot: BotId,
    list: Result<List>,
) -> Result<ListView<IntegrationView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<Integrations>, Read>(bot).await?;
    let page = access.list_integrations(&within, &list?).await?;
    let items = page.items.into_iter().map(|one| view(app, &access, bot, one)).collect::<Result<_>>()?;
    Ok(ListView { items, next_cursor: page.next_cursor })
}

/// The calls that a flow of the bot can make, as far as the caller reads them; none: they read no integrations.
pub async fn list_calls(app: &App, caller: Caller, bot: BotId) -> Result<Option<Vec<Named>>> {
    let mut access = app.store.access(caller).await?;
    let Ok(within) = access.require::<In<Integrations>, Read>(bot).await else { return Ok(None) };
    let names = access.list_call_names(&within).await?;
    let mut calls: Vec<Named> =
        names.into_iter().filter_map(|(id, name)| Some(Named { id: id.parse().ok()?, name })).collect();
    calls.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Some(calls))
}

/// One integration.
pub async fn find_integration(app: &App, caller: Caller, id: IntegrationId) -> Result<IntegrationView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Integrations, Read>(id).await?;
    view(app, &access, id.0, of.into_record().integration)
}

/// Whether the caller may add integrations, for the page that asks for one; and whether with visitors' words.
pub async fn may_create_integration(app: &App, caller: Caller, bot: BotId) -> Result<bool> {
    let mut access = app.store.access(caller).await?;
    access.require::<In<Integrations>, Create>(bot).await?;
    Ok(may_send_words(&access, bot))
}

/// Whether the caller may have what visitors say of this bot sent elsewhere: for the page that says so.
pub async fn sends_words(app: &App, caller: Caller, bot: BotId) -> Result<bool> {
    Ok(may_send_words(&app.store.access(caller).await?, bot))
}

/// Makes an integration; its maker owns it. The secret is in this answer alone.
pub async fn create_integration(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<NewIntegrationBody>,
) -> Result<Written<IntegrationView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<Integrations>, Create>(bot).await?;
    let new = input.get()?;
    rules::check_address(&app.config, &new.url)?;
    rules::check_words(may_send_words(&change, bot), new.kind.into(), &new.events)?;
    let id = new_id(app.now())?;
    let private = Private::new(new.url.clone(), new.headers.clone())?;
    let made = NewIntegration { id, kind: new.kind.into(), written: new.written(private.seal(&app.vault, bot, id)?) };
    let made = change.create_integration(&within, &made, &private.host()).await?;
    if change.count_integrations(&within).await? > MOST {
        let detail = format!("A bot has at most {MOST} integrations; delete one first.");
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let value = view(app, &change, bot, made)?.with_secret(&private);
    Ok(Written { value, revision: change.commit().await? })
}

/// Changes it. Headers that are given take the place of all that were there; one given as null keeps its value.
pub async fn update_integration(
    app: &App,
    caller: Caller,
    id: IntegrationId,
    version: Precondition,
    input: Input<IntegrationChangeBody>,
) -> Result<Written<IntegrationView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Integrations, Update>(id).await?;
    let version = version.required()?;
    let body = input.get()?;
    rules::check_kind(of.integration.kind, &body)?;
    let before = Private::open(&app.vault, id.0, id.1, &of.integration.written.sealed)?;
    let after = body.over(&before)?;
    let mut written = of.integration.written.clone();
    body.change(&mut written);
    if after != before {
        rules::check_address(&app.config, &after.url)?;
        written.sealed = after.seal(&app.vault, id.0, id.1)?;
    }
    let more = written.events.iter().any(|event| !of.integration.written.events.contains(event));
    if more || after.url != before.url {
        rules::check_words(may_send_words(&change, id.0), of.integration.kind, &written.events)?;
    }
    let hosts = (before.host(), after.host());
    let changed = change.update_integration(&of, version, &written, (&hosts.0, &hosts.1)).await;
    let changed = changed.map_err(|error| stale(app, &change, &of, error))?;
    let value = view(app, &change, id.0, changed)?;
    Ok(Written { value, revision: change.commit().await? })
}

/// Deletes it with the log of its deliveries. Flows that call it fail there.
pub async fn delete_integration(
    app: &App,
    caller: Caller,
    id: IntegrationId,
    version: Precondition,
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Integrations, Delete>(id).await?;
    let gone = change.delete_integration(&of, version.required()?).await;
    gone.map_err(|error| stale(app, &change, &of, error))?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Gives it another secret, which is in this answer alone; the one before is signed with for a day more.
pub async fn rotate_integration_secret(
    app: &App,
    caller: Caller,
    id: IntegrationId,
) -> Result<Written<IntegrationView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Integrations, Update>(id).await?;
    let mut private = Private::open(&app.vault, id.0, id.1, &of.integration.written.sealed)?;
    private.rotate(change.caller().now)?;
    let after = change.rotate_integration_secret(&of, &private.seal(&app.vault, id.0, id.1)?).await?;
    let value = view(app, &change, id.0, after)?.with_secret(&private);
    Ok(Written { value, revision: change.commit().await? })
}

fn delivery(access: &Access, bot: BotId, owner: Option<UserId>, mut delivery: Delivery) -> DeliveryView {
    if !may_send_words(access, bot) {
        // A receiver may answer with what it was told.
        delivery.answer = mask::text(&delivery.answer);
    }
    let resend = may(access, "Integration", "update", Scope::Bot(bot), owner).then(|| "resend".to_owned());
    DeliveryView::of(delivery, resend.into_iter().collect())
}

/// What was sent to it, the newest first, and how it was answered.
pub async fn list_deliveries(
    app: &App,
    caller: Caller,
    id: IntegrationId,
    list: Result<List>,
    filter: Result<DeliveryQuery>,
) -> Result<ListView<DeliveryView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Integrations, Read>(id).await?;
    let page = access.list_deliveries(&of, &list?, &filter?.filter()?).await?;
    Ok(ListView::of(page, |one| delivery(&access, id.0, of.integration.owner, one)))
}

/// Has a delivery sent once more, under its own id.
pub async fn resend_delivery(
    app: &App,
    caller: Caller,
    id: IntegrationId,
    which: Uuid,
) -> Result<Written<DeliveryView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Integrations, Update>(id).await?;
    let found = change.find_delivery(&of, which).await?.ok_or_else(Problem::not_found)?;
    if !of.integration.written.active {
        let detail = "It is paused, and sends nothing. Make it active first.";
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let again = change.resend_delivery(&of, found.id).await?;
    let value = delivery(&change, id.0, of.integration.owner, again);
    Ok(Written { value, revision: change.commit().await? })
}

/// Sends it something at once, also while it is paused, and tells how that went. No transaction is open meanwhile.
pub async fn test_integration(app: &App, caller: Caller, id: IntegrationId) -> Result<Written<DeliveryView>> {
    let mut change = app.store.change(caller.clone()).await?;
    let of = change.require::<Integrations, Update>(id).await?;
    let now = change.caller().now;
    let (delivery_id, claim) = (new_id(now)?, new_id(now)?);
    let added = change.add_test_delivery(&of, (delivery_id, claim), now.plus_seconds(LEASE)).await?;
    let due = due(&of, &added, claim, now);
    let revision = change.commit().await?;
    try_one(app, due, false).await?;
    let mut access = app.store.access(Caller { now: app.now(), ..caller }).await?;
    let of = access.require::<Integrations, Update>(id).await?;
    let sent = access.find_delivery(&of, delivery_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Written { value: delivery(&access, id.0, of.integration.owner, sent), revision })
}

fn due(of: &BotIntegration, added: &Delivery, claim: Uuid, now: Timestamp) -> Due {
    let data = serde_json::json!({ "bot": of.bot.id.0, "integration": of.integration.id });
    Due {
        id: added.id,
        claim,
        integration: of.integration.id,
        bot: of.bot.id,
        sealed: of.integration.written.sealed.clone(),
        event: added.event.clone(),
        data: data.to_string(),
        attempts: 0,
        created_at: now,
    }
}

impl From<body::IntegrationKindBody> for IntegrationKind {
    fn from(kind: body::IntegrationKindBody) -> Self {
        match kind {
            body::IntegrationKindBody::Webhook => Self::Webhook,
            body::IntegrationKindBody::Call => Self::Call,
        }
    }
}

/// A mistake in one field.
fn wrong(field: &str, code: &'static str, message: impl Into<String>) -> Problem {
    Problem::invalid(vec![FieldError::new(field, code, message)])
}
