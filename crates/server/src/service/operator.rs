//! What the operator does from the command line on the host: bound by no decision, always audited.

use rolecall_access::preset::Preset;
use rolecall_access::{OrganizationId, UserId};
use rolecall_store::doctor::Finding;
use rolecall_store::fold::fold;
use rolecall_store::resource::operator::{AccountLine, OrganizationLine};
use rolecall_store::resource::{NewAccount, NewOrganization, NewPlan, Organization};
use rolecall_store::{Access, Caller, Head};

use crate::auth::token;
use crate::input::{Check as _, Input, check_email, check_name};
use crate::mail;
use crate::precondition::Precondition;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::member::{RoleGrantBody, UserRolesBody};
use crate::service::organization::NewOrganizationBody;
use crate::service::recover::RECOVERY_SECONDS;
use crate::service::{self, Result};
use crate::state::App;
use crate::time::Time;

/// Who founds an organization.
pub struct Founder {
    /// E-mail, of an account that is there or to be made.
    pub email: String,
    /// Full name, for a new account.
    pub name: Option<String>,
}

/// An organization just made.
pub struct Founded {
    /// The organization.
    pub organization: Organization,
    /// Who owns it, or has its founder role.
    pub founder: UserId,
    /// Where its founder, if new, chooses a password.
    pub link: Option<String>,
}

/// Makes an organization; a founder without an account gets one, and a link to choose its password.
pub async fn create_organization(app: &App, mut body: NewOrganizationBody, mut founder: Founder) -> Result<Founded> {
    let mut errors = body.check();
    check_email("owner.email", &mut founder.email, &mut errors);
    if let Some(name) = &mut founder.name {
        check_name("owner.name", name, &mut errors);
    }
    let preset = Preset::find(&body.preset).filter(|_| errors.is_empty()).ok_or_else(|| Problem::invalid(errors))?;
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let known = change.find_any_account(&founder.email).await?;
    let (founder_id, link) = match known {
        Some(id) => (id, None),
        None => {
            let name = founder.name.ok_or_else(|| {
                let message = "There is no account with this address; give its person's name to make one.";
                Problem::invalid(vec![FieldError::new("owner.name", "missing", message)])
            })?;
            let new = NewAccount { email: founder.email.clone(), name, password_hash: None, verified: true };
            let id = change.create_account(new).await?.id;
            (id, Some(recovery(app, &mut change, &founder.email).await?))
        }
    };
    let new = NewOrganization { name: body.name, preset, founder: founder_id };
    let organization = change.create_organization(new).await?;
    change.commit().await?;
    Ok(Founded { organization, founder: founder_id, link })
}

/// All organizations.
pub async fn list_organizations(app: &App) -> Result<Vec<OrganizationLine>> {
    Ok(app.store.access(Caller::operator(app.now())).await?.list_all_organizations().await?)
}

/// All accounts with their memberships.
pub async fn list_users(app: &App, organization: Option<&str>) -> Result<Vec<AccountLine>> {
    Ok(app.store.access(Caller::operator(app.now())).await?.list_all_accounts(organization).await?)
}

/// A link by which the person of this address chooses a new password.
pub async fn create_recovery_link(app: &App, email: &str) -> Result<String> {
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let link = recovery(app, &mut change, email).await?;
    change.commit().await?;
    Ok(link)
}

/// Takes every second factor of somebody away who has lost them all; a link to choose a password, if theirs may not stand
/// alone.
pub async fn reset_second_factor(app: &App, email: &str) -> Result<Option<String>> {
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let user = person(&mut change, email).await?;
    let void = change.clear_factors(user).await?;
    let link = if void { Some(recovery(app, &mut change, email).await?) } else { None };
    change.commit().await?;
    Ok(link)
}

async fn recovery(app: &App, change: &mut rolecall_store::Change, email: &str) -> Result<String> {
    let token = token::new()?;
    let expires_at = app.now().plus_seconds(RECOVERY_SECONDS);
    person(change, email).await?;
    change.create_recovery(email, &token::hash(&token), expires_at).await?;
    Ok(app.config.link(&format!("/recover?token={token}")))
}

/// The organization of this slug.
async fn organization(access: &mut Access, slug: &str) -> Result<OrganizationId> {
    let unknown = || Problem::new(Kind::NotFound, format!("There is no organization `{slug}`."));
    access.find_any_organization(slug).await?.ok_or_else(unknown)
}

async fn person(access: &mut Access, email: &str) -> Result<UserId> {
    let unknown = || Problem::new(Kind::NotFound, format!("There is no confirmed account with the address {email}."));
    access.find_any_account(email).await?.ok_or_else(unknown)
}

/// Makes the member of this address the organization's owner, and tells both by mail; gives the new owner's name.
pub async fn transfer_ownership(app: &App, slug: &str, email: &str) -> Result<String> {
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let id = organization(&mut change, slug).await?;
    let to = person(&mut change, email).await?;
    let transfer = change.transfer_ownership(id, to).await?;
    mail::send_ownership(app, &mut change, &transfer).await?;
    change.commit().await?;
    Ok(transfer.to.name)
}

