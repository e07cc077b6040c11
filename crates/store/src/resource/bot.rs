//! Bots and their publication.

use rolecall_access::{BotId, Directory, OrganizationId, Scope, Timestamp, UserId};

use crate::Connection;
use crate::access::Access;
use crate::authorize::{Authorized, Child, Create, Delete, In, Place, Read, Resource, Update};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::Result;
use crate::resource::{List, Organizations, Page};
use crate::store::Store;

/// A bot.
#[derive(Clone, Debug)]
pub struct Bot {
    /// Its id.
    pub id: BotId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its name in links.
    pub slug: String,
    /// Its owner, where the policy has one.
    pub owner: Option<UserId>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// The live version, if published.
    pub published_version: Option<i64>,
    /// The last version made.
    pub latest_version: i64,
    /// When it was last published.
    pub published_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
    /// Its team's version (for If-Match).
    pub team_version: i64,
}

impl Bot {
    /// Who owns the record for relation `owner`: the owner, else the creator.
    #[must_use]
    pub fn record_owner(&self) -> Option<UserId> {
        self.owner.or(self.created_by)
    }
}

/// A bot to be made.
#[derive(Clone, Debug)]
pub struct NewBot {
    /// Its name.
    pub name: String,
}

/// The resource `Bot`.
pub struct Bots;
/// The resource `Publication` (record: the bot).
pub struct Publications;

pub(crate) async fn find_bot(_connection: &mut Connection, _id: BotId) -> Result<Option<Bot>> {
    todo!()
}

impl Resource for Bots {
    type Id = BotId;
    type Record = Bot;
    const MODEL: &'static str = "Bot";

    async fn find(connection: &mut Connection, id: BotId) -> Result<Option<Bot>> {
        find_bot(connection, id).await
    }

    fn place(record: &Bot) -> Place {
        Place { scope: Scope::Bot(record.id), owner: record.record_owner() }
    }
}

impl Child for Bots {
    type Parent = Organizations;
}

impl Resource for Publications {
    type Id = BotId;
    type Record = Bot;
    const MODEL: &'static str = "Publication";

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
    /// The organization's bots that the caller may read (for members without any: an empty list; not found for
    /// others); sorts: `name` (default), `created_at`, `updated_at`.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for who is no member.
    pub async fn list_bots(&mut self, _organization: OrganizationId, _list: &List) -> Result<Page<Bot>> {
        todo!()
    }

    /// The bot with this slug in the organization, if the caller may read it.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied).
    pub async fn find_bot_by_slug(
        &mut self,
        _organization: OrganizationId,
        _slug: &str,
    ) -> Result<Authorized<Bots, Read>> {
        todo!()
    }
}

impl Store {
    /// The bot, if it is published and the organization's `public` role (what anybody may do) has `Publication: read`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_public_bot(&self, _bot: BotId, _now: Timestamp) -> Result<Option<Bot>> {
        todo!()
    }
}

impl Change {
    /// Makes a bot; its creator is on its team, and owns it where the policy has owners.
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `name`.
    pub async fn create_bot(&mut self, _within: &Authorized<In<Bots>, Create>, _new: NewBot) -> Result<Bot> {
        todo!()
    }

    /// Renames it (its link stays).
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `name`; [`Stale`](crate::StoreError::Stale).
    pub async fn rename_bot(
        &mut self,
        _bot: &Authorized<Bots, Update>,
        _version: Option<i64>,
        _name: &str,
    ) -> Result<Bot> {
        todo!()
    }

    /// Deletes it with its team.
    ///
    /// # Errors
    /// [`Stale`](crate::StoreError::Stale).
    pub async fn delete_bot(&mut self, _bot: &Authorized<Bots, Delete>, _version: Option<i64>) -> Result<()> {
        todo!()
    }

    /// Makes a new version live.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn publish_bot(&mut self, _bot: &Authorized<Publications, Create>) -> Result<Bot> {
        todo!()
    }

    /// Takes it off the air (idempotent).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unpublish_bot(&mut self, _bot: &Authorized<Publications, Delete>) -> Result<Bot> {
        todo!()
    }
}
