//! The reverse questions: who may, with what one may, what one may do. Each answer holds exactly what single questions
//! would allow; what the asker may not ask about is not in it, and what is not there gives an empty one.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_access::facts::SubjectFacts;
use rolecall_access::{OrganizationId, Permission, Revision, Scope, Subject, UserId, catalogue};
use rolecall_store::resource::Asks;
use rolecall_store::{Access, Caller, Place};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::ask::{Entity, Fields, Wanted, wrong};
use super::{Meant, PERSON, Target, begin, named_organization, place_of_programs, target};
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

/// Of all about whom the asker may ask, those who may.
async fn subjects(access: &mut Access, ask: &SearchAsk) -> Result<BTreeSet<String>> {
    let none = BTreeSet::new();
    let Ok(permission) = Permission::new(&ask.resource.kind, &ask.action) else { return Ok(none) };
    let target = target(access, ask.organization, &permission, &ask.resource).await?;
    let Some(place) = target.place() else { return Ok(none) };
    let mut found = BTreeSet::new();
    if ask.subject.kind == PERSON {
        let people = people(access, &target, &permission, place);
        let able = people.into_iter().filter(|user| target.allows(access, Subject::User(*user), &permission));
        found.extend(able.map(|user| user.to_string()));
    }
    if access.asks(place.scope) == Asks::Everybody {
        let able = subjects_of_programs(access, &target, &permission, place);
        let of_kind = able.iter().filter(|subject| *subject.kind == *ask.subject.kind);
        found.extend(of_kind.map(|subject| subject.foreign_id.to_string()));
    }
    Ok(found)
}

/// Everybody about whom the asker may ask there; of our own models those who may with some record.
fn people(access: &Access, target: &Target, permission: &Permission, place: Place) -> BTreeSet<UserId> {
    let people = access.people_known(place.scope);
    match target {
        Target::Own(_) => access.directory().who_can(permission, place.scope, people, access.caller().now),
        Target::Program(..) | Target::Unknown => people,
    }
}

fn subjects_of_programs(
    access: &Access,
    target: &Target,
    permission: &Permission,
    place: Place,
) -> Vec<Arc<SubjectFacts>> {
    let (directory, now) = (access.directory(), access.caller().now);
    let able = match target {
        Target::Own(_) => directory.subjects_who_can(permission, place.scope, now),
        Target::Program(resource, _) => directory.subjects_who_can_on(permission.action.as_str(), *resource, now),
        Target::Unknown => BTreeSet::new(),
    };
    able.into_iter().filter_map(|id| directory.subject(id).cloned()).collect()
}

/// Of the bots, organizations or a program's resources, those with which the subject may.
async fn resources(access: &mut Access, ask: &SearchAsk) -> Result<BTreeSet<String>> {
    let Ok(permission) = Permission::new(&ask.resource.kind, &ask.action) else { return Ok(BTreeSet::new()) };
    let named = named_organization(ask.organization, &ask.resource)?;
    if catalogue::find(&ask.resource.kind).is_none() {
        let Some(organization) = place_of_programs(access, named)? else { return Ok(BTreeSet::new()) };
        let meant = Meant::of(access, &ask.subject).await?;
        return Ok(program_resources(access, organization, &permission, &meant));
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

fn program_resources(
    access: &Access,
    organization: OrganizationId,
    permission: &Permission,
    meant: &Meant<'_>,
) -> BTreeSet<String> {
    let (directory, now) = (access.directory(), access.caller().now);
    let action = permission.action.as_str();
    let Some(model) = directory.model_named(organization, permission.model.as_str()) else { return BTreeSet::new() };
    // Who is meant depends on the place alone, and most resources share one.
    let mut at: HashMap<Scope, Option<Subject>> = HashMap::new();
    let resources = directory.resources(model.id).filter(|resource| {
        let scope = resource.bot.map_or(Scope::Organization(organization), Scope::Bot);
        let subject = *at.entry(scope).or_insert_with(|| meant.at(access, scope));
        subject.is_some_and(|subject| directory.allows_on(subject, action, resource.id, now))
    });
    resources.map(|resource| resource.foreign_id.to_string()).collect()
}

/// What the subject may do with the resource.
async fn actions(access: &mut Access, ask: &SearchAsk) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let names: Vec<String> = match catalogue::find(&ask.resource.kind) {
        Some(model) => model.actions.iter().map(|action| (*action).to_owned()).collect(),
        None => {
            let named = named_organization(ask.organization, &ask.resource)?;
            let Some(organization) = place_of_programs(access, named)? else { return Ok(found) };
            let model = access.directory().model_named(organization, &ask.resource.kind);
            model.into_iter().flat_map(|model| model.actions.iter().map(ToString::to_string)).collect()
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
    let target = target(access, ask.organization, permission, resource).await?;
    let Some(place) = target.place() else { return Ok(false) };
    let meant = Meant::of(access, &ask.subject).await?;
    let subject = meant.at(access, place.scope);
    Ok(subject.is_some_and(|subject| target.allows(access, subject, permission)))
}
