//! Who owns a bot, where the policies say that each has an owner.

use rolecall_access::facts::MemberStatus;
use rolecall_access::{BotId, Directory, Ownership, Scope, Unit, UserId};
use serde_json::json;

use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Place, Resource, Update};
use crate::caller::Caller;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::bot::find_bot;
use crate::resource::organization::gone;
use crate::resource::{Bot, Bots};
use crate::sql::{Transaction, query};

/// The resource `BotOwner` (record: the bot).
pub struct BotOwners;

impl Resource for BotOwners {
    type Id = BotId;
    type Record = Bot;
    const MODEL: &'static str = "BotOwner";

    async fn find(transaction: &mut Transaction, id: BotId) -> Result<Option<Bot>> {
        find_bot(transaction, id).await
    }

    fn place(record: &Bot) -> Place {
        Place { scope: Scope::Bot(record.id), owner: record.owner }
    }

    fn readable(record: &Bot, directory: &Directory, caller: &Caller) -> bool {
        Bots::readable(record, directory, caller)
    }
}

impl Change {
    /// Names another owner, an active member of the bot's own organization; on its team from now on without end. The
    /// former one stays on the team with what they were given there.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown) `user_id` if they are no such member; [`WrongState`](StoreError::WrongState) if
    /// bots have no owners here, or they own it already; [`Refused`](StoreError::Refused).
    pub async fn set_bot_owner(&mut self, bot: &Authorized<BotOwners, Update>, to: UserId) -> Result<Bot> {
        self.lock(bot.organization).await?;
        let directory = self.directory().clone();
        let policies = directory.organization(bot.organization).map(|facts| facts.policies.clone()).unwrap_or_default();
        if policies.bot_owner != Ownership::One {
            return Err(StoreError::WrongState("bots have no owners in this organization"));
        }
        if directory.member_status(bot.organization, to) != Some(MemberStatus::Active) {
            return Err(StoreError::Unknown("user_id"));
        }
        if bot.owner == Some(to) {
            return Err(StoreError::WrongState("they own it already"));
        }
        match directory.entry(bot.id, to) {
            None => self.put_on_team(bot.id, (bot.organization, to), &[]).await?,
            Some(entry) if entry.through != bot.organization => return Err(StoreError::Unknown("user_id")),
            Some(_) => {
                query("UPDATE team_entry SET expires_at = NULL WHERE bot_id = $1 AND account_id = $2")
                    .bind(bot.id.0)
                    .bind(to.0)
                    .execute(self.transaction())
                    .await?;
            }
        }
        let now = self.caller().now.0;
        query(
            "UPDATE bot SET owner_id = $2, updated_at = $3, version = version + 1, team_version = team_version + 1 \
             WHERE id = $1",
        )
        .bind(bot.id.0)
        .bind(to.0)
        .bind(now)
        .execute(self.transaction())
        .await?;
        self.touch(Unit::Bot(bot.id));
        let after = find_bot(self.transaction(), bot.id).await?.ok_or_else(gone)?;
        let entry = AuditEntry::done(bot.organization, "update", "BotOwner", bot.id.0, &bot.name);
        self.audit(entry.changed(json!({ "owner": bot.owner_name }), json!({ "owner": after.owner_name })));
        Ok(after)
    }
}
