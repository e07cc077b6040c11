//! One integration: what it is, whether it arrives, what was sent; its secret, a test, and deleting it.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::BotId;
use rolecall_store::resource::integration::EVENTS;
use uuid::Uuid;

use crate::console::bot::{ConfirmPage, Tab};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::integrations::{below, opened};
use crate::console::keys::show_secret;
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::ListView;
use crate::service::integration::IntegrationId;
use crate::service::integration::body::{
    DeliveryQuery, DeliveryView, IntegrationChangeBody, IntegrationKindBody, IntegrationStatusBody, IntegrationView,
};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/integrations/{integration}", get(show_integration).post(update_integration))
        .route("/{org}/bots/{bot}/integrations/{integration}/rotate", post(rotate_secret))
        .route("/{org}/bots/{bot}/integrations/{integration}/test", post(test_integration))
        .route("/{org}/bots/{bot}/integrations/{integration}/delete", get(confirm_deletion).post(delete_integration))
        .route("/{org}/bots/{bot}/integrations/{integration}/deliveries/{delivery}/resend", post(resend_delivery))
}

/// What was sent, narrowed.
struct Log {
    list: ListState,
    deliveries: ListView<DeliveryView>,
}

impl Log {
    fn is(&self, status: &str) -> bool {
        self.list.filter("status").unwrap_or_default() == status
    }

    fn is_narrowed(&self) -> bool {
        !self.is("") || !self.list.q.is_empty()
    }
}

#[derive(Template)]
#[template(path = "integration.html")]
pub struct IntegrationPage {
    shell: Shell,
    /// None: it is to be made.
    integration: Option<IntegrationView>,
    /// Where the form goes, and where leaving it leads.
    action: String,
    back: String,
    fields: Fields,
    errors: Errors,
    /// Whether the person may send what visitors say elsewhere.
    words: bool,
    log: Option<Log>,
}

impl IntegrationPage {
    /// The form of a new one.
    pub fn form(shell: Shell, words: bool, back: String, fields: Fields, errors: Errors) -> Page {
        let key = if fields.text("kind") == "call" { "integration-new-call" } else { "integration-new-webhook" };
        let shell = shell.titled(key);
        let page = Self { shell, integration: None, action: back.clone(), back, fields, errors, words, log: None };
        page.render_page()
    }

    fn render_page(self) -> Page {
        let status = if self.errors.head([]).is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        render_with(status, &self.shell, &self)
    }

    fn is_call(&self) -> bool {
        self.fields.text("kind") == "call"
    }

    fn writable(&self) -> bool {
        self.integration.as_ref().is_none_or(|integration| self.shell.has(&integration.can, "update"))
    }

    fn deletable(&self) -> bool {
        self.integration.as_ref().is_some_and(|integration| self.shell.has(&integration.can, "delete"))
    }

    fn value(&self, field: &str) -> String {
        self.fields.text(field)
    }

    /// What is kept line by line.
    fn lines(&self, field: &str) -> String {
        self.fields.raw(field)
    }

    /// Each event: its name and its words.
    fn events(&self) -> Vec<(&'static str, String)> {
        EVENTS.into_iter().map(|event| (event, self.event(event))).collect()
    }

    fn is_chosen(&self, event: &str) -> bool {
        self.fields.all("event").iter().any(|one| one == event)
    }

    fn event(&self, event: &str) -> String {
        self.shell.t(format!("integration-event-{}", event.replace('.', "-")))
    }

    fn status(&self, delivery: &DeliveryView) -> String {
        self.shell.t(format!("delivery-status-{}", delivery.status))
    }

    fn statuses(&self) -> [&'static str; 3] {
        ["waiting", "delivered", "failed"]
    }

    /// How the last attempt was answered, in a few words.
    fn answered(&self, delivery: &DeliveryView) -> String {
        let status = delivery.http_status.map(|status| status.to_string());
        status.or_else(|| delivery.fault.clone()).unwrap_or_default()
    }

