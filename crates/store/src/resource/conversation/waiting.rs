//! Conversations in which a person is waited for: who is told, and when.

use std::collections::BTreeSet;

use rolecall_access::{BotId, OrganizationId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::change::Change;
use crate::error::Result;
use crate::resource::Week;
use crate::resource::bot::find_bot;
use crate::sql::query;

/// The most that are looked at at once.
const MOST: i64 = 200;

/// A conversation in which a person is waited for.
#[derive(Clone, Debug)]
pub struct WaitingConversation {
    /// Its id.
    pub id: Uuid,
    /// Its number in the bot.
    pub number: i64,
    /// Its bot.
    pub bot: BotId,
    /// The bot's name.
    pub bot_name: String,
    /// The bot's name in links.
    pub bot_slug: String,
    /// Its organization's name in links.
    pub organization_slug: String,
    /// Since when.
    pub since: Timestamp,
    /// When the caller can be reached for the bot.
    pub week: Week,
}

#[derive(FromRow)]
struct WaitingRow {
    id: Uuid,
    number: i64,
    bot_id: Uuid,
    bot_name: String,
    bot_slug: String,
    organization_slug: String,
    waiting_since: i64,
}

/// Conversations of a bot in which a person is waited for, and of which nobody was told by mail.
#[derive(Clone, Debug)]
pub struct DueHandover {
    /// The bot.
    pub bot: BotId,
    /// Its name.
    pub bot_name: String,
    /// Its name in links.
    pub bot_slug: String,
    /// Its organization.
    pub organization: OrganizationId,
    /// The organization's name in links.
    pub organization_slug: String,
    /// The organization's preset, for its words.
    pub preset: String,
    /// The conversations, longest waiting first.
    pub conversations: Vec<(Uuid, i64)>,
}

#[derive(FromRow)]
struct DueRow {
    id: Uuid,
    number: i64,
    bot_id: Uuid,
    bot_name: String,
    bot_slug: String,
    organization_id: Uuid,
    organization_slug: String,
    preset: String,
}

impl Access {
    /// The conversations that wait for a person, of the bots for which the caller has set times and may answer now;
    /// longest waiting first.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_waiting(&mut self) -> Result<Vec<WaitingConversation>> {
        let user = self.own_id()?;
        let rows: Vec<WaitingRow> = query(
            "SELECT c.id, c.number, c.bot_id, b.name AS bot_name, b.slug AS bot_slug, o.slug AS organization_slug, \
             c.waiting_since FROM availability v JOIN conversation c ON c.bot_id = v.bot_id \
             JOIN bot b ON b.id = c.bot_id JOIN organization o ON o.id = b.organization_id \
             WHERE v.account_id = $1 AND c.status = 'waiting' AND c.waiting_since IS NOT NULL AND o.deleted_at IS NULL \
             ORDER BY c.waiting_since, c.id LIMIT $2",
        )
        .bind(user.0)
        .bind(MOST)
        .fetch_all(self.transaction())
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let weeks = self.own_weeks(user).await?;
        let bots: BTreeSet<Uuid> = rows.iter().map(|row| row.bot_id).collect();
        let mut allowed = BTreeSet::new();
        for id in bots {
            let bot = find_bot(self.transaction(), BotId(id)).await?;
            if bot.is_some_and(|bot| self.is_agent(bot.id, user) && self.may_answer(&bot)) {
                allowed.insert(id);
            }
        }
        let waiting = rows.into_iter().filter(|row| allowed.contains(&row.bot_id));
        let waiting = waiting.map(|row| WaitingConversation {
            id: row.id,
            number: row.number,
            bot: BotId(row.bot_id),
            bot_name: row.bot_name,
            bot_slug: row.bot_slug,
            organization_slug: row.organization_slug,
            since: Timestamp(row.waiting_since),
            week: weeks.get(&BotId(row.bot_id)).cloned().unwrap_or_default(),
        });
        Ok(waiting.collect())
    }

    /// The conversations that have waited for a person since before then, and of which nobody was told, by bot.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn list_due_handovers(&mut self, before: Timestamp) -> Result<Vec<DueHandover>> {
        self.require_operator()?;
        let rows: Vec<DueRow> = query(
            "SELECT c.id, c.number, c.bot_id, b.name AS bot_name, b.slug AS bot_slug, b.organization_id, \
             o.slug AS organization_slug, o.preset FROM conversation c JOIN bot b ON b.id = c.bot_id \
             JOIN organization o ON o.id = b.organization_id WHERE c.status = 'waiting' AND c.waiting_since <= $1 \
             AND (c.told_at IS NULL OR c.told_at < c.waiting_since) AND o.deleted_at IS NULL \
             ORDER BY c.waiting_since, c.id",
        )
        .bind(before.0)
        .fetch_all(self.transaction())
        .await?;
        let mut due: Vec<DueHandover> = Vec::new();
        for row in rows {
            let one = (row.id, row.number);
            match due.iter_mut().find(|known| known.bot.0 == row.bot_id) {
                Some(known) => known.conversations.push(one),
                None => due.push(DueHandover {
                    bot: BotId(row.bot_id),
                    bot_name: row.bot_name,
                    bot_slug: row.bot_slug,
                    organization: OrganizationId(row.organization_id),
                    organization_slug: row.organization_slug,
                    preset: row.preset,
                    conversations: vec![one],
                }),
            }
        }
        Ok(due)
    }
}

impl Change {
    /// Those of the conversations of which nobody was told yet: they count as told from here on, on every server.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but the operator.
    pub async fn take_due_handover(&mut self, due: &DueHandover) -> Result<Vec<(Uuid, i64)>> {
        self.require_operator()?;
        let now = self.caller().now.0;
        let mut taken = Vec::new();
        for (id, number) in &due.conversations {
            let changed = query(
                "UPDATE conversation SET told_at = $2 WHERE id = $1 AND status = 'waiting' \
                 AND (told_at IS NULL OR told_at < waiting_since)",
            )
            .bind(*id)
            .bind(now)
            .execute(self.transaction())
            .await?;
            if changed > 0 {
                taken.push((*id, *number));
            }
        }
        Ok(taken)
    }
}
