//! The reverse questions: who may, with what one may, what one may do. Each answer holds exactly what single questions
//! would allow; what the asker may not ask about is not in it, and what is not there gives an empty one.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_access::{OrganizationId, Permission, Question, Revision, Subject, catalogue};
use rolecall_store::{Access, Caller, Place};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::ask::{Entity, Fields, Wanted, wrong};
use super::{PERSON, Target, begin, holder, named_organization, place_of_programs, target};
use crate::problem::Problem;
use crate::service::Result;
use crate::state::App;

/// The most results of a page, and the usual number.
const MOST: usize = 1_000;

/// What is searched for.
#[derive(Clone, Debug)]
pub struct SearchAsk {
    wanted: Wanted,
    subject: Entity,
    /// Empty where actions are searched for.
    action: String,
    resource: Entity,
    organization: Option<OrganizationId>,
    page: Page,
}

/// Which page.
#[derive(Clone, Debug)]
struct Page {
    /// What stays the same from page to page.
    digest: String,
    limit: usize,
    after: Option<String>,
}

/// A page of what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// What was found, in the order of ids.
    pub results: Vec<FoundItem>,
    /// Where the next page is.
    pub page: FoundPage,
}

/// One that was found.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum FoundItem {
    /// A subject or resource.
    Entity {
        /// Its type.
        #[serde(rename = "type")]
        kind: String,
        /// Its id.
        id: String,
    },
    /// An action.
    Action {
        /// Its name.
        name: String,
    },
}

/// Where the next page is.
#[derive(Clone, Debug, Serialize)]
pub struct FoundPage {
    /// To be sent as `page.token` with the same question; empty: this was the last.
    pub next_token: String,
    /// How many are on this page.
    pub count: usize,
}

impl SearchAsk {
    /// The search.
    ///
    /// # Errors
    /// 400: what is missing or of the wrong type, or a token of another search.
    pub fn of(fields: &Fields, wanted: Wanted) -> Result<Self> {
        let subject = fields.entity("subject", wanted == Wanted::Subjects)?;
        let action = if wanted == Wanted::Actions { String::new() } else { fields.action()? };
        let resource = fields.entity("resource", wanted == Wanted::Resources)?;
        let organization = fields.organization()?;
        let asked = serde_json::json!([
            format!("{wanted:?}"),
            [&subject.kind, &subject.id],
            subject.properties,
            action,
            [&resource.kind, &resource.id],
            resource.properties,
            organization,
        ]);
        let digest = hex::encode(Sha256::digest(asked.to_string()).get(..8).unwrap_or_default());
        let page = Page::of(fields.0.get("page"), digest)?;
        Ok(Self { wanted, subject, action, resource, organization, page })
    }
}

impl Page {
    fn of(value: Option<&Value>, digest: String) -> Result<Self> {
        let none = serde_json::Map::new();
        let page = match value {
            None => &none,
            Some(Value::Object(page)) => page,
            Some(_) => return Err(wrong("`page` must be an object.")),
        };
        // Earlier drafts say `size`.
        let limit = match page.get("limit").or_else(|| page.get("size")) {
            None => None,
            Some(value) => Some(value.as_u64().filter(|limit| *limit > 0).ok_or_else(bad_limit)?),
        };
        let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(MOST).min(MOST));
        let token = match page.get("token") {
            None => "",
            Some(Value::String(token)) => token.as_str(),
            Some(_) => return Err(bad_token()),
        };
        if token.is_empty() {
            return Ok(Self { digest, limit: limit.unwrap_or(MOST), after: None });
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad_token())?;
        let (of, before, after): (String, usize, String) = serde_json::from_slice(&bytes).map_err(|_| bad_token())?;
        if of != digest || limit.is_some_and(|limit| limit != before) || !(1..=MOST).contains(&before) {
            return Err(bad_token());
        }
        Ok(Self { digest, limit: before, after: Some(after) })
    }

    /// The page of all that was found, of this type (none: actions).
    fn cut(&self, all: BTreeSet<String>, kind: Option<&str>) -> Result<Found> {
        let behind = |id: &String| self.after.as_ref().is_none_or(|after| id > after);
        let mut rest = all.into_iter().filter(behind);
        let ids: Vec<String> = rest.by_ref().take(self.limit).collect();
        let next_token = match (rest.next(), ids.last()) {
            (Some(_), Some(last)) => self.token(last)?,
            _ => String::new(),
        };
        let item = |id| match kind {
            Some(kind) => FoundItem::Entity { kind: kind.to_owned(), id },
            None => FoundItem::Action { name: id },
        };
        let results: Vec<FoundItem> = ids.into_iter().map(item).collect();
        let page = FoundPage { next_token, count: results.len() };
        Ok(Found { results, page })
    }

    fn token(&self, last: &str) -> Result<String> {
        let text = serde_json::to_vec(&(&self.digest, self.limit, last)).map_err(|error| Problem::internal(&error))?;
        Ok(URL_SAFE_NO_PAD.encode(text))
    }
}

fn bad_limit() -> Problem {
    wrong("`page.limit` must be a number, 1 or more.")
}

fn bad_token() -> Problem {
    wrong("`page.token` is none of this search: send it with the very question that it came from, or leave it out.")
}

/// Searches.
pub async fn search(app: &App, caller: Caller, ask: SearchAsk) -> Result<(Found, Revision)> {
    let mut access = begin(app, caller).await?;
    let found = match ask.wanted {
        Wanted::Subjects => ask.page.cut(subjects(&mut access, &ask).await?, Some(&ask.subject.kind))?,
        Wanted::Resources => ask.page.cut(resources(&mut access, &ask).await?, Some(&ask.resource.kind))?,
        Wanted::Actions => ask.page.cut(actions(&mut access, &ask).await?, None)?,
    };
    Ok((found, access.directory().revision()))
}