    fn took(&self, delivery: &DeliveryView) -> String {
        let took = delivery.took_milliseconds.map(|took| took.to_string());
        took.map(|took| self.shell.with("delivery-took", "took", took)).unwrap_or_default()
    }

    fn failures(&self, integration: &IntegrationView) -> String {
        self.shell.count("integration-failing-now", usize::try_from(integration.failures).unwrap_or(usize::MAX))
    }

    /// Why the server paused it, in words.
    fn paused(&self, integration: &IntegrationView) -> Option<String> {
        let because = integration.paused_because.as_ref()?;
        Some(self.shell.t(format!("integration-paused-{because}")))
    }
}

/// The kind that a form is of.
pub fn kind(fields: &Fields) -> IntegrationKindBody {
    if fields.text("kind") == "call" { IntegrationKindBody::Call } else { IntegrationKindBody::Webhook }
}

/// The time limit that was typed; what is no number is none that is good.
pub fn time_limit(fields: &Fields) -> i64 {
    fields.text("time_limit").parse().unwrap_or_default()
}

/// The headers that were typed, one a line; without anything after the colon: as it was.
pub fn headers(fields: &Fields) -> BTreeMap<String, Option<String>> {
    let text = fields.raw("headers");
    let line = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        (name.trim().to_owned(), value)
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
}

fn id(tab: &Tab, integration: &str) -> Result<IntegrationId, Problem> {
    Ok((BotId(tab.bot.id), integration.parse().map_err(|_| Problem::not_found())?))
}

/// The form as it is filled in with what is saved.
fn filled(integration: &IntegrationView) -> Fields {
    let mut fields = Fields::default();
    fields.set("kind", if integration.kind == IntegrationKindBody::Call { "call" } else { "webhook" });
    fields.set("name", integration.name.clone());
    fields.set("url", integration.url.clone().unwrap_or_default());
    integration.events.iter().for_each(|event| fields.set("event", event.clone()));
    let names: Vec<String> = integration.headers.iter().map(|name| format!("{name}:")).collect();
    fields.set("headers", names.join("\n"));
    fields.set("time_limit", integration.time_limit.unwrap_or_default().to_string());
    fields.set("status", if integration.status == IntegrationStatusBody::Active { "active" } else { "paused" });
    fields
}

type IntegrationPath = Path<(String, String, String)>;

async fn page(
    app: &App,
    inside: Inside,
    (tab, back): (Tab, String),
    id: IntegrationId,
    (list, form): (ListState, Option<(Fields, Errors)>),
) -> Page {
    let caller = inside.caller;
    let integration = service::integration::find_integration(app, caller.clone(), id).await?;
    let query = DeliveryQuery { status: list.filter("status"), event: None };
    let deliveries = service::integration::list_deliveries(app, caller.clone(), id, list.list(), Ok(query)).await?;
    let words = service::integration::sends_words(app, caller, id.0).await?;
    let (mut fields, errors) = form.unwrap_or_else(|| (filled(&integration), Errors::default()));
    fields.replace("kind", if integration.kind == IntegrationKindBody::Call { "call" } else { "webhook" });
    let page = IntegrationPage {
        shell: below(inside.shell, &tab, &back).named(integration.name.clone()),
        action: format!("{back}/{}", id.1),
        back,
        fields,
        errors,
        words,
        log: Some(Log { list, deliveries }),
        integration: Some(integration),
    };
    page.render_page()
}

async fn show_integration(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, integration)): IntegrationPath,
    list: ListState,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &integration)?;
    page(&app, inside, (tab, back), id, (list, None)).await
}

fn body(fields: &Fields, before: &IntegrationView) -> IntegrationChangeBody {
    let is_call = before.kind == IntegrationKindBody::Call;
    let active = fields.text("status") != "paused";
    IntegrationChangeBody {
        name: Some(fields.text("name")),
        url: Some(fields.text("url")),
        events: (!is_call).then(|| fields.all("event")),
        headers: is_call.then(|| headers(fields)),
        time_limit: is_call.then(|| time_limit(fields)),
        status: Some(if active { IntegrationStatusBody::Active } else { IntegrationStatusBody::Paused }),
    }
}

