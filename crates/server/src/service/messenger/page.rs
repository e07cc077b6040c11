//! Pages are chosen, connected, paused, removed.

use rolecall_access::BotId;
use rolecall_store::resource::{Connection, ConnectionId, MessengerChannels, NewMessengerChannel};
use rolecall_store::{Access, Caller, Create, Delete, In, Read, Update};
use serde::Serialize;
use uuid::Uuid;

use super::body::{MessengerChannelBody, MessengerChannelView, MessengerPageBody, MessengerPageView, view};
use super::{purpose, unseal};
use crate::auth::provider::Provider;
use crate::graph::{Graph, Page, Refused};
use crate::input::Input;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::connection::{GrantedView, usable_token};
use crate::service::{ListView, Result, Written};
use crate::state::App;

/// A page's id here: its bot and itself.
pub type MessengerChannelId = (BotId, Uuid);

/// What an account must have granted, so that a bot can answer at its pages.
const NEEDED: [&str; 3] = ["pages_show_list", "pages_manage_metadata", "pages_messaging"];

/// An account of one's own at Facebook.
#[derive(Clone, Debug, Serialize)]
pub struct MessengerAccountView {
    /// Its id.
    pub id: Uuid,
    /// One's name there.
    pub name: String,
    /// What is missing, so that its pages can be connected.
    pub missing: Vec<GrantedView>,
}

/// Whose app it is at Facebook.
fn provider(app: &App) -> Result<&Provider> {
    let detail =
        "Messenger is not set up on this installation: its operator connects it with an app at Facebook first.";
    app.config.facebook().ok_or_else(|| Problem::new(Kind::WrongState, detail))
}

/// What the account has not granted.
fn missing(provider: &Provider, connection: &Connection) -> Vec<GrantedView> {
    let missing = NEEDED.iter().filter(|name| !connection.scopes.iter().any(|scope| scope == *name));
    missing.map(|name| GrantedView { name: (*name).to_owned(), words: provider.words(name).to_owned() }).collect()
}

/// The bot's pages that the caller reads.
pub async fn list_of(access: &mut Access, bot: BotId) -> Result<Vec<MessengerChannelView>> {
    let within = access.require::<In<MessengerChannels>, Read>(bot).await?;
    let found = access.list_messenger_channels(&within).await?;
    Ok(found.into_iter().map(|channel| view(access, bot, channel)).collect())
}

/// One of them.
pub async fn find_messenger_channel(app: &App, caller: Caller, id: MessengerChannelId) -> Result<MessengerChannelView> {
    let mut access = app.store.access(caller).await?;
    let found = access.require::<MessengerChannels, Read>(id).await?.into_record();
    Ok(view(&access, id.0, found.channel))
}

/// The caller's accounts at Facebook, for whoever may connect a page of theirs with the bot.
pub async fn list_messenger_accounts(app: &App, caller: Caller, bot: BotId) -> Result<Vec<MessengerAccountView>> {
    let mut access = app.store.access(caller).await?;
    access.require::<In<MessengerChannels>, Create>(bot).await?;
    let provider = provider(app)?;
    let connections = access.list_own_connections().await?;
    let own = connections.into_iter().filter(|one| one.provider == provider.key);
    let view =
        |one: Connection| MessengerAccountView { id: one.id.0, missing: missing(provider, &one), name: one.name };
    Ok(own.map(view).collect())
}

/// The pages that an account of the caller's manages.
pub async fn list_messenger_pages(
    app: &App,
    caller: Caller,
    (bot, account): (BotId, Uuid),
) -> Result<ListView<MessengerPageView>> {
    let mut access = app.store.access(caller).await?;
    access.require::<In<MessengerChannels>, Create>(bot).await?;
    let provider = provider(app)?;
    let connection = access.find_own_connection(ConnectionId(account)).await?.ok_or_else(Problem::not_found)?;
    drop(access);
    let pages = pages(app, provider, &connection).await?;
    let items = pages.into_iter().map(|page| MessengerPageView { id: page.id, name: page.name }).collect();
    Ok(ListView { items, next_cursor: None })
}

