//! One's own account and permissions.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::preset::Preset;
use rolecall_access::{BotId, Name, OrganizationId, Scope, Subject};
use rolecall_store::resource::{Bots, List};
use rolecall_store::{Caller, Read};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input, check_name};
use crate::problem::{FieldError, Kind, Problem};
use crate::service::picture::picture_of;
use crate::service::{Result, Written};
use crate::state::App;
use crate::text::{LANGUAGES, Language};

/// An organization of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnOrganizationView {
    /// Its id.
    pub id: Uuid,
    /// Its name in links.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its preset.
    pub preset: String,
    /// The names of one's roles there.
    pub roles: Vec<String>,
    /// Whether one owns it.
    pub owner: bool,
}

/// One's own account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnAccountView {
    /// The person's id.
    pub id: Uuid,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// BCP 47 tag.
    pub language: String,
    /// IANA time zone.
    pub time_zone: String,
    /// The address of one's picture; null: none.
    pub picture: Option<String>,
    /// The organizations one is an active member of.
    pub organizations: Vec<OwnOrganizationView>,
}

/// A change of one's own account.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnAccountBody {
    /// Full name.
    #[serde(default)]
    pub name: Option<String>,
    /// BCP 47 tag.
    #[serde(default)]
    pub language: Option<String>,
    /// IANA time zone.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// What one may do: model → actions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnPermissionsView {
    /// Model → actions.
    pub permissions: BTreeMap<String, Vec<String>>,
    /// The revision it is true at.
    pub revision: u64,
}

impl OwnPermissionsView {
    /// Whether the map lists the action of the model.
    #[must_use]
    pub fn allows(&self, model: &str, action: &str) -> bool {
        self.permissions.get(model).is_some_and(|actions| actions.iter().any(|listed| listed == action))
    }
}

impl Check for OwnAccountBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &mut self.name {
            check_name("name", name, &mut errors);
        }
        if self.language.as_deref().is_some_and(|tag| Language::find(tag).is_none_or(|found| found.tag != tag)) {
            let tags: Vec<&str> = LANGUAGES.iter().map(|language| language.tag).collect();
            let message = format!("Choose one of the languages there are: {}.", tags.join(", "));
            errors.push(FieldError::new("language", "invalid", message));
        }
        if self.time_zone.as_deref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
            errors.push(FieldError::new("time_zone", "invalid", "Enter a time zone such as Europe/Berlin."));
        }
        errors
    }
}

/// The caller's account and organizations. A personal token reads its person's, with the organizations that its scope
/// reaches; a bot's key has no account.
pub async fn find_own_account(app: &App, caller: Caller) -> Result<OwnAccountView> {
    let mut access = app.store.access(caller).await?;
    let account = access.person_account().await?;
    let account = account.ok_or_else(|| Problem::new(Kind::Forbidden, "A key of a bot has no account of its own."))?;
    let list = List { limit: 200, cursor: None, q: None, sort: None };
    let page = access.list_own_organizations(&list).await?;
    let mut organizations = Vec::new();
    for organization in page.items {
        if !access.acts_in(organization.id) {
            continue;
        }
        let owns = organization.owner == Some(account.id);
        let mut roles = access.own_role_names(organization.id).await?;
        if let Some(preset) = Preset::find(&organization.preset).filter(|_| owns) {
            roles.insert(0, preset.words.owner.clone());
        }
        organizations.push(OwnOrganizationView {
            id: organization.id.0,
            slug: organization.slug,
            name: organization.name,
            preset: organization.preset,
            roles,
            owner: owns,
        });
    }
    let picture = picture_of(&mut access, account.id).await?;
    Ok(OwnAccountView {
        id: account.id.0,
        name: account.name,
        email: account.email,
        language: account.language,
        time_zone: account.time_zone,
        picture,
        organizations,
    })
}

/// Changes name, language, time zone.
pub async fn update_own_account(
    app: &App,
    caller: Caller,
    input: Input<OwnAccountBody>,
) -> Result<Written<OwnAccountView>> {
    let mut change = app.store.change(caller.clone()).await?;
    change.own_account().await?;
    let input = input.get()?;
    let (name, language, zone) = (input.name.as_deref(), input.language.as_deref(), input.time_zone.as_deref());
    change.update_own_account(name, language, zone).await?;
    let revision = change.commit().await?;
    Ok(Written { value: find_own_account(app, caller).await?, revision })
}

/// What the caller may do in the organization, or on the bot (W-4).
pub async fn list_own_permissions(
    app: &App,
    caller: Caller,
    scope: Result<(Option<OrganizationId>, Option<BotId>)>,
) -> Result<OwnPermissionsView> {
    let mut access = app.store.access(caller).await?;
    access.caller().subject().filter(|subject| *subject != Subject::Anybody).ok_or_else(Problem::sign_in_needed)?;
    let scope = match scope? {
        (None, None) => {
            let message = "Say where: `organization` or `bot`.";
            return Err(Problem::invalid(vec![FieldError::new("organization", "missing", message)]));
        }
        (organization, Some(id)) => {
            let bot = access.require::<Bots, Read>(id).await?;
            if organization.is_some_and(|organization| organization != bot.organization) {
                return Err(Problem::not_found());
            }
            Scope::Bot(id)
        }
        (Some(id), None) => {
            access.member_organization(id).await?;
            Scope::Organization(id)
        }
    };
    let subject = access.caller().subject().ok_or_else(Problem::sign_in_needed)?;
    let map = access.directory().effective(subject, scope, access.caller().now);
    let texts = |actions: BTreeSet<Name>| actions.into_iter().map(String::from).collect();
    Ok(OwnPermissionsView {
        permissions: map.0.into_iter().map(|(model, actions)| (model.into(), texts(actions))).collect(),
        revision: access.directory().revision().0,
    })
}
