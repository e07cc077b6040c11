//! A bot's conversations, the hours in which people can be reached for them, and who waits.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use rolecall_access::BotId;

use crate::console::audit_filter::day;
use crate::console::bot::{Tab, open};
use crate::console::entry::status_of;
use crate::console::form::Errors;
use crate::console::page::{Inside, Page, SignedIn, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::problem::Problem;
use crate::service::conversation::body::{ConversationFilterQuery, ConversationView};
use crate::service::handover::{HourView, HoursView, Waiting};
use crate::service::{self, ListView, Named};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/waiting", get(show_waiting))
        .route("/{org}/bots/{bot}/conversations", get(list_conversations))
        .route("/{org}/bots/{bot}/conversations/hours", get(show_hours))
}

/// Characters of a text in a list.
const SHORT: usize = 120;

#[derive(Template)]
#[template(path = "conversations.html")]
struct ConversationsPage {
    shell: Shell,
    tab: Tab,
    path: String,
    list: ListState,
    conversations: ListView<ConversationView>,
    agents: Vec<Named>,
    channels: Vec<String>,
    errors: Errors,
    /// Whether somebody can be reached at any time.
    anybody: bool,
}

impl ConversationsPage {
    fn statuses(&self) -> [&'static str; 4] {
        ["waiting", "agent", "bot", "closed"]
    }

    fn is(&self, field: &str, value: impl std::fmt::Display) -> bool {
        self.list.filter(field).is_some_and(|set| set == value.to_string())
    }

    fn value(&self, field: &str) -> String {
        self.list.filter(field).unwrap_or_default()
    }

    fn filtered(&self) -> bool {
        ["assigned", "channel", "from", "until"].iter().any(|field| self.list.filter(field).is_some())
    }

    /// What was said last, and by whom.
    fn last(&self, one: &ConversationView) -> String {
        let text = short(&one.last_text);
        if one.last_text.is_empty() || one.last_sender == "note" {
            return text;
        }
        let who = self.shell.t(format!("talk-sender-{}", one.last_sender));
        self.shell.text.with_all("talk-last", &[("who", &who), ("text", &text)])
    }
}

/// The first line of a text, not too long.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let begin: String = line.chars().take(SHORT).collect();
    if begin.len() < text.len() { format!("{begin}…") } else { begin }
}

/// What the visitor is called here.
pub fn visitor(shell: &Shell, one: &ConversationView) -> String {
    let named = &one.contact.name;
    if named.is_empty() { shell.text.with("talk-visitor", "number", one.number) } else { named.clone() }
}

/// The colour of a status.
pub fn tone(status: &str) -> &'static str {
    match status {
        "waiting" => "bg-yellow-lt",
        "agent" => "bg-blue-lt",
        "bot" => "bg-green-lt",
        _ => "bg-secondary-lt",
    }
}

fn query(shell: &Shell, list: &ListState) -> Result<ConversationFilterQuery, Problem> {
    let time = |field, end| list.filter(field).map(|text| day(shell, field, &text, end)).transpose();
    Ok(ConversationFilterQuery {
        status: list.filter("status"),
        assigned: list.filter("assigned"),
        channel: list.filter("channel"),
        from: time("from", false)?,
        until: time("until", true)?,
    })
}

async fn list_conversations(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "conversations").await?;
    let bot = BotId(tab.bot.id);
    let channels = service::conversation::list_channels(&app, inside.caller.clone(), bot).await?;
    let filter = query(&inside.shell, &list);
    let found = service::conversation::list_conversations(&app, inside.caller.clone(), bot, list.list(), filter).await;
    let (conversations, errors) = match found {
        Ok(found) => (found, Errors::default()),
        Err(problem) => (ListView { items: Vec::new(), next_cursor: None }, Errors::of_problem(problem)?),
    };
    let agents = if tab.can("Conversation:update") {
        service::conversation::list_agents(&app, inside.caller.clone(), bot).await?.items
    } else {
        Vec::new()
    };
    let anybody = service::handover::find_hours(&app, inside.caller, bot).await?.anybody;
    let path = tab.path(&inside.shell, "/conversations");
    let shell = inside.shell.within("bots", "Bot Conversation");
    let list = ListState { path: path.clone(), ..list };
    let page = ConversationsPage { shell, tab, path, list, conversations, agents, channels, errors, anybody };
    render_with(status_of(&page.errors, &["from", "until"]), &page.shell, &page)
}

#[derive(Template)]
#[template(path = "conversation-hours.html")]
struct HoursPage {
    shell: Shell,
    tab: Tab,
    path: String,
    hours: HoursView,
}

impl HoursPage {
    /// How well an hour is covered: `none`, `part` or `full`.
    fn cover(&self, hour: &HourView) -> &'static str {
        match (hour.least, hour.most) {
            (0, 0) => "none",
            (0, _) => "part",
            _ => "full",
        }
    }

    /// What an hour's cell says.
    fn says(&self, hour: &HourView) -> String {
        match (hour.least, hour.most) {
            (0, 0) => self.shell.t("hours-nobody"),
            (0, _) => self.shell.t("hours-part"),
            (least, _) => self.shell.count("hours-people", least),
        }
    }

    fn uncovered(&self) -> String {
        self.shell.count("hours-uncovered", self.hours.uncovered)
    }
}

async fn show_hours(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "conversations").await?;
    let hours = service::handover::find_hours(&app, inside.caller, BotId(tab.bot.id)).await?;
    let path = tab.path(&inside.shell, "/conversations");
    let (overview, label) = (tab.path(&inside.shell, ""), inside.shell.t("bot-tab-conversations"));
    let shell = inside.shell.below(tab.bot.name.clone(), overview).below(label, path.clone());
    let page = HoursPage { shell: shell.titled("hours-title").about("hours-purpose"), tab, path, hours };
    render(&page.shell, &page)
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage {
    shell: Shell,
    waiting: Vec<Waiting>,
}

async fn show_waiting(signed_in: SignedIn, State(app): State<App>) -> Page {
    let waiting = service::handover::list_waiting(&app, signed_in.caller).await?;
    let page = WaitingPage { shell: signed_in.shell.titled("waiting-title").about("waiting-purpose"), waiting };
    render(&page.shell, &page)
}
