//! A bot's team: who is on it, with which roles and single permissions there.

use rolecall_access::{BotId, Directory, OrganizationId, Timestamp, UserId};

use crate::Connection;
use crate::access::Access;
use crate::authorize::{Authorized, Place, Read, Resource};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::Result;
use crate::resource::bot::find_bot;
use crate::resource::{AssignedRole, Bot, Bots, NewAssignment, SinglePermission};

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
    /// Why.
    pub reason: String,
}

/// The resource `Team` (record: the bot). `update` changes who is on it and what they may do there; `create`
/// alone only puts people on it, `delete` alone only takes them off.
pub struct Teams;

impl Resource for Teams {
    type Id = BotId;
    type Record = Bot;
    const MODEL: &'static str = "Team";

    async fn find(connection: &mut Connection, id: BotId) -> Result<Option<Bot>> {
        find_bot(connection, id).await
    }

    fn place(record: &Bot) -> Place {
        Bots::place(record)
    }

    fn readable(record: &Bot, directory: &Directory, caller: &Caller) -> bool {
        Bots::readable(record, directory, caller)
    }
}

impl Access {
    /// Who is on the bot, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_team(&mut self, _of: &Authorized<Teams, Read>) -> Result<Vec<TeamMember>> {
        todo!()
    }

    /// One of them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_team_member(
        &mut self,
        _of: &Authorized<Teams, Read>,
        _user: UserId,
    ) -> Result<Option<TeamMember>> {
        todo!()
    }

    /// The names of the organization's active members who are not on the bot, by name, at most `limit`, for
    /// whoever may put people on it.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) if the caller may neither update the team nor put people on it.
    pub async fn team_candidates(
        &mut self,
        _bot: BotId,
        _q: Option<&str>,
        _limit: u32,
    ) -> Result<Vec<(UserId, String)>> {
        todo!()
    }
}

impl Change {
    /// Puts the person on the bot's team or changes their entry. Needs `Team: update`, or `create` for somebody new.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied); [`Unknown`](crate::StoreError::Unknown) `user_id`, `role_ids`;
    /// [`Stale`](crate::StoreError::Stale) (the team's version).
    pub async fn set_team_entry(
        &mut self,
        _bot: BotId,
        _user: UserId,
        _version: Option<i64>,
        _entry: NewTeamEntry,
    ) -> Result<TeamMember> {
        todo!()
    }

    /// Takes the person off. Needs `Team: update` or `delete` (oneself: free).
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) (not found if not on it); [`Stale`](crate::StoreError::Stale).
    pub async fn remove_team_entry(&mut self, _bot: BotId, _user: UserId, _version: Option<i64>) -> Result<()> {
        todo!()
    }

    /// Sets who is on the team at once: puts the new ones on it with their default roles, takes off those not named.
    ///
    /// # Errors
    /// As for the single ones.
    pub async fn set_team(&mut self, _bot: BotId, _version: Option<i64>, _users: &[UserId]) -> Result<Bot> {
        todo!()
    }
}
