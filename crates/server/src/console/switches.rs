//! Switches for single permissions: those that the preset names, with what they need ticked along (P-11), and the models'
//! own actions for the rest.

use rolecall_access::Permission;
use rolecall_access::catalogue::{self, Level};
use rolecall_access::preset::{self, Preset};

use crate::console::form::Fields;
use crate::console::shell::Shell;
use crate::console::{term, words};
use crate::problem::Problem;
use crate::service::PermissionView;
use crate::service::member::{PermissionGrantBody, SinglePermissionView};
use crate::time::Time;

/// A switch that the preset names.
pub struct NamedSwitch {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What it means.
    pub about: String,
    /// Whether all of it is held.
    pub on: bool,
    /// The keys of the switches that go with it.
    pub requires: String,
}

/// A switch for one single permission.
pub struct Switch {
    /// `Model:action`.
    pub value: String,
    /// The action in words.
    pub action: String,
    /// Whether it is on.
    pub on: bool,
}

/// The switches of a model.
pub struct Switches {
    /// The model's name.
    pub name: String,
    /// What it guards.
    pub guards: String,
    /// One for each action.
    pub actions: Vec<Switch>,
}

/// All switches of a form.
pub struct Choices {
    /// Those that the preset names; then the models' are for what these do not cover.
    pub named: Vec<NamedSwitch>,
    /// By model.
    pub models: Vec<Switches>,
    /// What is held, in words: the models with their actions.
    pub held: Vec<(String, String)>,
}

impl Choices {
    /// Whether there is nothing to choose.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.models.is_empty()
    }
}

impl Switches {
    /// The actions that are on, in words; none if there are none.
    fn held(&self) -> Option<String> {
        let held: Vec<&str> =
            self.actions.iter().filter(|switch| switch.on).map(|switch| switch.action.as_str()).collect();
        (!held.is_empty()).then(|| held.join(", "))
    }
}

fn value(permission: &Permission) -> String {
    format!("{}:{}", permission.model, permission.action)
}

fn preset_of(shell: &Shell) -> Option<&'static Preset> {
    Preset::find(&shell.organization.as_ref()?.preset)
}

/// Switches for the single permissions of a level, as far as they are offered; `on` holds `Model:action`.
pub fn choices(shell: &Shell, level: Level, on: &[String], offered: impl Fn(&Permission) -> bool) -> Choices {
    // What only ownership gives is not offered; the guard has the last word.
    let reserved = preset_of(shell).map(|preset| preset.reserved.as_slice()).unwrap_or_default();
    let offered = |permission: &Permission| {
        offered(permission) && (!reserved.contains(permission) || on.contains(&value(permission)))
    };
    let named = preset_of(shell).map_or(&[][..], |preset| match level {
        Level::Organization => &preset.organization_switches,
        Level::Bot => &preset.bot_switches,
    });
    let named: Vec<&preset::Switch> = named.iter().filter(|switch| switch.permissions.iter().all(&offered)).collect();
    let is_on = |switch: &preset::Switch| switch.permissions.iter().all(|one| on.contains(&value(one)));
    // What no switch covers, and what is held of a switch that is not on as a whole.
    let covered = |permission: &Permission| {
        let mut of = named.iter().filter(|switch| switch.permissions.contains(permission)).peekable();
        of.peek().is_some() && (!on.contains(&value(permission)) || of.any(|switch| is_on(switch)))
    };
    let t = shell.text;
    let all = by_model(shell, level, on, offered);
    Choices {
        models: by_model(shell, level, on, |permission| offered(permission) && !covered(permission)),
        held: all.iter().filter_map(|model| Some((model.name.clone(), model.held()?))).collect(),
        named: named
            .iter()
            .map(|switch| NamedSwitch {
                key: switch.key.clone(),
                name: t.of(&format!("switch-{}", switch.key)),
                about: t.of(&format!("switch-{}-about", switch.key)),
                on: is_on(switch),
                requires: switch.requires.join(" "),
            })
            .collect(),
    }
}

