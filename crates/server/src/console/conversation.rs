//! One conversation: read, taken over, answered, handed on, closed, taken out, deleted.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use rolecall_access::BotId;
use rolecall_store::ids::new_id;
use serde::Deserialize;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab, open};
use crate::console::conversations::visitor;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, render, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::Named;
use crate::service::conversation::ConversationId;
use crate::service::conversation::body::{
    AssignBody, ConversationDetailView, ConversationMessageView, ConversationView, MessagesQuery, PersonQuery,
    ReplyBody, RevealBody, RevealedView,
};
use crate::state::App;

const ONE: &str = "/{org}/bots/{bot}/conversations/{conversation}";

pub fn router() -> Router<App> {
    let below = |rest: &str| format!("{ONE}{rest}");
    Router::new()
        .route(ONE, get(show_conversation))
        .route(&below("/take-over"), post(take_over))
        .route(&below("/reply"), post(reply))
        .route(&below("/give-back"), post(give_back))
        .route(&below("/assign"), post(assign))
        .route(&below("/close"), post(close))
        .route(&below("/reveal"), get(show_conversation).post(reveal))
        .route(&below("/delete"), get(confirm_deletion).post(delete))
}

type ConversationPath = Path<(String, String, String)>;

/// What stands on the page beside the conversation.
#[derive(Default)]
struct Beside {
    reply: String,
    reply_errors: Errors,
    revealed: Option<RevealedView>,
    reveal_errors: Errors,
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct ConversationPage {
    shell: Shell,
    path: String,
    /// Where it can be taken out.
    export: String,
    /// The name of the next reply: sent twice, it is said once.
    next: Uuid,
    conversation: ConversationView,
    messages: Vec<ConversationMessageView>,
    /// The number that earlier messages stand before.
    earlier: Option<i64>,
    agents: Vec<Named>,
    me: Option<Uuid>,
    beside: Beside,
}

impl ConversationPage {
    fn can(&self, ability: &str) -> bool {
        self.shell.has(&self.conversation.can, ability)
    }

    /// Whether the person answers it.
    fn mine(&self) -> bool {
        self.conversation.status == "agent" && self.conversation.assigned_to.as_ref().map(|one| one.id) == self.me
    }

    /// The name of somebody else who answers it.
    fn others(&self) -> Option<&str> {
        let held = self.conversation.assigned_to.as_ref().filter(|one| Some(one.id) != self.me);
        held.filter(|_| self.conversation.status == "agent").map(|one| one.name.as_str())
    }

    /// Who said it.
    fn who(&self, message: &ConversationMessageView) -> String {
        if message.sender == "visitor" {
            return visitor(&self.shell, &self.conversation);
        }
        if message.name.is_empty() {
            self.shell.t(format!("talk-sender-{}", message.sender))
        } else {
            message.name.clone()
        }
    }

    /// Why the bot said it, in a few words.
    fn because(&self, message: &ConversationMessageView) -> Option<String> {
        let intent = Some(&message.intent).filter(|intent| !intent.is_empty());
        let intent = intent.map(|intent| self.shell.with("talk-because-intent", "intent", intent));
        let outcome = Some(&message.outcome).filter(|outcome| matches!(outcome.as_str(), "fallback" | "handover"));
        intent.or_else(|| outcome.map(|outcome| self.shell.t(format!("talk-outcome-{outcome}"))))
    }

    /// Whether the visitor left a way to be reached.
    fn reachable(&self) -> bool {
        !self.conversation.contact.email.is_empty() || !self.conversation.contact.phone.is_empty()
    }
}

fn id(tab: &Tab, conversation: &str) -> Result<ConversationId, Problem> {
    Ok((BotId(tab.bot.id), conversation.parse().map_err(|_| Problem::not_found())?))
}

/// The bot's tab, the conversation's id, the path of its list and its own.
async fn opened(
    app: &App,
    inside: Inside,
    slug: &str,
    conversation: &str,
) -> Result<(Inside, Tab, ConversationId, [String; 2]), Problem> {
    let (inside, tab) = open(app, inside, slug, "conversations").await?;
    let id = id(&tab, conversation)?;
    let list = tab.path(&inside.shell, "/conversations");
    let own = format!("{list}/{}", id.1);
    Ok((inside, tab, id, [list, own]))
}

/// A page below the conversations of the bot.
fn below(shell: Shell, tab: &Tab, list: &str) -> Shell {
    let (overview, label) = (tab.path(&shell, ""), shell.t("bot-tab-conversations"));
    shell.below(tab.bot.name.clone(), overview).below(label, list)
}

async fn page(
    app: &App,
    (inside, tab, id, [list, path]): (Inside, Tab, ConversationId, [String; 2]),
    before: Option<i64>,
    beside: Beside,
) -> Page {
    let query = Ok(MessagesQuery { before });
    let found = service::conversation::find_conversation(app, inside.caller.clone(), id, query).await?;
    let ConversationDetailView { conversation, messages, earlier } = found;
    // Who may answer this one alone has nobody to give it to.
    let agents = service::conversation::list_agents(app, inside.caller, id.0).await.map(|all| all.items);
    let other = |one: &Named| conversation.assigned_to.as_ref().map(|held| held.id) != Some(one.id);
    let agents = agents.unwrap_or_default().into_iter().filter(other).collect();
    let name = visitor(&inside.shell, &conversation);
    // What was revealed is shown once: the page does not look again by itself.
    let lists = if beside.revealed.is_some() { "" } else { "Bot Conversation" };
    let mut shell = below(inside.shell, &tab, &list).named(name).within("bots", lists);
    shell.conversation = Some(id.1);
    let status = if beside.reply_errors.head([]).is_some() || beside.reveal_errors.head([]).is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let earlier = messages.first().map(|first| first.number).filter(|_| earlier);
    let me = shell.me.as_ref().map(|me| me.id);
    let export = format!("/api/v1/bots/{}/conversations/{}/export", id.0.0, id.1);
    let next = new_id(app.now())?;
    let page = ConversationPage { shell, path, export, next, conversation, messages, earlier, agents, me, beside };
    render_with(status, &page.shell, &page)
}

#[derive(Deserialize)]
struct Shown {
    /// Only messages before this one.
    #[serde(default)]
    before: String,
}

async fn show_conversation(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, conversation)): ConversationPath,
    Query(Shown { before }): Query<Shown>,
) -> Page {
    let opened = opened(&app, inside, &slug, &conversation).await?;
    page(&app, opened, before.parse().ok(), Beside::default()).await
}

