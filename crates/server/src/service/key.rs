//! Personal tokens and the keys of bots: programs that act on behalf of a sponsor, within a scope chosen from what
//! that one holds. They make no keys themselves, and none does more than its sponsor may do now.

use ipnet::IpNet;
use rolecall_access::catalogue::{self, Level};
use rolecall_access::guards::Refusal;
use rolecall_access::{BotId, OrganizationId, Permission, Scope, Subject, UserId};
use rolecall_store::resource::{ApiKey, ApiKeys, Bots, Member, NewKey, Rotation};
use rolecall_store::{Access, Caller, Change, Create, Delete, In, Read, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::{fresh, token};
use crate::input::{Check, Input, check_name};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{ListView, Named, PermissionView, Result, Written, abilities};
use crate::state::App;
use crate::time::Time;

/// How personal tokens and keys of bots begin.
const TOKEN: &str = "rcp_";
const KEY: &str = "rck_";
/// Characters of a secret that are shown to know it again.
const PREFIX: usize = 12;
/// The most tokens of a person, keys of a bot, and lines of a scope.
const MOST: usize = 100;
/// The longest, and the usual time that the secret before stays good after a rotation.
const LONGEST_OVERLAP: i64 = 7 * 24 * 3600;
const USUAL_OVERLAP: i64 = 24 * 3600;

/// A token or key; its secret is shown once, when it is made or rotated.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// How the secret begins.
    pub prefix: String,
    /// On whose behalf it acts.
    pub sponsor: Named,
    /// What it may do where, as far as the sponsor may.
    pub scope: Vec<KeyScopeView>,
    /// The networks it is good from; empty: any.
    pub networks: Vec<String>,
    /// When it ends; null: never.
    pub expires_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Time>,
    /// The secret, this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// `update` (rotate), `delete` (revoke).
    pub can: Vec<String>,
}

/// A place and what may be done there.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyScopeView {
    /// The organization, with all its bots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Uuid>,
    /// Or one bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<Uuid>,
    /// What may be done there.
    pub permissions: Vec<PermissionView>,
}

/// A personal token to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTokenBody {
    /// What to call it.
    pub name: String,
    /// What it may do where: chosen from what one holds.
    pub scope: Vec<KeyScopeView>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
    /// The networks it is good from, as in `203.0.113.0/24`.
    #[serde(default)]
    pub networks: Vec<String>,
}

/// A key of a bot to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBotKeyBody {
    /// What to call it.
    pub name: String,
    /// What it may do on the bot: chosen from what one holds there.
    pub scope: Vec<PermissionView>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
    /// The networks it is good from, as in `203.0.113.0/24`.
    #[serde(default)]
    pub networks: Vec<String>,
}

/// How to rotate.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationBody {
    /// Seconds that the secret before stays good: 604,800 (a week) at most; a day if not given.
    #[serde(default)]
    pub overlap_seconds: Option<i64>,
}

fn check_permissions(field: &str, permissions: &[PermissionView], of_bot: bool, errors: &mut Vec<FieldError>) {
    if permissions.is_empty() || permissions.len() > MOST {
        let message = format!("Choose at least one permission, {MOST} at most.");
        errors.push(FieldError::new(field, "invalid", message));
    }
    for (index, one) in permissions.iter().enumerate() {
        let field = format!("{field}.{index}");
        let known = Permission::new(&one.model, &one.action).ok().filter(catalogue::means_something);
        match known {
            None => {
                let message = format!("There is no permission `{}: {}`.", one.model, one.action);
                errors.push(FieldError::new(field, "not_found", message));
            }
            Some(_) if one.model == "ApiKey" => {
                errors.push(FieldError::new(field, "invalid", "Keys make no keys."));
            }
            Some(known) if of_bot && catalogue::level(&known) != Some(Level::Bot) => {
                let message = format!("`{known}` is nothing of a bot.");
                errors.push(FieldError::new(field, "invalid", message));
            }
            Some(_) => {}
        }
    }
}