fn allows(access: &Access, user: rolecall_access::UserId, permission: &Permission, place: Place) -> bool {
    let question = Question {
        subject: Subject::User(user),
        permission: permission.clone(),
        scope: place.scope,
        owner: place.owner,
    };
    access.directory().allows(&question, access.caller().now)
}

/// Of all about whom the asker may ask, those who may.
async fn subjects(access: &mut Access, ask: &SearchAsk) -> Result<BTreeSet<String>> {
    let none = BTreeSet::new();
    let Ok(permission) = Permission::new(&ask.resource.kind, &ask.action) else { return Ok(none) };
    let target = target(access, ask.organization, &permission, &ask.resource).await?;
    let place = match &target {
        Target::Own(place) => *place,
        Target::Program(model, resource) => resource.place(model),
        Target::Unknown => return Ok(none),
    };
    let mut found = BTreeSet::new();
    if ask.subject.kind == PERSON {
        let people = access.people_known(place.scope);
        let able = access.directory().who_can(&permission, place.scope, people, access.caller().now);
        let able = able.into_iter().filter(|user| allows(access, *user, &permission, place));
        found.extend(able.map(|user| user.to_string()));
    }
    let Target::Program(model, resource) = target else { return Ok(found) };
    if ask.subject.kind == PERSON {
        let grants = access.people_grants(&model, &ask.action, resource.id).await?;
        let has = |user: &rolecall_access::UserId| {
            let holder = access.person_holder(&model, *user);
            grants.iter().any(|grant| access.grant_counts(&holder, grant, place.scope))
        };
        found.extend(access.people_known(place.scope).into_iter().filter(has).map(|user| user.to_string()));
    }
    if access.asks(place.scope) == rolecall_store::resource::Asks::Everybody {
        found.extend(access.subjects_granted(&model, &ask.action, resource.id, &ask.subject.kind).await?);
    }
    Ok(found)
}

/// Of the bots, organizations or a program's resources, those with which the subject may.
async fn resources(access: &mut Access, ask: &SearchAsk) -> Result<BTreeSet<String>> {
    let none = BTreeSet::new();
    let Ok(permission) = Permission::new(&ask.resource.kind, &ask.action) else { return Ok(none) };
    let named = named_organization(ask.organization, &ask.resource)?;
    if catalogue::find(&ask.resource.kind).is_none() {
        return program_resources(access, ask, named).await;
    }
    let mut found = BTreeSet::new();
    let organizations: Vec<OrganizationId> =
        access.asked_organizations().into_iter().filter(|id| named.is_none_or(|named| named == *id)).collect();
    for organization in organizations {
        let bots = access.directory().bots(organization).map(|bot| bot.id.to_string());
        let ids: Vec<String> = bots.chain([organization.to_string()]).collect();
        for id in ids {
            let resource = Entity { id: id.clone(), ..ask.resource.clone() };
            if may(access, ask, &permission, &resource).await? {
                found.insert(id);
            }
        }
    }
    Ok(found)
}

async fn program_resources(
    access: &mut Access,
    ask: &SearchAsk,
    named: Option<OrganizationId>,
) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let Some(organization) = place_of_programs(access, named)? else { return Ok(found) };
    let Some(model) = access.find_program_model(organization, &ask.resource.kind).await? else { return Ok(found) };
    let Ok(permission) = Permission::new(&ask.resource.kind, &ask.action) else { return Ok(found) };
    if !model.actions.contains(&ask.action) {
        return Ok(found);
    }
    for resource in access.list_all_program_resources(&model).await? {
        let entity = Entity { id: resource.foreign_id.clone(), ..ask.resource.clone() };
        if may(access, ask, &permission, &entity).await? {
            found.insert(resource.foreign_id);
        }
    }
    Ok(found)
}

/// What the subject may do with the resource.
async fn actions(access: &mut Access, ask: &SearchAsk) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let names: Vec<String> = match catalogue::find(&ask.resource.kind) {
        Some(model) => model.actions.iter().map(|action| (*action).to_owned()).collect(),
        None => {
            let named = named_organization(ask.organization, &ask.resource)?;
            let Some(organization) = place_of_programs(access, named)? else { return Ok(found) };
            let model = access.find_program_model(organization, &ask.resource.kind).await?;
            model.map(|model| model.actions).unwrap_or_default()
        }
    };
    for name in names {
        let Ok(permission) = Permission::new(&ask.resource.kind, &name) else { continue };
        if may(access, ask, &permission, &ask.resource).await? {
            found.insert(name);
        }
    }
    Ok(found)
}

/// Whether the single question would be allowed.
async fn may(access: &mut Access, ask: &SearchAsk, permission: &Permission, resource: &Entity) -> Result<bool> {
    match target(access, ask.organization, permission, resource).await? {
        Target::Unknown => Ok(false),
        Target::Own(place) => {
            let user = super::person(access, &ask.subject, place).await?;
            Ok(user.is_some_and(|user| allows(access, user, permission, place)))
        }
        Target::Program(model, resource) => {
            let place = resource.place(&model);
            let Some(holder) = holder(access, &ask.subject, &model, place).await? else { return Ok(false) };
            let held = access.held_grants(&holder, &model, permission.action.as_str(), Some(resource.id)).await?;
            let person = holder.person().is_some_and(|user| allows(access, user, permission, place));
            Ok(person || held.iter().any(|grant| access.grant_counts(&holder, grant, place.scope)))
        }
    }
}
