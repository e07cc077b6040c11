//! Forward authentication: whether a request to another program's host may pass, and the rules by which it may.
//!
//! Rules are policy. Whoever makes one must themselves get through by it and by what was there before, so nobody opens a way
//! for others, or for themselves, that they could not go.

pub mod body;
mod rules;
mod ways;

use rolecall_access::OrganizationId;
use rolecall_store::resource::{ForwardPassenger, ForwardRule, ForwardRules, List, NewForwardRule, Passing};
use rolecall_store::{Access, Caller, In, Read, StoreError, Update};
use uuid::Uuid;

use self::body::{ForwardRuleChangeBody, ForwardRuleView, NewForwardRuleBody, TrialBody, TrialView};
use crate::forward::address::{Address, choose};
use crate::input::Input;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{ListView, Named, Result, Written, abilities};
use crate::state::App;

pub use ways::{begin, challenge_text, redeem};

/// A rule's id: its organization and itself.
pub type ForwardRuleId = (OrganizationId, Uuid);

/// The most rules of an organization.
const MOST: i64 = 200;
/// The most people that a trial names.
const NAMED: u32 = 50;

/// Whether a request may pass.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It may; whom the program is told of, none: nobody whom we know.
    Pass(Option<ForwardPassenger>),
    /// Somebody must sign in first.
    SignIn,
}

/// Whether whoever it is may ask this of a guarded host. Where the proxy names an organization, no other's rules count.
pub async fn pass(
    app: &App,
    caller: Caller,
    organization: Option<OrganizationId>,
    (address, method): &(Address, String),
) -> Result<Verdict> {
    let mut access = app.store.access(caller.clone()).await?;
    let rules = access.rules_of_host(&address.host).await?;
    let rules: Vec<ForwardRule> =
        rules.into_iter().filter(|rule| organization.is_none_or(|named| named == rule.organization)).collect();
    let unclear = |unclear: crate::forward::address::Unclear| Problem::new(Kind::Forbidden, unclear.to_string());
    let Some(rule) = choose(&rules, &address.path, method).map_err(unclear)? else {
        return Err(Problem::new(Kind::Forbidden, "No rule lets anybody ask this here."));
    };
    match access.passing(rule).await? {
        Passing::Known => Ok(Verdict::Pass(access.passenger(rule).await?)),
        Passing::Anybody => Ok(Verdict::Pass(None)),
        Passing::SignInNeeded => Ok(Verdict::SignIn),
        Passing::SecondFactorNeeded => Err(rolecall_store::Denied::SecondFactorNeeded.into()),
        Passing::Gone => Err(Problem::new(Kind::Forbidden, "The rule for this names a bot that is gone.")),
        Passing::Refused(attempt) => {
            drop(access);
            app.store.record_denial(&caller, &attempt).await?;
            Err(Problem::new(Kind::Forbidden, "You are signed in, and may not use this. Ask whoever runs it."))
        }
    }
}

fn view(access: &Access, organization: OrganizationId, rule: ForwardRule) -> ForwardRuleView {
    let scope = rolecall_access::Scope::Organization(organization);
    let owner = access.directory().organization(organization).and_then(|facts| facts.owner);
    ForwardRuleView::of(rule, abilities(access, "Policy", &["read", "update"], scope, owner))
}

/// The organization's rules.
pub async fn list_forward_rules(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
) -> Result<ListView<ForwardRuleView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<ForwardRules>, Read>(organization).await?;
    let page = access.list_forward_rules(&within, &list?).await?;
    Ok(ListView::of(page, |rule| view(&access, organization, rule)))
}

/// One rule.
pub async fn find_forward_rule(app: &App, caller: Caller, id: ForwardRuleId) -> Result<ForwardRuleView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<ForwardRules, Read>(id).await?;
    Ok(view(&access, id.0, of.into_record().rule))
}

/// Whether the caller may change rules, for the page that asks for one.
pub async fn may_update_forward_rules(app: &App, caller: Caller, organization: OrganizationId) -> Result<()> {
    app.store.access(caller).await?.require::<In<ForwardRules>, Update>(organization).await?;
    Ok(())
}

/// Makes a rule.
pub async fn create_forward_rule(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewForwardRuleBody>,
) -> Result<Written<ForwardRuleView>> {
    let mut change = app.store.change(caller).await?;
    let within = change.require::<In<ForwardRules>, Update>(organization).await?;
    let new = rules::new_rule(app, &change, organization, input.get()?)?;
    let before = rules::others(&mut change, organization, &new.host, None).await?;
    rules::check_overlap(&before, &new)?;
    rules::check_way(&mut change, before_there(&before, &new)?).await?;
    let made = change.create_forward_rule(&within, &new).await.map_err(unusable)?;
    rules::check_way(&mut change, vec![made.clone()]).await?;
    if change.count_forward_rules(organization).await? > MOST {
        let detail = format!("An organization has at most {MOST} rules; delete one first.");
        return Err(Problem::new(Kind::WrongState, detail));
    }
    let value = view(&change, organization, made);
    Ok(Written { value, revision: change.commit().await? })
}

