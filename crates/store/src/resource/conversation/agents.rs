//! Who answers conversations of a bot, and when.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::{BotId, Directory, Question, Scope, Subject, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::HeldConversations;
use crate::access::Access;
use crate::authorize::{Authorized, In, Read, Update};
use crate::error::Result;
use crate::facts::permission;
use crate::resource::{AbsentDays, Week, WeekInterval};
use crate::sql::query;

/// The most people that are given to choose from.
const MOST: usize = 1_000;

/// Somebody who may answer conversations of a bot now, with the times at which they can be reached.
#[derive(Clone, Debug)]
pub struct Answering {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The language they read.
    pub language: String,
    /// The time zone of their profile.
    pub time_zone: String,
    /// Their week for the bot.
    pub week: Week,
    /// Days away.
    pub away: Vec<AbsentDays>,
}

#[derive(FromRow)]
struct AnsweringRow {
    id: Uuid,
    name: String,
    email: String,
    language: String,
    time_zone: String,
    week_zone: Option<String>,
}

/// Whether the person may answer any conversation of the bot.
pub(crate) fn answers(directory: &Directory, bot: BotId, user: UserId, now: Timestamp) -> bool {
    let Ok(permission) = permission("Conversation", "update") else { return false };
    let question = Question { subject: Subject::User(user), permission, scope: Scope::Bot(bot), owner: None };
    directory.allows(&question, now)
}

impl Access {
    /// Whether the person may answer any conversation of the bot now.
    #[must_use]
    pub fn is_agent(&self, bot: BotId, user: UserId) -> bool {
        answers(&self.directory, bot, user, self.caller.now)
    }

    /// Who may answer conversations of the bot, by name: whom one can be given to. Whoever answers them knows who else does.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_agents(
        &mut self,
        within: &Authorized<In<HeldConversations>, Update>,
    ) -> Result<Vec<(UserId, String)>> {
        let directory = &self.directory;
        let team = directory.on_team(within.id);
        let people: BTreeSet<UserId> = directory.members(within.organization).chain(team).collect();
        let (now, update) = (self.caller.now, permission("Conversation", "update")?);
        let able = directory.who_can(&update, Scope::Bot(within.id), people, now);
        let mut query = query("SELECT id, name FROM account WHERE id IN (");
        query.push_binds(able.into_iter().take(MOST).map(|user| user.0)).push(") ORDER BY name_folded, id");
        let rows: Vec<(Uuid, String)> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
    }

    /// Who may answer the bot's conversations now and has set times for it, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_answering(&mut self, within: &Authorized<In<HeldConversations>, Read>) -> Result<Vec<Answering>> {
        let bot = within.id;
        let rows: Vec<AnsweringRow> = query(
            "SELECT a.id, a.name, a.email, a.language, a.time_zone, v.time_zone AS week_zone FROM availability v \
             JOIN account a ON a.id = v.account_id WHERE v.bot_id = $1 ORDER BY a.name_folded, a.id",
        )
        .bind(bot.0)
        .fetch_all(self.transaction())
        .await?;
        let mut weeks = self.weeks_of(bot).await?;
        let mut away = self.absences_of(bot).await?;
        let answering = rows.into_iter().filter(|row| self.is_agent(bot, UserId(row.id)));
        let answering = answering.map(|row| Answering {
            user: UserId(row.id),
            name: row.name,
            email: row.email,
            language: row.language,
            time_zone: row.time_zone,
            week: Week { time_zone: row.week_zone, intervals: weeks.remove(&row.id).unwrap_or_default() },
            away: away.remove(&row.id).unwrap_or_default(),
        });
        Ok(answering.collect())
    }

    async fn weeks_of(&mut self, bot: BotId) -> Result<BTreeMap<Uuid, Vec<WeekInterval>>> {
        let rows: Vec<(Uuid, i64, i64, i64)> = query(
            "SELECT account_id, day, from_minute, until_minute FROM availability_interval WHERE bot_id = $1 \
             ORDER BY account_id, day, from_minute",
        )
        .bind(bot.0)
        .fetch_all(self.transaction())
        .await?;
        let mut weeks: BTreeMap<Uuid, Vec<WeekInterval>> = BTreeMap::new();
        for (account, day, from, until) in rows {
            weeks.entry(account).or_default().push(WeekInterval { day, from, until });
        }
        Ok(weeks)
    }

    async fn absences_of(&mut self, bot: BotId) -> Result<BTreeMap<Uuid, Vec<AbsentDays>>> {
        let rows: Vec<(Uuid, String, String)> = query(
            "SELECT d.account_id, d.first_day, d.last_day FROM absence d JOIN availability v \
             ON v.account_id = d.account_id WHERE v.bot_id = $1 ORDER BY d.account_id, d.first_day",
        )
        .bind(bot.0)
        .fetch_all(self.transaction())
        .await?;
        let mut away: BTreeMap<Uuid, Vec<AbsentDays>> = BTreeMap::new();
        for (account, first, last) in rows {
            away.entry(account).or_default().push((first, last));
        }
        Ok(away)
    }

    /// What the bot's settings say about it, as they are stored; none: as usual.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_time_zone_of_bot(
        &mut self,
        within: &Authorized<In<HeldConversations>, Read>,
    ) -> Result<Option<String>> {
        let row: Option<(String,)> = query("SELECT settings FROM bot_setting WHERE bot_id = $1")
            .bind(within.id.0)
            .fetch_optional(self.transaction())
            .await?;
        let settings = row.and_then(|(settings,)| serde_json::from_str::<serde_json::Value>(&settings).ok());
        Ok(settings.and_then(|settings| settings.get("time_zone")?.as_str().map(str::to_owned)))
    }
}