/// The pages of an account that has granted what is needed.
async fn pages(app: &App, provider: &Provider, connection: &Connection) -> Result<Vec<Page>> {
    let missing = if connection.provider == provider.key { missing(provider, connection) } else { Vec::new() };
    if connection.provider != provider.key {
        return Err(Problem::not_found());
    }
    if !missing.is_empty() {
        let words: Vec<String> = missing.into_iter().map(|one| format!("“{}”", one.words)).collect();
        let detail = format!(
            "The account “{}” has not given all that is needed: {}. Give it in your profile, under Accounts.",
            connection.name,
            words.join(", ")
        );
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let token = usable_token(app, connection.id).await?;
    Graph::with(app, provider, &token.access).list_pages().await.map_err(asked)
}

/// What whoever connects a page is told when Facebook refuses.
fn asked(refused: Refused) -> Problem {
    match refused {
        Refused::Token => {
            let detail =
                "Facebook does not accept this account any more. Reconnect it in your profile, under Accounts.";
            Problem::new(Kind::WrongState, detail)
        }
        Refused::Permission | Refused::Window | Refused::Never => {
            let detail = "Facebook does not allow this: the account does not manage the page's messages.";
            Problem::new(Kind::WrongState, detail)
        }
        Refused::Busy | Refused::Away => {
            let detail = "Facebook could not be asked just now, and nothing has changed. Try again in a moment.";
            Problem::new(Kind::Unavailable, detail)
        }
    }
}

/// Whoever's bot it is at is nobody's to know.
fn taken() -> Problem {
    let detail = "This page is at a bot already. A page is at one bot: remove it there first.";
    let error = FieldError::new("page_id", "duplicate", detail);
    Problem { errors: vec![error], ..Problem::new(Kind::Duplicate, detail) }
}

/// Connects a page; one that is at this bot already is connected anew.
pub async fn add_messenger_page(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<MessengerPageBody>,
) -> Result<Written<MessengerChannelView>> {
    let mut access = app.store.access(caller.clone()).await?;
    let within = access.require::<In<MessengerChannels>, Create>(bot).await?;
    let MessengerPageBody { account_id, page_id } = input.get()?;
    let provider = provider(app)?;
    let unknown =
        |field: &'static str, message: &str| Problem::invalid(vec![FieldError::new(field, "not_found", message)]);
    let own = access.find_own_connection(ConnectionId(account_id)).await?.filter(|one| one.provider == provider.key);
    let connection = own.ok_or_else(|| unknown("account_id", "You have no such account at Facebook."))?;
    let there = access.find_page_bot(&within, &page_id).await?;
    drop((access, within));
    let pages = pages(app, provider, &connection).await?;
    let page = pages.into_iter().find(|page| page.id == page_id);
    let page = page.ok_or_else(|| unknown("page_id", "The account does not manage this page."))?;
    // Only after Facebook has said that the page is theirs: nobody finds out by its id which pages are here.
    if there.is_some_and(|there| there != bot) {
        return Err(taken());
    }
    Graph::with(app, provider, &page.token).subscribe(&page.id).await.map_err(asked)?;
    keep(app, caller, bot, &connection, &page).await
}

async fn keep(
    app: &App,
    caller: Caller,
    bot: BotId,
    connection: &Connection,
    page: &Page,
) -> Result<Written<MessengerChannelView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<MessengerChannels>, Create>(bot).await?;
    // It may have been disconnected meanwhile.
    change.find_own_connection(connection.id).await?.ok_or_else(Problem::not_found)?;
    let (id, there) = change.place_for_page(&within, &page.id).await?;
    if there {
        change.require::<MessengerChannels, Update>((bot, id)).await?;
    }
    let token = app.vault.seal(&purpose(id), page.token.reveal().as_bytes())?;
    let connection = Some(connection.id);
    let new = NewMessengerChannel { id, page: &page.id, page_name: &page.name, token, connection };
    let kept = change.connect_page(&within, new).await.map_err(Problem::from);
    let kept = kept.map_err(|problem| if problem.kind == Kind::Duplicate { taken() } else { problem })?;
    let value = view(&change, bot, kept);
    let revision = change.commit().await?;
    app.chat.channels.wake();
    Ok(Written { value, revision })
}

/// Pauses the page, or lets it go on.
pub async fn update_messenger_page(
    app: &App,
    caller: Caller,
    id: MessengerChannelId,
    input: Input<MessengerChannelBody>,
) -> Result<Written<MessengerChannelView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<MessengerChannels, Update>(id).await?;
    let MessengerChannelBody { paused } = input.get()?;
    let after = change.pause_page(&of, paused).await?;
    let value = view(&change, id.0, after);
    let revision = change.commit().await?;
    app.chat.channels.wake();
    Ok(Written { value, revision })
}

/// Takes the page off the bot, then tells Facebook, as far as that can be done; the conversations stay.
pub async fn remove_messenger_page(app: &App, caller: Caller, id: MessengerChannelId) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<MessengerChannels, Delete>(id).await?;
    change.disconnect_page(&of).await?;
    let revision = change.commit().await?;
    let channel = of.into_record().channel;
    let token = channel.token.and_then(|sealed| unseal(app, channel.id, &sealed).ok());
    if let (Some(provider), Some(token)) = (app.config.facebook(), token)
        && let Err(refused) = Graph::with(app, provider, &token).unsubscribe(&channel.page).await
    {
        // What still comes for it is for no page of ours.
        tracing::warn!(?refused, "a page that was removed is still subscribed");
    }
    Ok(Written { value: (), revision })
}