async fn take_over(inside: Inside, State(app): State<App>, Path((_, slug, conversation)): ConversationPath) -> Page {
    let (inside, _, id, [_, own]) = opened(&app, inside, &slug, &conversation).await?;
    let result = service::conversation::take_over_conversation(&app, inside.caller, id).await;
    acted(result, &own, &inside.shell.t("talk-taken-over"), &own)
}

async fn give_back(inside: Inside, State(app): State<App>, Path((_, slug, conversation)): ConversationPath) -> Page {
    let (inside, _, id, [_, own]) = opened(&app, inside, &slug, &conversation).await?;
    let result = service::conversation::give_back_conversation(&app, inside.caller, id).await;
    acted(result, &own, &inside.shell.t("talk-given-back"), &own)
}

async fn close(inside: Inside, State(app): State<App>, Path((_, slug, conversation)): ConversationPath) -> Page {
    let (inside, _, id, [_, own]) = opened(&app, inside, &slug, &conversation).await?;
    let result = service::conversation::close_conversation(&app, inside.caller, id).await;
    acted(result, &own, &inside.shell.t("talk-closed"), &own)
}

async fn assign(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, conversation)): ConversationPath,
    fields: Fields,
) -> Page {
    let (inside, _, id, [_, own]) = opened(&app, inside, &slug, &conversation).await?;
    let user_id = fields.ids("user_id").first().copied().unwrap_or_default();
    let body = Input::of(AssignBody { user_id });
    let result = service::conversation::assign_conversation(&app, inside.caller, id, body).await;
    acted(result, &own, &inside.shell.t("talk-given-on"), &own)
}

async fn reply(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, conversation)): ConversationPath,
    fields: Fields,
) -> Page {
    let (inside, tab, id, [list, own]) = opened(&app, inside, &slug, &conversation).await?;
    let typed = fields.raw("text");
    let body = Input::of(ReplyBody { text: typed.clone(), id: fields.ids("id").first().copied() });
    match service::conversation::reply_to_conversation(&app, inside.caller.clone(), id, body).await {
        // Said and seen: no message besides.
        Ok(_) => Ok(axum::response::Redirect::to(&format!("{own}#reply")).into_response()),
        Err(problem) => {
            let beside = Beside { reply: typed, reply_errors: Errors::of_problem(problem)?, ..Beside::default() };
            page(&app, (inside, tab, id, [list, own]), None, beside).await
        }
    }
}

async fn reveal(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, conversation)): ConversationPath,
    fields: Fields,
) -> Page {
    let (inside, tab, id, paths) = opened(&app, inside, &slug, &conversation).await?;
    let body = Input::of(RevealBody { reason: fields.text("reason") });
    let beside = match service::conversation::reveal_contact(&app, inside.caller.clone(), id, body).await {
        Ok(found) => Beside { revealed: Some(found.value), ..Beside::default() },
        Err(problem) => Beside { reveal_errors: Errors::of_problem(problem)?, ..Beside::default() },
    };
    page(&app, (inside, tab, id, paths), None, beside).await
}

/// Whether all of the person's conversations are meant.
#[derive(Deserialize)]
struct Person {
    #[serde(default)]
    person: bool,
}

async fn confirm_deletion(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, conversation)): ConversationPath,
    Query(Person { person }): Query<Person>,
) -> Page {
    let (inside, tab, id, [list, own]) = opened(&app, inside, &slug, &conversation).await?;
    let query = Ok(MessagesQuery::default());
    let found = service::conversation::find_conversation(&app, inside.caller.clone(), id, query).await?.conversation;
    if !found.can.iter().any(|can| can == "delete") {
        return Err(Problem::not_found());
    }
    let others = service::conversation::list_same_person(&app, inside.caller, id).await?;
    let shell = below(inside.shell, &tab, &list).titled("talk-delete-title");
    let mut lines = vec![shell.with("talk-delete-what", "name", visitor(&shell, &found))];
    let numbers = others.iter().map(|number| format!("#{number}")).collect::<Vec<_>>().join(", ");
    if !others.is_empty() {
        let key = if person { "talk-delete-others" } else { "talk-delete-not-others" };
        lines.push(shell.with(key, "numbers", numbers));
    }
    let page = ConfirmPage {
        lines,
        names: Vec::new(),
        blocked: None,
        action: format!("{own}/delete{}", if person { "?person=true" } else { "" }),
        button: shell.t("talk-delete-button"),
        back: own,
        version: 0,
        typed: None,
        shell,
    };
    render(&page.shell, &page)
}

async fn delete(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, conversation)): ConversationPath,
    Query(Person { person }): Query<Person>,
) -> Page {
    let (inside, _, id, [list, own]) = opened(&app, inside, &slug, &conversation).await?;
    let query = Ok(PersonQuery { person });
    let result = service::conversation::delete_conversation(&app, inside.caller, id, query).await;
    acted(result, &list, &inside.shell.t("talk-deleted"), &own)
}
