//! The presets: data files in `presets/`, loaded by the same code. A fifth needs no program change.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::catalogue::{self, Level};
use crate::permission::{Permission, Reach, Relation};
use crate::policy::Ownership;

/// The presets that ship with the program, in the order they are offered.
const SHIPPED: &[&str] = &[
    include_str!("../presets/workspace.toml"),
    include_str!("../presets/agency.toml"),
    include_str!("../presets/team.toml"),
    include_str!("../presets/projects.toml"),
];

static ALL: LazyLock<Vec<Preset>> =
    LazyLock::new(|| SHIPPED.iter().filter_map(|text| Preset::parse(text).ok()).collect());

/// A role that a preset seeds, or offers as a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetRole {
    /// Its name.
    pub name: String,
    /// What it covers.
    pub reach: Reach,
    /// Every permission there is or will be.
    pub everything: bool,
    /// The role for anonymous callers.
    pub public: bool,
    /// What it gives, in the catalogue's order; the relation is `role`.
    pub permissions: Vec<Permission>,
}

/// The words a preset has for things.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// One bot ("bot", "project").
    pub bot: String,
    /// Several.
    pub bots: String,
    /// Who owns the organization, shown as a role.
    pub owner: String,
    /// Who owns a bot, shown as a role.
    pub bot_owner: String,
}

/// A named set of single permissions that is offered as one switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Its key, for the console's texts.
    pub key: String,
    /// What it gives.
    pub permissions: Vec<Permission>,
    /// Keys of the switches that go with it.
    pub requires: Vec<String>,
}

/// A preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its key: `workspace`, `agency`, `team`, `projects`.
    pub key: String,
    /// Whether organizations have an owner.
    pub owner: Ownership,
    /// Whether bots have an owner.
    pub bot_owner: Ownership,
    /// See [`crate::Policies::manage_peers`].
    pub manage_peers: bool,
    /// Permissions that only ownership gives.
    pub reserved: Vec<Permission>,
    /// The name of the role of an invitation that names none.
    pub default_invitation_role: Option<String>,
    /// The name of the default role on a bot.
    pub team_default_role: Option<String>,
    /// The name of the role a former owner gets.
    pub former_owner_role: Option<String>,
    /// The role that whoever sets the organization up gets, where there is no owner.
    pub founder_role: Option<String>,
    /// The roles it seeds.
    pub roles: Vec<PresetRole>,
    /// The roles it offers when a role is added.
    pub templates: Vec<PresetRole>,
    /// Its words.
    pub words: Words,
    /// Switches offered for single organization permissions.
    pub organization_switches: Vec<Switch>,
    /// Switches offered for single bot permissions.
    pub bot_switches: Vec<Switch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: String,
    owner: Ownership,
    bot_owner: Ownership,
    manage_peers: bool,
    #[serde(default)]
    reserved: Vec<String>,
    default_invitation_role: Option<String>,
    team_default_role: Option<String>,
    former_owner_role: Option<String>,
    founder_role: Option<String>,
    roles: Vec<RoleEntry>,
    #[serde(default)]
    templates: Vec<RoleEntry>,
    words: Words,
    #[serde(default)]
    organization_switches: Vec<SwitchEntry>,
    #[serde(default)]
    bot_switches: Vec<SwitchEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    name: String,
    #[serde(default = "organization_reach")]
    reach: Reach,
    #[serde(default)]
    everything: bool,
    #[serde(default)]
    public: bool,
    /// All permissions of all bot-level models.
    #[serde(default)]
    bot_all: bool,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwitchEntry {
    key: String,
    permissions: Vec<String>,
    #[serde(default)]
    requires: Vec<String>,
}

fn organization_reach() -> Reach {
    Reach::Organization
}

