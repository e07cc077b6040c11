//! A bot's settings: its name, and how it runs.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::BotId;

use crate::auth::secret::Secret;
use crate::console::account::zones;
use crate::console::bot::{Tab, open};
use crate::console::conflict::{self, Conflict, Difference};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, done, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::{FieldError, Problem};
use crate::service;
use crate::service::bot::BotChangeBody;
use crate::service::setting::{BotSettingsBody, BotSettingsView, LanguageModelBody};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/bots/{bot}/settings", get(show_settings).post(rename_bot))
        .route("/{org}/bots/{bot}/settings/running", post(set_running))
}

/// A language with what the bot says in it where it knows no answer.
struct Fallback {
    language: String,
    text: String,
}

/// How the bot runs, as the form has it.
struct Running {
    languages: String,
    fallback: Vec<Fallback>,
    intent_threshold: String,
    knowledge_threshold: String,
    retention_days: String,
    time_zone: String,
    endpoint: String,
    model: String,
    has_key: bool,
    version: i64,
    may: bool,
}

impl Running {
    fn of(view: &BotSettingsView) -> Self {
        let told = |language: &String| Fallback {
            language: language.clone(),
            text: view.fallback.get(language).cloned().unwrap_or_default(),
        };
        let model = view.language_model.as_ref();
        Self {
            languages: view.languages.join(", "),
            fallback: view.languages.iter().map(told).collect(),
            intent_threshold: view.intent_threshold.map(|share| share.to_string()).unwrap_or_default(),
            knowledge_threshold: view.knowledge_threshold.to_string(),
            retention_days: view.retention_days.map(|days| days.to_string()).unwrap_or_default(),
            time_zone: view.time_zone.clone(),
            endpoint: model.map(|model| model.endpoint.clone()).unwrap_or_default(),
            model: model.map(|model| model.model.clone()).unwrap_or_default(),
            has_key: model.is_some_and(|model| model.has_key),
            version: view.version,
            may: view.can.iter().any(|can| can == "update"),
        }
    }

    /// As it was typed.
    fn typed(self, fields: &Fields) -> Self {
        let fallback = self
            .fallback
            .into_iter()
            .map(|one| Fallback { text: fields.text(&format!("fallback-{}", one.language)), language: one.language });
        Self {
            languages: fields.text("languages"),
            fallback: fallback.collect(),
            intent_threshold: fields.text("intent_threshold"),
            knowledge_threshold: fields.text("knowledge_threshold"),
            retention_days: fields.text("retention_days"),
            time_zone: fields.text("time_zone"),
            endpoint: fields.text("endpoint"),
            model: fields.text("model"),
            ..self
        }
    }
}

#[derive(Template)]
#[template(path = "bot-settings.html")]
struct SettingsPage {
    shell: Shell,
    tab: Tab,
    name: String,
    errors: Errors,
    running: Option<Running>,
    running_errors: Errors,
    zones: Vec<String>,
}

async fn running(app: &App, inside: &Inside, tab: &Tab) -> Result<Option<Running>, Problem> {
    if !tab.can("BotSetting:read") {
        return Ok(None);
    }
    let found = service::setting::find_bot_settings(app, inside.caller.clone(), BotId(tab.bot.id)).await?;
    Ok(Some(Running::of(&found)))
}

async fn show_settings(inside: Inside, State(app): State<App>, Path((_, slug)): Path<(String, String)>) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "settings").await?;
    let running = running(&app, &inside, &tab).await?;
    page(inside.shell, tab, (None, Errors::default()), (running, Errors::default()))
}

fn page(
    shell: Shell,
    tab: Tab,
    (name, errors): (Option<String>, Errors),
    (running, running_errors): (Option<Running>, Errors),
) -> Page {
    let wrong = errors.head([]).is_some() || running_errors.head([]).is_some();
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let name = name.unwrap_or_else(|| tab.bot.name.clone());
    let page = SettingsPage { shell, tab, name, errors, running, running_errors, zones: zones() };
    render_with(status, &page.shell, &page)
}

