//! When people can be reached for the conversations of bots (P-16): weeks, bot by bot, and days away. A person's own; what
//! is kept counts while they may answer conversations of the bot.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::{BotId, OrganizationId, Scope, Subject, UserId};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Resource, Update, allows, lacks_second_factor};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::facts::permission;
use crate::resource::bot::find_bot;
use crate::resource::{Bot, Conversations};
use crate::sql::query;

/// A time of each week, in minutes of the day as clocks show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeekInterval {
    /// 1 is Monday, 7 Sunday.
    pub day: i64,
    /// Its first minute.
    pub from: i64,
    /// The minute after its last, 1440 at most.
    pub until: i64,
}

/// When somebody can be reached for a bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week {
    /// The IANA time zone of the clocks; none: the account's.
    pub time_zone: Option<String>,
    /// In the week's order.
    pub intervals: Vec<WeekInterval>,
}

/// A bot of which the caller may answer conversations, with their week.
#[derive(Clone, Debug)]
pub struct AnsweredBot {
    /// The bot.
    pub bot: Bot,
    /// The name of its organization.
    pub organization_name: String,
    /// When they can be reached for it.
    pub week: Week,
}

/// Days away: the first and the last (`2026-12-24`).
pub type AbsentDays = (String, String);

#[derive(FromRow)]
struct IntervalRow {
    bot_id: Uuid,
    day: i64,
    from_minute: i64,
    until_minute: i64,
}

impl Access {
    /// The bots of which the caller may answer conversations, with their weeks; by the organization's name, then the bot's.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_answered_bots(&mut self) -> Result<Vec<AnsweredBot>> {
        let user = self.own_id()?;
        let directory = std::sync::Arc::clone(&self.directory);
        let answer = permission(Conversations::MODEL, "update")?;
        // With `owner` alone it hangs on the record: those of the person's teams are all looked at.
        let mut candidates: BTreeSet<BotId> = directory.bots_of(user).map(|bot| bot.id).collect();
        for organization in directory.organizations_of(user) {
            candidates.extend(directory.bots_where(Subject::User(user), &answer, organization, self.caller.now));
        }
        let mut weeks = self.own_weeks(user).await?;
        let mut answered = Vec::new();
        for id in candidates {
            let Some(bot) = find_bot(self.transaction(), id).await? else { continue };
            if self.may_answer(&bot) {
                let organization_name = self.organization_name(bot.organization).await?;
                let week = weeks.remove(&id).unwrap_or_default();
                answered.push(AnsweredBot { bot, organization_name, week });
            }
        }
        answered.sort_by(|one, other| {
            (&one.organization_name, &one.bot.name).cmp(&(&other.organization_name, &other.bot.name))
        });
        Ok(answered)
    }

    pub(super) fn may_answer(&self, bot: &Bot) -> bool {
        allows(&self.directory, &self.caller, Conversations::MODEL, "update", Conversations::place(bot))
            && !lacks_second_factor(&self.directory, &self.caller, Scope::Bot(bot.id))
    }

    async fn organization_name(&mut self, id: OrganizationId) -> Result<String> {
        let (name,): (String,) =
            query("SELECT name FROM organization WHERE id = $1").bind(id.0).fetch_one(self.transaction()).await?;
        Ok(name)
    }

    pub(super) async fn own_weeks(&mut self, user: UserId) -> Result<BTreeMap<BotId, Week>> {
        let rows: Vec<(Uuid, Option<String>)> =
            query("SELECT bot_id, time_zone FROM availability WHERE account_id = $1")
                .bind(user.0)
                .fetch_all(self.transaction())
                .await?;
        let week = |time_zone| Week { time_zone, intervals: Vec::new() };
        let mut weeks: BTreeMap<BotId, Week> = rows.into_iter().map(|(bot, zone)| (BotId(bot), week(zone))).collect();
        let rows: Vec<IntervalRow> = query(
            "SELECT bot_id, day, from_minute, until_minute FROM availability_interval WHERE account_id = $1 \
             ORDER BY day, from_minute",
        )
        .bind(user.0)
        .fetch_all(self.transaction())
        .await?;
        for IntervalRow { bot_id, day, from_minute, until_minute } in rows {
            let week = weeks.entry(BotId(bot_id)).or_default();
            week.intervals.push(WeekInterval { day, from: from_minute, until: until_minute });
        }
        Ok(weeks)
    }

    /// The days that the caller is away, in their order.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_own_absences(&mut self) -> Result<Vec<AbsentDays>> {
        let user = self.own_id()?;
        Ok(query("SELECT first_day, last_day FROM absence WHERE account_id = $1 ORDER BY first_day")
            .bind(user.0)
            .fetch_all(self.transaction())
            .await?)
    }
}

impl Change {
    /// Sets the caller's week for the bot, the whole of it.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn set_own_week(&mut self, bot: &Authorized<Conversations, Update>, week: &Week) -> Result<()> {
        let user = self.own_id()?;
        let through = self.way_to(bot, user)?;
        query("DELETE FROM availability WHERE account_id = $1 AND bot_id = $2")
            .bind(user.0)
            .bind(bot.id.0)
            .execute(self.transaction())
            .await?;
        query("INSERT INTO availability (account_id, bot_id, organization_id, time_zone) VALUES ($1, $2, $3, $4)")
            .bind(user.0)
            .bind(bot.id.0)
            .bind(through.0)
            .bind(&week.time_zone)
            .execute(self.transaction())
            .await?;
        for interval in &week.intervals {
            query(
                "INSERT INTO availability_interval (account_id, bot_id, day, from_minute, until_minute) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(user.0)
            .bind(bot.id.0)
            .bind(interval.day)
            .bind(interval.from)
            .bind(interval.until)
            .execute(self.transaction())
            .await?;
        }
        let entry = AuditEntry::done(bot.organization, "set_availability", "Conversation", bot.id.0, &bot.name);
        self.audit(entry.with(json!({ "intervals": week.intervals.len() })));
        Ok(())
    }

    /// The organization through which the person reaches the bot: its own, or a partner's.
    fn way_to(&self, bot: &Bot, user: UserId) -> Result<OrganizationId> {
        let directory = self.directory();
        if directory.is_member(bot.organization, user) {
            return Ok(bot.organization);
        }
        let entry = directory.entry(bot.id, user);
        entry.map(|entry| entry.through).ok_or_else(|| StoreError::Damaged("nothing leads to the bot".to_owned()))
    }

    /// Sets the days that the caller is away, all of them.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn set_own_absences(&mut self, absences: &[AbsentDays]) -> Result<()> {
        let account = self.own_account().await?;
        query("DELETE FROM absence WHERE account_id = $1").bind(account.id.0).execute(self.transaction()).await?;
        for (first, last) in absences {
            query("INSERT INTO absence (account_id, first_day, last_day) VALUES ($1, $2, $3)")
                .bind(account.id.0)
                .bind(first)
                .bind(last)
                .execute(self.transaction())
                .await?;
        }
        self.audit_account(&account, "set_absences", None);
        Ok(())
    }
}