fn check_networks(networks: &[String], errors: &mut Vec<FieldError>) {
    if networks.len() > MOST {
        errors.push(FieldError::new("networks", "too_long", format!("Name {MOST} networks at most.")));
    }
    for (index, one) in networks.iter().enumerate() {
        if one.parse::<IpNet>().is_err() {
            let message = format!("`{one}` is no network; write one like 203.0.113.0/24 or 2001:db8::/32.");
            errors.push(FieldError::new(format!("networks.{index}"), "invalid", message));
        }
    }
}

impl Check for NewTokenBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        if self.scope.is_empty() || self.scope.len() > MOST {
            errors.push(FieldError::new("scope", "invalid", format!("Name at least one place, {MOST} at most.")));
        }
        for (index, one) in self.scope.iter().enumerate() {
            if one.organization.is_some() == one.bot.is_some() {
                let message = "Name `organization` or `bot`, one of them.";
                errors.push(FieldError::new(format!("scope.{index}"), "invalid", message));
            }
            check_permissions(&format!("scope.{index}.permissions"), &one.permissions, one.bot.is_some(), &mut errors);
        }
        check_networks(&self.networks, &mut errors);
        errors
    }
}

impl Check for NewBotKeyBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        check_permissions("scope", &self.scope, true, &mut errors);
        check_networks(&self.networks, &mut errors);
        errors
    }
}

impl Check for RotationBody {
    fn check(&mut self) -> Vec<FieldError> {
        match self.overlap_seconds {
            Some(seconds) if !(0..=LONGEST_OVERLAP).contains(&seconds) => {
                vec![FieldError::new("overlap_seconds", "invalid", "The old secret stays good for a week at most.")]
            }
            _ => Vec::new(),
        }
    }
}

/// What of a scope the person may not do there now.
fn beyond(access: &Access, user: UserId, scope: &[(Scope, Permission)]) -> Vec<(Scope, Permission)> {
    let now = access.caller().now;
    let holds = |place: Scope, permission: &Permission| {
        let map = access.directory().effective(Subject::User(user), place, now);
        map.allows(permission.model.as_str(), permission.action.as_str())
    };
    scope.iter().filter(|(place, permission)| !holds(*place, permission)).cloned().collect()
}

/// The scope, if the caller holds all of it.
fn chosen(access: &Access, user: UserId, scope: Vec<(Scope, Permission)>) -> Result<Vec<(Scope, Permission)>> {
    match beyond(access, user, &scope).first() {
        None => Ok(scope),
        Some((scope, permission)) => {
            let person = Some(user);
            Err(Refusal::Escalation { scope: *scope, permission: permission.clone(), person }.into())
        }
    }
}

fn permissions(place: Scope, all: &[PermissionView]) -> Result<Vec<(Scope, Permission)>> {
    let one = |one: &PermissionView| {
        Permission::new(&one.model, &one.action).map(|one| (place, one)).map_err(|error| Problem::internal(&error))
    };
    all.iter().map(one).collect()
}

/// A new secret of this kind: itself, how it begins, its hash.
fn secret(kind: &str) -> Result<(String, String, [u8; 32])> {
    let secret = format!("{kind}{}", token::new()?);
    let (prefix, hash) = (secret.chars().take(PREFIX).collect(), token::hash(&secret));
    Ok((secret, prefix, hash))
}

fn ends_later(caller: &Caller, expires_at: Option<Time>) -> Result<Option<rolecall_access::Timestamp>> {
    match expires_at {
        Some(end) if end.0 <= caller.now => {
            Err(Problem::invalid(vec![FieldError::new("expires_at", "invalid", "The end is in the past.")]))
        }
        end => Ok(end.map(|end| end.0)),
    }
}