async fn rename_bot(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "settings").await?;
    let name = fields.text("name");
    let body = Input::of(BotChangeBody { name: name.clone() });
    let id = BotId(tab.bot.id);
    match service::bot::update_bot(&app, inside.caller.clone(), id, fields.version(), body).await {
        Ok(_) => Ok(done(&tab.path(&inside.shell, "/settings"), &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let path = tab.path(&inside.shell, "/settings");
            let difference = Difference::of(inside.shell.t("field-name"), &tab.bot.name, name);
            let differences = difference.into_iter().collect();
            let late = Conflict { action: path.clone(), back: path, fields: &fields, differences };
            conflict::choose(inside.shell, version, late)
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let running = running(&app, &inside, &tab).await?;
            page(inside.shell, tab, (Some(name), errors), (running, Errors::default()))
        }
    }
}

/// The settings as the form has them.
fn body(fields: &Fields, before: &Running) -> Result<BotSettingsBody, FieldError> {
    let number = |name: &str, message: &str| match fields.given(name) {
        None => Ok(None),
        Some(text) => {
            let number: Option<f32> = text.replace(',', ".").parse().ok();
            number.map(Some).ok_or_else(|| FieldError::new(name, "invalid", message))
        }
    };
    let share = "Choose a number from 0 to 1.";
    let languages: Vec<String> =
        fields.text("languages").split([',', ' ']).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    let told = |one: &Fallback| (one.language.clone(), fields.text(&format!("fallback-{}", one.language)));
    let fallback: BTreeMap<String, String> = before.fallback.iter().map(told).collect();
    let days = "Choose a number from 1 to 3,650.";
    let retention = fields.given("retention_days").map(|text| text.parse::<u32>());
    let retention = retention.transpose().map_err(|_| FieldError::new("retention_days", "invalid", days))?;
    let model = fields.given("endpoint").map(|endpoint| LanguageModelBody {
        endpoint,
        model: fields.text("model"),
        key: fields.given("key").map(Secret::new),
    });
    Ok(BotSettingsBody {
        languages: Some(languages),
        fallback: Some(fallback),
        intent_threshold: Some(number("intent_threshold", share)?),
        knowledge_threshold: number("knowledge_threshold", share)?,
        retention_days: Some(retention),
        time_zone: Some(fields.text("time_zone")),
        language_model: Some(model),
    })
}

async fn set_running(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "settings").await?;
    let found = service::setting::find_bot_settings(&app, inside.caller.clone(), BotId(tab.bot.id)).await?;
    let before = Running::of(&found);
    let made = match body(&fields, &before) {
        Ok(body) => {
            let (id, body) = (BotId(tab.bot.id), Input::of(body));
            service::setting::update_bot_settings(&app, inside.caller.clone(), id, fields.version(), body).await
        }
        Err(error) => Err(Problem::invalid(vec![error])),
    };
    match made {
        Ok(_) => Ok(done(&tab.path(&inside.shell, "/settings"), &inside.shell.t("saved"))),
        Err(problem) if let Some(version) = conflict::current(&problem) => {
            let path = tab.path(&inside.shell, "/settings");
            let differences = [
                ("running-languages", &before.languages, "languages"),
                ("running-knowledge", &before.knowledge_threshold, "knowledge_threshold"),
                ("running-intent", &before.intent_threshold, "intent_threshold"),
                ("running-retention", &before.retention_days, "retention_days"),
                ("running-zone", &before.time_zone, "time_zone"),
                ("running-endpoint", &before.endpoint, "endpoint"),
            ];
            let differences = differences
                .into_iter()
                .filter_map(|(label, now, field)| Difference::of(inside.shell.t(label), now, fields.text(field)))
                .collect();
            let action = format!("{path}/running");
            conflict::choose(inside.shell, version, Conflict { action, back: path, fields: &fields, differences })
        }
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(inside.shell, tab, (None, Errors::default()), (Some(before.typed(&fields)), errors))
        }
    }
}