/// Gives a member a role of the organization, beside those they have; gives the member's name.
pub async fn assign_role(app: &App, slug: &str, email: &str, role: &str) -> Result<String> {
    let caller = Caller::operator(app.now());
    let mut access = app.store.access(caller.clone()).await?;
    let id = organization(&mut access, slug).await?;
    let user = person(&mut access, email).await?;
    drop(access);
    let member = service::member::find_user(app, caller.clone(), (id, user))
        .await
        .map_err(|_| Problem::new(Kind::NotFound, format!("{email} is no member of `{slug}`; invite them first.")))?;
    let choices = service::organization::role_choices(app, caller.clone(), id).await?;
    let named = choices.iter().find(|known| fold(&known.name) == fold(role)).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|known| known.name.as_str()).collect();
        Problem::new(Kind::NotFound, format!("There is no role `{role}`; there are: {}.", names.join(", ")))
    })?;
    if member.roles.iter().any(|held| held.id == named.id) {
        return Err(Problem::new(Kind::WrongState, format!("{} has that role already.", member.name)));
    }
    let held = member.roles.iter().map(|held| RoleGrantBody {
        role_id: held.id,
        expires_at: held.expires_at,
        reason: Some(held.reason.clone()),
    });
    let given = RoleGrantBody { role_id: named.id, expires_at: None, reason: None };
    let body = UserRolesBody { roles: held.chain([given]).collect() };
    let set = service::member::set_user_roles(app, caller, (id, user), Precondition::Any, Input::of(body)).await?;
    Ok(set.value.name)
}

/// What the doctor finds; where `repair`, after mending what can be mended, and how much that was.
pub async fn examine(app: &App, repair: bool) -> Result<(Vec<Finding>, u64)> {
    let repaired = if repair { app.store.repair(app.now()).await? } else { 0 };
    Ok((app.store.examine(app.now()).await?, repaired))
}

/// What the doctor finds in the audit log, and its end as far as it is verified.
pub async fn examine_audit_log(app: &App) -> Result<(Option<Finding>, Head)> {
    Ok(app.store.examine_audit_log().await?)
}

/// The link for the set-up of an empty installation; none: it is set up.
pub async fn create_setup_link(app: &App) -> Result<Option<String>> {
    if !app.store.is_empty().await? {
        return Ok(None);
    }
    let token = token::new()?;
    app.store.set_setup_token(&token::hash(&token), app.now()).await?;
    Ok(Some(app.config.link(&format!("/setup?token={token}"))))
}

/// How long a deleted organization can be brought back.
const GRACE_MICROS: i64 = 14 * 24 * 60 * 60 * 1_000_000;
/// How long before something ends its holder is told.
const NOTICE_MICROS: i64 = 3 * 24 * 3_600 * 1_000_000;

/// An instant as typed on the command line.
pub fn parse_time(text: &str) -> Result<Time> {
    serde_json::from_value(serde_json::Value::from(text))
        .map_err(|_| Problem::new(Kind::Invalid, format!("`{text}` is no time; write it as 2027-01-01T00:00:00Z.")))
}

/// Sets an organization's plan and seats.
pub async fn set_plan(
    app: &App,
    slug: &str,
    mut plan: String,
    seats: Option<u32>,
    period_ends: Option<Time>,
) -> Result<Organization> {
    let mut errors = Vec::new();
    check_name("plan", &mut plan, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let plan = NewPlan { plan, seats, period_ends_at: period_ends.map(|end| end.0) };
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let id = organization(&mut change, slug).await?;
    let after = change.set_plan(id, &plan).await?;
    change.commit().await?;
    Ok(after)
}

/// Brings a deleted organization back, within its two weeks.
pub async fn restore_organization(app: &App, slug: &str) -> Result<Organization> {
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let back = change.restore_organization(slug).await?.ok_or_else(|| {
        let detail = format!("There is no deleted organization `{slug}`; after two weeks they are erased.");
        Problem::new(Kind::NotFound, detail)
    })?;
    change.commit().await?;
    Ok(back)
}

/// Erases what was deleted two weeks ago.
pub async fn erase_due(app: &App) -> Result<usize> {
    let now = app.now();
    let before = rolecall_access::Timestamp(now.0.saturating_sub(GRACE_MICROS));
    // Looked at before anybody is made to wait for the writer.
    if !app.store.access(Caller::operator(now)).await?.has_erasures(before).await? {
        return Ok(0);
    }
    let mut change = app.store.change(Caller::operator(now)).await?;
    let erased = change.erase_organizations(before).await?;
    change.commit().await?;
    Ok(erased)
}

/// Prunes what organizations keep no longer of their audit logs; how many had such rows.
pub async fn prune_due(app: &App) -> Result<usize> {
    let caller = Caller::operator(app.now());
    // Looked at before anybody is made to wait for the writer.
    let due = app.store.access(caller.clone()).await?.list_due_prunings().await?;
    for one in &due {
        loop {
            let mut change = app.store.change(caller.clone()).await?;
            let more = change.prune_audit_log(*one).await?;
            change.commit().await?;
            if !more {
                break;
            }
        }
    }
    Ok(due.len())
}

/// Tells people three days ahead what ends for them; how many mails.
pub async fn remind_due(app: &App) -> Result<usize> {
    let now = app.now();
    if !app.store.access(Caller::operator(now)).await?.has_reminders(NOTICE_MICROS).await? {
        return Ok(0);
    }
    let mut change = app.store.change(Caller::operator(now)).await?;
    let reminders = change.take_reminders(NOTICE_MICROS).await?;
    for reminder in &reminders {
        crate::mail::send_reminder(app, &mut change, reminder).await?;
    }
    change.commit().await?;
    app.outbox.wake();
    Ok(reminders.len())
}