async fn update_integration(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, integration)): IntegrationPath,
    list: ListState,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &integration)?;
    let before = service::integration::find_integration(&app, inside.caller.clone(), id).await?;
    let (input, version) = (Input::of(body(&fields, &before)), fields.version());
    let here = format!("{back}/{}", id.1);
    match service::integration::update_integration(&app, inside.caller.clone(), id, version, input).await {
        Ok(_) => Ok(done(&here, &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let t = |key: &str| inside.shell.t(key);
            let differences = [
                Difference::of(t("field-name"), before.name.clone(), fields.text("name")),
                Difference::of(t("integration-url"), before.url.clone().unwrap_or_default(), fields.text("url")),
                Difference::of(t("integration-events"), before.events.join(", "), fields.all("event").join(", ")),
            ];
            let differences = differences.into_iter().flatten().collect();
            let late = Conflict { action: here.clone(), back: here, fields: &fields, differences };
            conflict::choose(inside.shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(&app, inside, (tab, back), id, (list, Some((fields, errors)))).await
        }
    }
}

async fn rotate_secret(inside: Inside, State(app): State<App>, Path((_, slug, integration)): IntegrationPath) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &integration)?;
    let after = service::integration::rotate_integration_secret(&app, inside.caller, id).await?.value;
    show_secret(inside.shell, after.name, after.secret.unwrap_or_default(), format!("{back}/{}", id.1))
}

async fn test_integration(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, integration)): IntegrationPath,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &integration)?;
    let sent = service::integration::test_integration(&app, inside.caller, id).await?.value;
    let took = sent.took_milliseconds.unwrap_or_default().to_string();
    let status = sent.http_status.map(|status| status.to_string()).unwrap_or_default();
    let shell = inside.shell;
    let told = if sent.status == "delivered" {
        shell.text.with_all("integration-test-good", &[("status", status.as_str()), ("took", took.as_str())])
    } else {
        shell.with("integration-test-bad", "fault", sent.fault.unwrap_or(status))
    };
    Ok(done(&format!("{back}/{}", id.1), &told))
}

async fn resend_delivery(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, integration, delivery)): Path<(String, String, String, String)>,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &integration)?;
    let delivery: Uuid = delivery.parse().map_err(|_| Problem::not_found())?;
    let resent = service::integration::resend_delivery(&app, inside.caller, id, delivery).await;
    let here = format!("{back}/{}", id.1);
    acted(resent, &here, &inside.shell.t("delivery-resent"), &here)
}

async fn confirm_deletion(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, integration)): IntegrationPath,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &integration)?;
    let found = service::integration::find_integration(&app, inside.caller, id).await?;
    if !inside.shell.has(&found.can, "delete") {
        return Err(Problem::not_found());
    }
    let here = format!("{back}/{}", id.1);
    let shell = below(inside.shell, &tab, &back).below(found.name.clone(), here.clone());
    let page = ConfirmPage {
        lines: vec![shell.with("integration-delete-what", "name", &found.name)],
        names: Vec::new(),
        blocked: None,
        action: format!("{here}/delete"),
        button: shell.t("integration-delete-button"),
        back: here,
        version: found.version,
        typed: None,
        shell: shell.titled("integration-delete-title"),
    };
    render(&page.shell, &page)
}

async fn delete_integration(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug, integration)): IntegrationPath,
    fields: Fields,
) -> Page {
    let (inside, tab, back) = opened(&app, inside, &slug).await?;
    let id = id(&tab, &integration)?;
    let gone = service::integration::delete_integration(&app, inside.caller, id, fields.version()).await;
    acted(gone, &back, &inside.shell.t("integration-deleted"), &format!("{back}/{}/delete", id.1))
}
