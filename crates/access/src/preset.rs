//! The presets: data files in `presets/`, loaded by the same code. A fifth needs no program change.

use crate::permission::{Permission, Reach, Relation};
use crate::policy::Ownership;

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
    /// What it gives.
    pub permissions: Vec<(Permission, Relation)>,
}

/// The words a preset has for things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One bot ("bot", "project").
    pub bot: String,
    /// Several.
    pub bots: String,
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

impl Preset {
    /// Reads a preset from its TOML text.
    ///
    /// # Errors
    /// What is wrong with the text: not TOML, an unknown model or action, a role named but not there.
    pub fn parse(_text: &str) -> Result<Self, String> {
        todo!()
    }

    /// The preset of this key that ships with the program.
    #[must_use]
    pub fn find(_key: &str) -> Option<&'static Self> {
        todo!()
    }

    /// All that ship with the program.
    #[must_use]
    pub fn all() -> &'static [Self] {
        todo!()
    }
}
