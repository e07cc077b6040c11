//! Settings > Guarded hosts: what requests to other programs' hosts need, who would get in, and how a proxy is told to ask.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use rolecall_access::catalogue::Level;
use rolecall_store::Caller;
use rolecall_store::resource::List;
use uuid::Uuid;

use crate::console::bot::ConfirmPage;
use crate::console::entry::status_of;
use crate::console::form::{Errors, Fields};
use crate::console::page::{Inside, Page, acted, done, render, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::console::words;
use crate::input::Input;
use crate::problem::Problem;
use crate::service::forward::body::{
    ForwardRuleChangeBody, ForwardRuleView, METHODS, NewForwardRuleBody, TrialBody, TrialView,
};
use crate::service::{self, ListView, Named};
use crate::state::App;

/// How proxies are told to ask, in the words of each.
const PROXIES: [(&str, &str); 3] = [
    ("nginx", include_str!("../../proxies/nginx.conf")),
    ("Caddy", include_str!("../../proxies/Caddyfile")),
    ("Traefik", include_str!("../../proxies/traefik.yml")),
];
/// The most bots to choose among.
const BOTS: u32 = 200;

pub fn router() -> Router<App> {
    Router::new()
        .route("/{org}/settings/forward-auth", get(list_rules))
        .route("/{org}/settings/forward-auth/new", get(new_rule).post(create_rule))
        .route("/{org}/settings/forward-auth/{rule}", get(show_rule).post(update_rule))
        .route("/{org}/settings/forward-auth/{rule}/delete", get(confirm_deletion).post(delete_rule))
}

#[derive(Template)]
#[template(path = "forward-rules.html")]
struct RulesPage {
    shell: Shell,
    path: String,
    list: ListState,
    rules: ListView<ForwardRuleView>,
    bots: Vec<Named>,
    /// What was tried: address, method, and what would become of it or what is wrong with it.
    url: String,
    method: String,
    trial: Option<TrialView>,
    errors: Errors,
    proxies: Vec<(&'static str, String)>,
}

impl RulesPage {
    fn is_changeable(&self) -> bool {
        self.shell.may("Policy", "update")
    }

    fn methods(&self) -> [&'static str; 7] {
        METHODS
    }

    fn needs(&self, rule: &ForwardRuleView) -> String {
        words::permission(self.shell.text, &rule.model, &rule.action)
    }

    /// The bot's name; none: the rule is about the organization.
    fn bot(&self, rule: &ForwardRuleView) -> Option<String> {
        let id = rule.bot_id?;
        let seen = self.bots.iter().find(|bot| bot.id == id).map(|bot| bot.name.clone());
        Some(seen.unwrap_or_else(|| self.shell.t("forward-bot-unseen")))
    }

    /// Whether the rule was about a bot that is gone.
    fn is_void(&self, rule: &ForwardRuleView) -> bool {
        let on_bots = words::models(Level::Bot).any(|model| model.key == rule.model);
        on_bots && rule.bot_id.is_none() && !(rule.model == "Bot" && rule.action == "create")
    }
}

fn here(shell: &Shell) -> String {
    shell.here("/settings/forward-auth")
}

fn framed(shell: Shell) -> Shell {
    shell.titled("forward-title").about("forward-purpose").within("forward-auth", "Policy")
}

/// The bots that the person sees.
async fn bots(app: &App, caller: Caller, organization: rolecall_access::OrganizationId) -> Vec<Named> {
    let list = List { limit: BOTS, cursor: None, q: None, sort: None };
    let seen = service::bot::list_bots(app, caller, organization, Ok(list)).await;
    seen.map(|page| page.items.into_iter().map(|bot| Named { id: bot.id, name: bot.name }).collect())
        .unwrap_or_default()
}

async fn list_rules(inside: Inside, State(app): State<App>, list: ListState) -> Page {
    let Inside { caller, id, shell } = inside;
    let rules = service::forward::list_forward_rules(&app, caller.clone(), id, list.list()).await?;
    let (url, method) = (list.filter("url").unwrap_or_default(), list.filter("method"));
    let (mut trial, mut errors) = (None, Errors::default());
    if !url.is_empty() {
        let body = Input::of(TrialBody { url: url.trim().to_owned(), method: method.clone() });
        match service::forward::try_forward_rules(&app, caller.clone(), id, body).await {
            Ok(tried) => trial = Some(tried),
            Err(problem) => errors = Errors::of_problem(problem)?,
        }
    }
    let host = rules.items.first().map_or("bots.example", |rule| rule.host.as_str());
    let ours = app.config.listen.to_string();
    let proxies = PROXIES.map(|(name, text)| (name, set_up(text, (host, &id.0.to_string(), &ours)))).to_vec();
    let bots = bots(&app, caller, id).await;
    let path = here(&shell);
    let method = method.unwrap_or_else(|| "GET".to_owned());
    let page = RulesPage { shell: framed(shell), path, list, rules, bots, url, method, trial, errors, proxies };
    render(&page.shell, &page)
}

/// The text for this host, organization and address of ours.
fn set_up(text: &str, (host, organization, ours): (&str, &str, &str)) -> String {
    text.replace("bots.example", host).replace("ORGANIZATION", organization).replace("127.0.0.1:8080", ours)
}

/// Permissions to choose among: a level's name with values and names.
struct Choices {
    level: String,
    items: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "forward-rule.html")]
struct RulePage {
    shell: Shell,
    /// None: it is to be made.
    rule: Option<ForwardRuleView>,
    action: String,
    back: String,
    fields: Fields,
    permissions: Vec<Choices>,
    bots: Vec<Named>,
    errors: Errors,
}

impl RulePage {
    fn value(&self, name: &str) -> String {
        self.fields.text(name)
    }

    fn is_on(&self, method: &str) -> bool {
        self.fields.all("method").iter().any(|one| one == method)
    }

    /// The usual methods, and those that the rule names besides.
    fn methods(&self) -> Vec<String> {
        let own = self.fields.all("method").into_iter().filter(|one| !METHODS.contains(&one.as_str()));
        METHODS.iter().map(|&method| method.to_owned()).chain(own).collect()
    }

    /// Whether the rule's bot is one that the person does not see: it stays chosen.
    fn unseen(&self) -> Option<String> {
        let chosen = self.fields.given("bot")?;
        self.bots.iter().all(|bot| bot.id.to_string() != chosen).then_some(chosen)
    }
}

fn permissions(shell: &Shell) -> Vec<Choices> {
    let of = |level: Level, key: &str| Choices {
        level: shell.t(key),
        items: words::models(level)
            .flat_map(|model| model.actions.iter().map(move |action| (model.key, *action)))
            .map(|(model, action)| (format!("{model}:{action}"), words::permission(shell.text, model, action)))
            .collect(),
    };
    vec![of(Level::Bot, "forward-on-bots"), of(Level::Organization, "forward-in-organization")]
}

async fn form(app: &App, inside: Inside, rule: Option<ForwardRuleView>, fields: Fields, errors: Errors) -> Page {
    let status = status_of(&errors, &["host", "path", "methods", "action", "bot_id"]);
    let Inside { caller, id, shell } = inside;
    let back = here(&shell);
    let action = rule.as_ref().map_or_else(|| format!("{back}/new"), |rule| format!("{back}/{}", rule.id));
    let title = rule.as_ref().map_or_else(|| shell.t("forward-new"), |rule| format!("{}{}", rule.host, rule.path));
    let shell = shell.within("forward-auth", "");
    let label = shell.t("forward-title");
    let shell = shell.named(title).below(label, back.clone());
    let (permissions, bots) = (permissions(&shell), bots(app, caller, id).await);
    let page = RulePage { shell, rule, action, back, fields, permissions, bots, errors };
    render_with(status, &page.shell, &page)
}

async fn new_rule(inside: Inside, State(app): State<App>) -> Page {
    service::forward::may_update_forward_rules(&app, inside.caller.clone(), inside.id).await?;
    let mut fields = Fields::default();
    fields.set("path", "/");
    form(&app, inside, None, fields, Errors::default()).await
}

/// Model and action, and the bot, as they were chosen.
fn needed(fields: &Fields) -> (String, String, Option<Uuid>) {
    let permission = fields.text("permission");
    let (model, action) = permission.split_once(':').unwrap_or_default();
    let on_bots = words::models(Level::Bot).any(|one| one.key == model) && permission != "Bot:create";
    let bot = fields.text("bot").parse().ok().filter(|_| on_bots);
    (model.to_owned(), action.to_owned(), bot)
}

async fn create_rule(inside: Inside, State(app): State<App>, fields: Fields) -> Page {
    let (model, action, bot_id) = needed(&fields);
    let (host, path, methods) = (fields.text("host"), fields.text("path"), fields.all("method"));
    let body = Input::of(NewForwardRuleBody { host, path, methods, model, action, bot_id });
    match service::forward::create_forward_rule(&app, inside.caller.clone(), inside.id, body).await {
        Ok(_) => Ok(done(&here(&inside.shell), &inside.shell.t("forward-made"))),
        Err(problem) => form(&app, inside, None, fields, Errors::of_problem(problem)?).await,
    }
}

fn rule_id(inside: &Inside, rule: &str) -> Result<service::forward::ForwardRuleId, Problem> {
    rule.parse().map(|rule| (inside.id, rule)).map_err(|_| Problem::not_found())
}

async fn show_rule(inside: Inside, State(app): State<App>, Path((_, rule)): Path<(String, String)>) -> Page {
    let id = rule_id(&inside, &rule)?;
    let rule = service::forward::find_forward_rule(&app, inside.caller.clone(), id).await?;
    if !inside.shell.has(&rule.can, "update") {
        return Err(Problem::not_found());
    }
    let mut fields = Fields::default();
    fields.set("path", rule.path.clone());
    fields.set("permission", format!("{}:{}", rule.model, rule.action));
    fields.set("bot", rule.bot_id.as_ref().map(ToString::to_string).unwrap_or_default());
    for method in &rule.methods {
        fields.set("method", method.clone());
    }
    form(&app, inside, Some(rule), fields, Errors::default()).await
}

async fn update_rule(
    inside: Inside,
    State(app): State<App>,
    Path((_, rule)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = rule_id(&inside, &rule)?;
    let (model, action, bot) = needed(&fields);
    let body = ForwardRuleChangeBody {
        path: Some(fields.text("path")),
        methods: Some(fields.all("method")),
        model: Some(model),
        action: Some(action),
        bot_id: Some(bot),
    };
    let caller = inside.caller.clone();
    match service::forward::update_forward_rule(&app, caller, id, fields.version(), Input::of(body)).await {
        Ok(_) => Ok(done(&here(&inside.shell), &inside.shell.t("saved"))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            let rule = service::forward::find_forward_rule(&app, inside.caller.clone(), id).await?;
            form(&app, inside, Some(rule), fields, errors).await
        }
    }
}

async fn confirm_deletion(inside: Inside, State(app): State<App>, Path((_, rule)): Path<(String, String)>) -> Page {
    let id = rule_id(&inside, &rule)?;
    let rule = service::forward::find_forward_rule(&app, inside.caller.clone(), id).await?;
    if !inside.shell.has(&rule.can, "update") {
        return Err(Problem::not_found());
    }
    let (shell, label) = (inside.shell, format!("{}{}", rule.host, rule.path));
    let back = here(&shell);
    let own = format!("{back}/{}", rule.id);
    let title = shell.t("forward-title");
    let page = ConfirmPage {
        lines: vec![shell.with("forward-delete-what", "name", &label)],
        names: Vec::new(),
        blocked: None,
        action: format!("{own}/delete"),
        button: shell.t("forward-delete-button"),
        back: own.clone(),
        version: rule.version,
        typed: None,
        shell: shell.titled("forward-delete-title").within("forward-auth", "").below(title, back).below(label, own),
    };
    render(&page.shell, &page)
}

async fn delete_rule(
    inside: Inside,
    State(app): State<App>,
    Path((_, rule)): Path<(String, String)>,
    fields: Fields,
) -> Page {
    let id = rule_id(&inside, &rule)?;
    let gone = service::forward::delete_forward_rule(&app, inside.caller, id, fields.version()).await;
    let back = here(&inside.shell);
    acted(gone, &back, &inside.shell.t("forward-deleted"), &format!("{back}/{rule}"))
}
