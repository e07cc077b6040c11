//! What a form would do, before it is saved: who gains, who loses, which guard refuses. A page of its own without
//! scripts; with them, the same panel beside the form.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use rolecall_access::Permission;
use rolecall_access::catalogue::{self, Level};
use rolecall_store::{Caller, PreviewSlot};

use crate::console::form::Fields;
use crate::console::page::{Inside, Page, render};
use crate::console::shell::Shell;
use crate::console::words;
use crate::problem::Problem;
use crate::service::preview::{self, DifferenceView, PreviewView};

/// The names that a line shows before it counts.
const NAMED: usize = 5;

/// Who saves the form, or only looks at what it would do: the form says which.
pub fn caller(inside: &Inside, fields: &Fields) -> (Caller, Option<PreviewSlot>) {
    if fields.given("preview").is_none() {
        return (inside.caller.clone(), None);
    }
    let (caller, slot) = inside.caller.previewing();
    (caller, Some(slot))
}

/// One ability, for whom, where.
pub struct Line {
    /// The ability in words.
    pub what: String,
    /// Names of people, at most five, and how many more.
    pub people: String,
    /// The same of bots; empty: in the organization.
    pub bots: String,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    shell: Shell,
    action: String,
    back: String,
    hidden: Vec<(String, String)>,
    gains: Vec<Line>,
    loses: Vec<Line>,
    more: Option<String>,
    warnings: Vec<String>,
    blocked: Option<String>,
}

/// The page of what the form would do.
pub fn show(
    shell: Shell,
    slot: &PreviewSlot,
    problem: Option<Problem>,
    (action, back, fields): (String, String, &Fields),
) -> Page {
    let PreviewView { gains, loses, totals, warnings, blocked } = preview::found(slot, problem)?;
    let listed = gains.len() + loses.len();
    let page = PreviewPage {
        action,
        back,
        hidden: fields.except("preview"),
        gains: lines(&shell, &gains),
        loses: lines(&shell, &loses),
        more: Some(totals.gains + totals.loses - listed)
            .filter(|more| *more > 0)
            .map(|more| shell.count("preview-more", more)),
        warnings: warnings.iter().map(|one| shell.with("preview-unanswered", "name", &one.bot.name)).collect(),
        blocked: blocked.map(|blocked| blocked.detail),
        shell: shell.titled("preview-title"),
    };
    render(&page.shell, &page)
}

/// By ability: who, and on which bots. What an organization's map says of its bots stands at the bots.
fn lines(shell: &Shell, differences: &[DifferenceView]) -> Vec<Line> {
    type Places<'a> = (BTreeSet<(&'a str, uuid::Uuid)>, BTreeSet<&'a str>);
    let mut by_ability: BTreeMap<(usize, &str, &str, &str, bool), Places<'_>> = BTreeMap::new();
    for one in differences {
        let Ok(permission) = Permission::new(&one.model, &one.action) else { continue };
        if one.scope.organization.is_some() && catalogue::level(&permission) == Some(Level::Bot) {
            continue;
        }
        let place = catalogue::MODELS.iter().position(|model| model.key == one.model).unwrap_or(usize::MAX);
        let key = (place, one.model.as_str(), one.action.as_str(), one.relation, one.scope.bot.is_some());
        let (people, bots) = by_ability.entry(key).or_default();
        people.insert((one.name.as_str(), one.user));
        bots.extend(one.scope.name.as_deref());
    }
    by_ability
        .into_iter()
        .map(|((_, model, action, relation, _), (people, bots))| {
            let what = words::permission(shell.text, model, action);
            let own = shell.t("preview-own");
            Line {
                what: if relation == "owner" { format!("{what} ({own})") } else { what },
                people: some(shell, people.iter().map(|(name, _)| *name)),
                bots: some(shell, bots.iter().copied()),
            }
        })
        .collect()
}

/// A few names, and how many more.
fn some<'n>(shell: &Shell, names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let few = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if more == 0 { few } else { format!("{few} {}", shell.count("preview-more-names", more)) }
}