async fn view(access: &mut Access, key: ApiKey, secret: Option<String>, can: Vec<String>) -> Result<KeyView> {
    let mut scope: Vec<KeyScopeView> = Vec::new();
    for (place, permission) in access.key_scope(&key).await? {
        let (organization, bot) = match place {
            Scope::Organization(id) => (Some(id.0), None),
            Scope::Bot(id) => (None, Some(id.0)),
        };
        let permission = PermissionView::of(&permission);
        match scope.last_mut().filter(|last| (last.organization, last.bot) == (organization, bot)) {
            Some(last) => last.permissions.push(permission),
            None => scope.push(KeyScopeView { organization, bot, permissions: vec![permission] }),
        }
    }
    Ok(KeyView {
        id: key.id.0,
        name: key.name,
        prefix: key.prefix,
        sponsor: Named { id: key.sponsor.0, name: key.sponsor_name },
        scope,
        networks: key.networks,
        expires_at: key.expires_at.map(Time),
        created_at: key.created_at.into(),
        last_used_at: key.last_used_at.map(Time),
        secret,
        can,
    })
}

fn own_abilities() -> Vec<String> {
    vec!["update".to_owned(), "delete".to_owned()]
}

/// One's personal tokens.
pub async fn list_tokens(app: &App, caller: Caller) -> Result<ListView<KeyView>> {
    let mut access = app.store.access(caller).await?;
    let mut items = Vec::new();
    for key in access.list_own_tokens().await? {
        items.push(view(&mut access, key, None, own_abilities()).await?);
    }
    Ok(ListView { items, next_cursor: None })
}

/// Makes a personal token.
pub async fn create_token(app: &App, caller: Caller, input: Input<NewTokenBody>) -> Result<Written<KeyView>> {
    let mut change = app.store.change(caller.clone()).await?;
    let user = change.own_account().await?.id;
    fresh::require(&caller)?;
    let body = input.get()?;
    let mut scope = Vec::new();
    for (index, one) in body.scope.iter().enumerate() {
        let place = match (one.organization, one.bot) {
            (Some(id), _) => {
                change.member_organization(OrganizationId(id)).await.map(|_| Scope::Organization(OrganizationId(id)))
            }
            (None, bot) => {
                let id = BotId(bot.unwrap_or_default());
                change.require::<Bots, Read>(id).await.map(|_| Scope::Bot(id))
            }
        };
        let place = place.map_err(|error| match Problem::from(error) {
            problem if problem.kind == Kind::NotFound => {
                let message = "There is nothing here that you can see.";
                Problem::invalid(vec![FieldError::new(format!("scope.{index}"), "not_found", message)])
            }
            problem => problem,
        })?;
        scope.extend(permissions(place, &one.permissions)?);
    }
    if change.list_own_tokens().await?.len() >= MOST {
        return Err(Problem::new(Kind::WrongState, format!("You have {MOST} tokens; revoke one first.")));
    }
    let (secret, prefix, token_hash) = secret(TOKEN)?;
    let expires_at = ends_later(&caller, body.expires_at)?;
    let scope = chosen(&change, user, scope)?;
    let new = NewKey { name: body.name, prefix, token_hash, scope, networks: body.networks, expires_at };
    let key = change.create_token(&new).await?;
    let value = view(&mut change, key, Some(secret), own_abilities()).await?;
    Ok(Written { value, revision: change.commit().await? })
}

/// Revokes one, at once.
pub async fn revoke_token(app: &App, caller: Caller, id: Uuid) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let key = change.own_token(id).await?.ok_or_else(Problem::not_found)?;
    change.revoke_own_token(&key).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

fn rotation(caller: &Caller, kind: &str, body: &RotationBody) -> Result<(String, Rotation)> {
    let (secret, prefix, token_hash) = secret(kind)?;
    let old_until = caller.now.plus_seconds(body.overlap_seconds.unwrap_or(USUAL_OVERLAP));
    Ok((secret, Rotation { prefix, token_hash, old_until }))
}

