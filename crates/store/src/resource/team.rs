//! A bot's team: who is on it, with which roles and single permissions there.

mod read;
mod write;

pub use write::TeamAuthority;

use rolecall_access::{BotId, OrganizationId, Timestamp, UserId};

use crate::resource::bot::on_bot;
use crate::resource::{AssignedRole, NewAssignment, SinglePermission};

/// A person on a bot.
#[derive(Clone, Debug)]
pub struct TeamMember {
    /// The bot.
    pub bot: BotId,
    /// The person.
    pub user: UserId,
    /// Full name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// The organization they came through.
    pub through: OrganizationId,
    /// Its name.
    pub through_name: String,
    /// Whether they own the bot.
    pub owner: bool,
    /// Roles on this bot.
    pub roles: Vec<AssignedRole>,
    /// Single permissions on this bot.
    pub permissions: Vec<SinglePermission>,
    /// When the entry ends.
    pub expires_at: Option<Timestamp>,
    /// Why they were put on it.
    pub reason: String,
    /// Who put them on it.
    pub given_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

/// What somebody on a team is to have.
#[derive(Clone, Debug, Default)]
pub struct NewTeamEntry {
    /// Roles on the bot; none: the person's roles of reach *bots*, or the organization's default; empty: none.
    pub roles: Option<Vec<NewAssignment>>,
    /// Single permissions; none: as they are (for a new entry: none).
    pub permissions: Option<Vec<SinglePermission>>,
    /// When the entry ends.
    pub expires_at: Option<Timestamp>,
    /// Why; none: as it is.
    pub reason: Option<String>,
}

/// The resource `Team` (record: the bot). `update` changes who is on it and what they may do there; `create`
/// alone only puts people on it, `delete` alone only takes them off.
pub struct Teams;

on_bot!(Teams, "Team");