impl Preset {
    /// Reads a preset from its TOML text.
    ///
    /// # Errors
    /// What is wrong with the text: not TOML, an unknown model or action, a role named but not there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let roles: Vec<PresetRole> = file.roles.into_iter().map(role).collect::<Result<_, _>>()?;
        let named =
            [&file.default_invitation_role, &file.team_default_role, &file.former_owner_role, &file.founder_role];
        for name in named.into_iter().flatten() {
            if !roles.iter().any(|role| role.name == *name) {
                return Err(format!("there is no role `{name}`"));
            }
        }
        if file.owner == Ownership::None && file.founder_role.is_none() {
            return Err("without an owner there must be a founder_role".to_owned());
        }
        Ok(Self {
            key: file.key,
            owner: file.owner,
            bot_owner: file.bot_owner,
            manage_peers: file.manage_peers,
            reserved: in_order(&all(&file.reserved)?),
            default_invitation_role: file.default_invitation_role,
            team_default_role: file.team_default_role,
            former_owner_role: file.former_owner_role,
            founder_role: file.founder_role,
            roles,
            templates: file.templates.into_iter().map(role).collect::<Result<_, _>>()?,
            words: file.words,
            organization_switches: switches(file.organization_switches)?,
            bot_switches: switches(file.bot_switches)?,
        })
    }

    /// The preset of this key that ships with the program.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        Self::all().iter().find(|preset| preset.key == key)
    }

    /// All that ship with the program.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &ALL
    }
}

fn role(entry: RoleEntry) -> Result<PresetRole, String> {
    let mut permissions = all(&entry.permissions)?;
    if entry.bot_all {
        let of_bots = |permission: &Permission| {
            catalogue::find(permission.model.as_str()).is_some_and(|model| model.level == Level::Bot)
        };
        permissions.extend(catalogue::permissions().filter(of_bots));
    }
    for except in all(&entry.except)? {
        permissions.remove(&except);
    }
    let permissions = in_order(&permissions);
    Ok(PresetRole {
        name: entry.name,
        reach: entry.reach,
        everything: entry.everything,
        public: entry.public,
        permissions,
    })
}

fn switches(entries: Vec<SwitchEntry>) -> Result<Vec<Switch>, String> {
    let keys: BTreeSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    entries
        .into_iter()
        .map(|entry| {
            if let Some(unknown) = entry.requires.iter().find(|key| !keys.contains(*key)) {
                return Err(format!("there is no switch `{unknown}`"));
            }
            let permissions = in_order(&all(&entry.permissions)?);
            Ok(Switch { key: entry.key, permissions, requires: entry.requires })
        })
        .collect()
}

/// Permissions written as `Model CRUD` (or `Model all`).
fn all(texts: &[String]) -> Result<BTreeSet<Permission>, String> {
    let mut permissions = BTreeSet::new();
    for text in texts {
        let (key, letters) = text.split_once(' ').ok_or_else(|| format!("`{text}` is not `Model CRUD`"))?;
        let model = catalogue::find(key).ok_or_else(|| format!("there is no model `{key}`"))?;
        let actions: Vec<&str> = if letters == "all" {
            model.actions.to_vec()
        } else {
            letters
                .chars()
                .map(action)
                .collect::<Option<_>>()
                .ok_or_else(|| format!("`{letters}` is not of C R U D"))?
        };
        for action in actions {
            if !model.actions.contains(&action) {
                return Err(format!("`{action}` means nothing for `{key}`"));
            }
            permissions.insert(Permission::new(key, action).map_err(|error| error.to_string())?);
        }
    }
    Ok(permissions)
}

fn action(letter: char) -> Option<&'static str> {
    match letter {
        'C' => Some("create"),
        'R' => Some("read"),
        'U' => Some("update"),
        'D' => Some("delete"),
        _ => None,
    }
}

fn in_order(permissions: &BTreeSet<Permission>) -> Vec<Permission> {
    catalogue::permissions().filter(|permission| permissions.contains(permission)).collect()
}

/// The relation of everything that a preset gives.
pub const RELATION: Relation = Relation::Role;