/// Gives one a new secret; the one before stays good for a while.
pub async fn rotate_token(app: &App, caller: Caller, id: Uuid, input: Input<RotationBody>) -> Result<Written<KeyView>> {
    let mut change = app.store.change(caller.clone()).await?;
    let key = change.own_token(id).await?.ok_or_else(Problem::not_found)?;
    fresh::require(&caller)?;
    let (secret, new) = rotation(&caller, TOKEN, &input.get()?)?;
    let key = change.rotate_own_token(&key, &new).await?;
    let value = view(&mut change, key, Some(secret), own_abilities()).await?;
    Ok(Written { value, revision: change.commit().await? })
}

fn bot_abilities(access: &Access, bot: BotId, key: &ApiKey) -> Vec<String> {
    abilities(access, "ApiKey", &["update", "delete"], Scope::Bot(bot), Some(key.sponsor))
}

/// The keys of a bot.
pub async fn list_bot_keys(app: &App, caller: Caller, bot: BotId) -> Result<ListView<KeyView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<ApiKeys>, Read>(bot).await?;
    let mut items = Vec::new();
    for key in access.list_bot_keys(&within).await? {
        let can = bot_abilities(&access, bot, &key);
        items.push(view(&mut access, key, None, can).await?);
    }
    Ok(ListView { items, next_cursor: None })
}

/// Makes a key of a bot; its maker is its sponsor.
pub async fn create_bot_key(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<NewBotKeyBody>,
) -> Result<Written<KeyView>> {
    let mut change = app.store.change(caller.clone()).await?;
    let within = change.require::<In<ApiKeys>, Create>(bot).await?;
    fresh::require(&caller)?;
    let user = change.own_account().await?.id;
    let body = input.get()?;
    let (secret, prefix, token_hash) = secret(KEY)?;
    let expires_at = ends_later(&caller, body.expires_at)?;
    let scope = chosen(&change, user, permissions(Scope::Bot(bot), &body.scope)?)?;
    let new = NewKey { name: body.name, prefix, token_hash, scope, networks: body.networks, expires_at };
    let key = change.create_bot_key(&within, &new).await?;
    let can = bot_abilities(&change, bot, &key);
    let value = view(&mut change, key, Some(secret), can).await?;
    Ok(Written { value, revision: change.commit().await? })
}

/// Revokes a key of a bot, at once.
pub async fn revoke_bot_key(app: &App, caller: Caller, id: (BotId, Uuid)) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<ApiKeys, Delete>(id).await?;
    change.revoke_bot_key(&of).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Gives a key of a bot a new secret. Whoever does becomes its sponsor, and its scope shrinks to what they can do.
pub async fn rotate_bot_key(
    app: &App,
    caller: Caller,
    id: (BotId, Uuid),
    input: Input<RotationBody>,
) -> Result<Written<KeyView>> {
    let mut change = app.store.change(caller.clone()).await?;
    let of = change.require::<ApiKeys, Update>(id).await?;
    fresh::require(&caller)?;
    let user = change.own_account().await?.id;
    let (secret, new) = rotation(&caller, KEY, &input.get()?)?;
    let scope = change.key_scope(&of.key).await?;
    let lost = beyond(&change, user, &scope);
    let key = change.rotate_bot_key(&of, &new, &lost).await?;
    let can = bot_abilities(&change, id.0, &key);
    let value = view(&mut change, key, Some(secret), can).await?;
    Ok(Written { value, revision: change.commit().await? })
}

/// The caller takes over the keys that act on the member's behalf, as far as they may change them.
pub(crate) async fn take_over(change: &mut Change, member: &Member) -> Result<()> {
    let user = change.own_account().await?.id;
    for (key, _) in change.leaving(member).await?.keys {
        let Some(bot) = key.bot else { continue };
        let Ok(of) = change.require::<ApiKeys, Update>((bot, key.id.0)).await else { continue };
        let scope = change.key_scope(&of.key).await?;
        let lost = beyond(change, user, &scope);
        change.take_over_key(&of, &lost).await?;
    }
    Ok(())
}