/// Every single permission of a level by model, named switches aside.
pub fn all(shell: &Shell, level: Level, on: &[String]) -> Choices {
    Choices { named: Vec::new(), models: by_model(shell, level, on, |_| true), held: Vec::new() }
}

fn by_model(shell: &Shell, level: Level, on: &[String], offered: impl Fn(&Permission) -> bool) -> Vec<Switches> {
    let t = shell.text;
    let of_model = |model: &'static catalogue::Model| {
        let permissions = model.actions.iter().filter_map(|action| Permission::new(model.key, action).ok());
        let of_level = permissions.filter(|permission| catalogue::level(permission) == Some(level));
        let switch = |permission: Permission| {
            let value = value(&permission);
            Switch { action: words::action(t, permission.action.as_str()), on: on.contains(&value), value }
        };
        let actions = of_level.filter(&offered).map(switch).collect();
        Switches { name: words::model(t, model.key), guards: words::guards(t, model.key), actions }
    };
    catalogue::MODELS.iter().map(of_model).filter(|model| !model.actions.is_empty()).collect()
}

/// `Model:action` of everything switched on, what a named switch needs ticked along.
pub fn values(shell: &Shell, fields: &Fields) -> Vec<String> {
    let mut values = fields.all("permissions");
    let Some(preset) = preset_of(shell) else { return values };
    let switches: Vec<&preset::Switch> = preset.organization_switches.iter().chain(&preset.bot_switches).collect();
    let mut keys = fields.all("switches");
    let mut next = 0;
    while let Some(key) = keys.get(next).cloned() {
        next += 1;
        let Some(switch) = switches.iter().find(|switch| switch.key == key) else { continue };
        values.extend(switch.permissions.iter().map(value));
        let needed: Vec<String> = switch.requires.iter().filter(|needed| !keys.contains(needed)).cloned().collect();
        keys.extend(needed);
    }
    values.sort();
    values.dedup();
    values
}

/// What was switched on.
pub fn switched(shell: &Shell, fields: &Fields) -> Vec<PermissionView> {
    let parse = |value: String| {
        let (model, action) = value.split_once(':')?;
        Some(PermissionView { model: model.to_owned(), action: action.to_owned() })
    };
    values(shell, fields).into_iter().filter_map(parse).collect()
}

/// The permissions switched on; one that stays keeps its end, a new one has the end and reason that the form says.
pub fn kept(
    shell: &Shell,
    fields: &Fields,
    held: &[SinglePermissionView],
) -> Result<Vec<PermissionGrantBody>, Problem> {
    let until = term::end(shell, fields, "new-until", None)?;
    let grant = |one: PermissionView| {
        let same = held.iter().find(|held| held.model == one.model && held.action == one.action);
        let (expires_at, reason) = match same {
            Some(held) => (held.expires_at, None),
            None => (until, fields.given("new-reason")),
        };
        PermissionGrantBody { expires_at, reason, ..one.into() }
    };
    Ok(switched(shell, fields).into_iter().map(grant).collect())
}

/// A single permission that ends, or that has a reason.
pub struct Term {
    /// What, in words.
    pub what: String,
    /// When it ends.
    pub until: Option<Time>,
    /// Why it was given.
    pub reason: String,
}

/// Those of these that end or have a reason.
pub fn terms(shell: &Shell, held: &[SinglePermissionView]) -> Vec<Term> {
    let of = held.iter().filter(|one| one.expires_at.is_some() || !one.reason.is_empty());
    let term = |one: &SinglePermissionView| Term {
        what: words::permission(shell.text, &one.model, &one.action),
        until: one.expires_at,
        reason: one.reason.clone(),
    };
    of.map(term).collect()
}

/// What is on, in words: the models with their actions.
pub fn in_words(shell: &Shell, level: Level, on: &[String]) -> String {
    let held = choices(shell, level, on, |_| true).held;
    held.iter().map(|(model, actions)| format!("{model}: {actions}")).collect::<Vec<_>>().join("; ")
}
