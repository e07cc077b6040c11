//! What a rule may say, and who may say it.

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{BotId, OrganizationId, Permission};
use rolecall_store::Access;
use rolecall_store::fold::fold;
use rolecall_store::resource::{ForwardRule, NewForwardRule, Passing};
use uuid::Uuid;

use super::body::{ForwardRuleChangeBody, NewForwardRuleBody};
use super::field;
use crate::forward::CALLBACK;
use crate::forward::address::{host, path};
use crate::problem::{Kind, Problem};
use crate::service::Result;
use crate::state::App;

pub(super) fn wrong(name: &str, message: impl Into<String>) -> Problem {
    field(name, "invalid", message)
}

/// One answer, whatever the reason: nobody learns which hosts others have.
pub(super) fn unusable_host() -> Problem {
    field("host", "unusable", "This host cannot be used.")
}

/// The rules of the host in the organization, but this one.
pub(super) async fn others(
    access: &mut Access,
    organization: OrganizationId,
    host: &str,
    but: Option<Uuid>,
) -> Result<Vec<ForwardRule>> {
    let all = access.rules_of_host(host).await?;
    Ok(all.into_iter().filter(|rule| rule.organization == organization && Some(rule.id) != but).collect())
}

/// The host of a rule. Ours is nobody's: cookies know no ports, so a program there would be sent our sessions.
fn host_of(app: &App, text: &str) -> Result<String> {
    let secure = app.config.public_url.scheme() == "https";
    let host = host(text.trim(), secure).map_err(|unclear| wrong("host", unclear.to_string()))?;
    let name = |host: &str| host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
    let own = app.config.public_url.host_str().unwrap_or_default();
    if name(&format!("{host}:")) == own || name(&host) == own {
        return Err(unusable_host());
    }
    Ok(host)
}

/// The path of a rule, written as people write it.
fn path_of(text: &str) -> Result<String> {
    let text = text.trim();
    let path = path(if text.is_empty() { "/" } else { text }).map_err(|unclear| wrong("path", unclear.to_string()))?;
    let own = CALLBACK.rsplit_once('/').map_or(CALLBACK, |(folder, _)| folder);
    if path == own || path.starts_with(&format!("{own}/")) {
        return Err(wrong("path", format!("Paths below {own} are Rolecall's own.")));
    }
    Ok(if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path })
}

/// The permission, with a bot of the organization where it is one on bots.
fn needed(
    access: &Access,
    organization: OrganizationId,
    (model, action): (&str, &str),
    bot: Option<BotId>,
) -> Result<Permission> {
    let permission = Permission::new(model, action).ok().filter(catalogue::means_something);
    let permission = permission
        .ok_or_else(|| field("action", "not_found", format!("There is no permission `{model}: {action}`.")))?;
    let here =
        bot.is_none_or(|bot| access.directory().bot(bot).is_some_and(|facts| facts.organization == organization));
    match (catalogue::level(&permission), bot) {
        (Some(Level::Bot), None) => Err(field("bot_id", "missing", "This permission is one on bots: name the bot.")),
        (Some(Level::Bot), Some(_)) if !here => {
            Err(field("bot_id", "not_found", "`bot_id` names something that is not here."))
        }
        (Some(Level::Organization), Some(_)) => {
            Err(wrong("bot_id", "This permission is one in the organization: leave the bot out."))
        }
        _ => Ok(permission),
    }
}

pub(super) fn new_rule(
    app: &App,
    access: &Access,
    organization: OrganizationId,
    body: NewForwardRuleBody,
) -> Result<NewForwardRule> {
    let bot = body.bot_id.map(BotId);
    Ok(NewForwardRule {
        host: host_of(app, &body.host)?,
        path: path_of(&body.path)?,
        permission: needed(access, organization, (&body.model, &body.action), bot)?,
        methods: body.methods,
        bot,
    })
}

pub(super) fn changed_rule(access: &Access, rule: &ForwardRule, body: ForwardRuleChangeBody) -> Result<NewForwardRule> {
    let mut new = NewForwardRule::of(rule);
    if let Some(path) = &body.path {
        new.path = path_of(path)?;
    }
    new.methods = body.methods.unwrap_or(new.methods);
    new.bot = body.bot_id.map_or(new.bot, |bot| bot.map(BotId));
    let model = body.model.unwrap_or_else(|| rule.permission.model.to_string());
    let action = body.action.unwrap_or_else(|| rule.permission.action.to_string());
    new.permission = needed(access, rule.organization, (&model, &action), new.bot)?;
    Ok(new)
}

/// Two rules of one path are for different methods, and no two paths differ by their letters' case alone.
pub(super) fn check_overlap(others: &[ForwardRule], new: &NewForwardRule) -> Result<()> {
    for other in others.iter().filter(|other| fold(&other.path) == fold(&new.path)) {
        if other.path != new.path {
            return Err(wrong("path", format!("{} differs from it by the case of its letters alone.", other.path)));
        }
        let both_all = other.methods.is_empty() && new.methods.is_empty();
        if both_all || new.methods.iter().any(|method| other.methods.contains(method)) {
            let detail = "There is a rule for this path and method already.";
            let errors = vec![crate::problem::FieldError::new("path", "duplicate", detail)];
            return Err(Problem { errors, ..Problem::new(Kind::Duplicate, detail) });
        }
    }
    Ok(())
}

/// Whoever changes what decides about a way must be able to go it.
pub(super) async fn check_way(access: &mut Access, rules: Vec<ForwardRule>) -> Result<()> {
    for rule in rules {
        match access.passing(&rule).await? {
            Passing::Known | Passing::Anybody | Passing::Gone => {}
            Passing::SecondFactorNeeded => return Err(rolecall_store::Denied::SecondFactorNeeded.into()),
            Passing::SignInNeeded | Passing::Refused(_) => {
                let detail = format!(
                    "You cannot do {} there yourself, which this rule asks for or asked for until now. Have somebody do \
                     it who can.",
                    rule.permission
                );
                return Err(Problem::new(Kind::Guard, detail));
            }
        }
    }
    Ok(())
}
