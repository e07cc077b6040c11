//! Who can do what where: the reverse question and the access map, as far as the asker may know.

use std::collections::BTreeMap;

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{BotId, Extent, OrganizationId, Permission, UserId};
use rolecall_store::Caller;
use rolecall_store::resource::{List, Page, Reached};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::{FieldError, Problem};
use crate::service::explain::{ReasonView, reasons};
use crate::service::program::known_here;
use crate::service::{ListView, Named, Result};
use crate::spreadsheet;
use crate::state::App;

/// Somebody who can, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AbleView {
    /// Their id.
    pub id: Uuid,
    /// Their name; of a program's subject its id there.
    pub name: String,
    /// Of a program's subject: its type there. Null: a person.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Every fact that allows it, the strongest first.
    pub because: Vec<ReasonView>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct WhoCanQuestion {
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// On which bot; none: in the organization.
    pub bot: Option<BotId>,
}

/// A map: rows of people (of a bot) or bots (of a person), columns of areas.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccessMapView {
    /// The areas: models with their actions, in the order shown.
    pub areas: Vec<AreaView>,
    /// The rows.
    pub items: Vec<RowView>,
    /// Where the next page starts.
    pub next_cursor: Option<String>,
}

/// An area of bots.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AreaView {
    /// The model.
    pub model: String,
    /// Its actions.
    pub actions: Vec<String>,
}

/// What one person, or what is allowed on one bot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RowView {
    /// The person's, or the bot's, id.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// By model: action to `any` or `own`; what is not there is not allowed.
    pub cells: BTreeMap<String, BTreeMap<String, &'static str>>,
}

/// Whose map.
#[derive(Clone, Copy, Debug)]
pub enum MapOf {
    /// People × areas of a bot.
    Bot(BotId),
    /// Bots × areas of a person.
    User(UserId),
}

/// The people who can; after the last of them the subjects of programs (at most 1,000), where the asker may ask about
/// everybody.
pub async fn who_can(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
    question: Result<WhoCanQuestion>,
) -> Result<ListView<AbleView>> {
    let mut access = app.store.access(caller).await?;
    let asked = question.as_ref().ok().and_then(|question| question.bot);
    let of = access.require_audience(organization, asked).await?;
    let question = question?;
    let permission = known_here(&access, organization, &question.model, &question.action)?;
    let here = if asked.is_some() { Level::Bot } else { Level::Organization };
    if catalogue::level(&permission).is_some_and(|level| level != here) {
        let message = match here {
            Level::Bot => "This is asked of the organization: leave `bot` out.",
            Level::Organization => "This is asked of a bot: name one in `bot`.",
        };
        return Err(Problem::invalid(vec![FieldError::new("bot", "invalid", message)]));
    }
    let list = list?;
    let (page, spoken) = access.who_can(&of, &permission, &list).await?;
    let mut able = ListView::of(page, |one| AbleView {
        id: one.user.0,
        name: one.name,
        kind: None,
        because: reasons(&one.decision, &spoken.roles, &spoken.users),
    });
    if able.next_cursor.is_none() {
        let (subjects, spoken) = access.subjects_who_can(&of, &permission, list.q.as_deref()).await?;
        able.items.extend(subjects.into_iter().map(|one| AbleView {
            id: one.id.0,
            name: one.foreign_id,
            kind: Some(one.kind),
            because: reasons(&one.decision, &spoken.roles, &spoken.users),
        }));
    }
    Ok(able)
}

/// The map of a bot or a person.
pub async fn access_map(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
    of: Result<MapOf>,
) -> Result<AccessMapView> {
    let mut access = app.store.access(caller).await?;
    access.member_organization(organization).await?;
    let permissions: Vec<Permission> =
        catalogue::permissions().filter(|one| catalogue::level(one) == Some(Level::Bot)).collect();
    let (items, next_cursor) = match of? {
        MapOf::Bot(bot) => {
            let audience = access.require_audience(organization, Some(bot)).await?;
            rows(access.map_people(&audience, &permissions, &list?).await?, &permissions, |id| id.0)
        }
        MapOf::User(user) => {
            access.visible_member((organization, user)).await?;
            rows(access.map_bots(organization, user, &permissions, &list?).await?, &permissions, |id| id.0)
        }
    };
    let mut areas: Vec<AreaView> = Vec::new();
    for permission in &permissions {
        let (model, action) = (permission.model.to_string(), permission.action.to_string());
        match areas.last_mut().filter(|area| area.model == model) {
            Some(area) => area.actions.push(action),
            None => areas.push(AreaView { model, actions: vec![action] }),
        }
    }
    Ok(AccessMapView { areas, items, next_cursor })
}

fn rows<Id>(
    page: Page<Reached<Id>>,
    permissions: &[Permission],
    id: impl Fn(&Id) -> Uuid,
) -> (Vec<RowView>, Option<String>) {
    let row = |reached: Reached<Id>| {
        let mut cells: BTreeMap<String, BTreeMap<String, &'static str>> = BTreeMap::new();
        for (permission, extent) in permissions.iter().zip(&reached.extents) {
            let level = match extent {
                Extent::None => continue,
                Extent::OwnedBy(_) => "own",
                Extent::All => "any",
            };
            cells.entry(permission.model.to_string()).or_default().insert(permission.action.to_string(), level);
        }
        RowView { id: id(&reached.id), name: reached.name, cells }
    };
    (page.items.into_iter().map(row).collect(), page.next_cursor)
}

/// The table as CSV (RFC 4180): one row a person or bot, one column an area and action.
#[must_use]
pub fn map_csv(map: &AccessMapView) -> String {
    let columns: Vec<(&str, &str)> = map
        .areas
        .iter()
        .flat_map(|area| area.actions.iter().map(|action| (area.model.as_str(), action.as_str())))
        .collect();
    let head = columns.iter().map(|(model, action)| format!("{model}: {action}"));
    let head: Vec<String> = ["name".to_owned(), "id".to_owned()].into_iter().chain(head).collect();
    let mut lines = vec![spreadsheet::line(&head)];
    for row in &map.items {
        let cell = |(model, action): &(&str, &str)| {
            row.cells.get(*model).and_then(|actions| actions.get(*action)).copied().unwrap_or_default().to_owned()
        };
        let named = [row.name.clone(), row.id.to_string()].into_iter();
        lines.push(spreadsheet::line(&named.chain(columns.iter().map(cell)).collect::<Vec<_>>()));
    }
    lines.concat()
}

/// The people who can, as CSV.
#[must_use]
pub fn who_csv(items: &[AbleView]) -> String {
    let head = ["name", "id", "fact", "role", "given by", "until"].map(ToOwned::to_owned);
    let mut lines = vec![spreadsheet::line(&head)];
    for one in items {
        for reason in &one.because {
            let name = |named: &Option<Named>| named.as_ref().map(|named| named.name.clone()).unwrap_or_default();
            let until = reason.until.map(crate::time::Time::text).unwrap_or_default();
            let fields = [
                one.name.clone(),
                one.id.to_string(),
                reason.fact.clone(),
                name(&reason.from),
                name(&reason.by),
                until,
            ];
            lines.push(spreadsheet::line(&fields));
        }
    }
    lines.concat()
}