/// The rules that decide about the path until now, whatever the method.
fn before_there(before: &[ForwardRule], new: &NewForwardRule) -> Result<Vec<ForwardRule>> {
    let methods: Vec<&str> =
        if new.methods.is_empty() { body::METHODS.to_vec() } else { new.methods.iter().map(String::as_str).collect() };
    let mut found: Vec<ForwardRule> = Vec::new();
    for method in methods {
        let chosen = choose(before, &new.path, method).map_err(|unclear| rules::wrong("path", unclear.to_string()))?;
        if let Some(rule) = chosen.filter(|rule| found.iter().all(|one| one.id != rule.id)) {
            found.push(rule.clone());
        }
    }
    Ok(found)
}

/// A host of another organization's, or of ours, is told of in the same words.
fn unusable(error: StoreError) -> Problem {
    match error {
        StoreError::Duplicate("host") => rules::unusable_host(),
        error => error.into(),
    }
}

/// Changes a rule. Its host stays.
pub async fn update_forward_rule(
    app: &App,
    caller: Caller,
    id: ForwardRuleId,
    version: Precondition,
    input: Input<ForwardRuleChangeBody>,
) -> Result<Written<ForwardRuleView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<ForwardRules, Update>(id).await?;
    let version = version.required()?;
    let new = rules::changed_rule(&change, &of.rule, input.get()?)?;
    let before = rules::others(&mut change, id.0, &new.host, Some(id.1)).await?;
    rules::check_overlap(&before, &new)?;
    let mut there = before_there(&before, &new)?;
    there.push(of.rule.clone());
    rules::check_way(&mut change, there).await?;
    let changed = change.update_forward_rule(&of, version, &new).await;
    let changed = changed.map_err(|error| Problem::stale(error, || view(&change, id.0, of.rule.clone())))?;
    rules::check_way(&mut change, vec![changed.clone()]).await?;
    let value = view(&change, id.0, changed);
    Ok(Written { value, revision: change.commit().await? })
}

/// Deletes a rule: what it was for falls to the next shorter path, or to nobody.
pub async fn delete_forward_rule(
    app: &App,
    caller: Caller,
    id: ForwardRuleId,
    version: Precondition,
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<ForwardRules, Update>(id).await?;
    let version = version.required()?;
    rules::check_way(&mut change, vec![of.rule.clone()]).await?;
    let gone = change.delete_forward_rule(&of, version).await;
    gone.map_err(|error| Problem::stale(error, || view(&change, id.0, of.rule.clone())))?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// What would become of a request, and who would get in; nothing is asked of anybody.
pub async fn try_forward_rules(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<TrialBody>,
) -> Result<TrialView> {
    let mut access = app.store.access(caller).await?;
    access.require::<In<ForwardRules>, Read>(organization).await?;
    let TrialBody { url, method } = input.get()?;
    let method = method.unwrap_or_else(|| "GET".to_owned());
    let mut trial = TrialView { method, ..TrialView::default() };
    let address = match Address::parse(&url) {
        Ok(address) => address,
        Err(unclear) => return Ok(trial.refused(unclear.code(), &unclear)),
    };
    (trial.host, trial.path) = (Some(address.host.clone()), Some(address.path.clone()));
    let all = rules::others(&mut access, organization, &address.host, None).await?;
    let rule = match choose(&all, &address.path, &trial.method) {
        Ok(Some(rule)) => rule.clone(),
        Ok(None) => return Ok(trial.refused("no-rule", &"No rule is for this, so nobody passes.")),
        Err(unclear) => return Ok(trial.refused(unclear.code(), &unclear)),
    };
    trial.rule = Some(view(&access, organization, rule.clone()));
    if rule.scope().is_none() {
        return Ok(trial.refused("gone", &"The rule names a bot that is gone, so nobody passes."));
    }
    let Ok(audience) = access.require_audience(organization, rule.bot).await else { return Ok(trial) };
    let list = List { limit: NAMED, cursor: None, q: None, sort: None };
    let (page, _) = access.who_can(&audience, &rule.permission, &list).await?;
    trial.more = page.next_cursor.is_some();
    trial.people = Some(page.items.into_iter().map(|one| Named { id: one.user.0, name: one.name }).collect());
    Ok(trial)
}

/// A mistake in one field.
fn field(name: &str, code: &'static str, message: impl Into<String>) -> Problem {
    Problem::invalid(vec![FieldError::new(name, code, message)])
}
