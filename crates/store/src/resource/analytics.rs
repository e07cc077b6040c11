//! Figures of a bot's use: conversations and messages counted by day, version or language, how its replies came out and
//! how long they took, what was understood, and what was not.
//!
//! A conversation counts when it began, a message when it was said. Nothing is kept: each question counts anew, over the
//! conversations of the period alone (the index `conversation_last`).

use std::collections::BTreeMap;

use rolecall_access::Timestamp;
use serde_json::json;
use sqlx::FromRow;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, In, Read};
use crate::change::Change;
use crate::error::Result;
use crate::paging::narrow;
use crate::resource::HeldConversations;
use crate::resource::bot::on_bot;
use crate::sql::{Query, query};

/// The resource `Analytics` (record: the bot).
pub struct Analytics;

on_bot!(Analytics, "Analytics");

/// Which conversations and messages are counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Not before.
    pub from: Timestamp,
    /// Before.
    pub until: Timestamp,
    /// At this channel.
    pub channel: Option<String>,
}

/// From an instant on, local time is so much later than UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The instant.
    pub from: Timestamp,
    /// In microseconds.
    pub by: i64,
}

/// What the figures are of.
#[derive(Clone, Debug)]
pub enum Slices {
    /// All together.
    Whole,
    /// Each local day, named by its number since 1970; the first shift holds before it, too.
    Day(Vec<Shift>),
    /// Each version of the bot, named by its number.
    Version,
    /// Each language of a conversation.
    Language,
}

/// What was counted in a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Conversations that began.
    pub conversations: i64,
    /// What visitors, the bot and people said.
    pub messages: i64,
    /// Turns to which the bot had an answer.
    pub answered: i64,
    /// Turns to which it had none.
    pub fallback: i64,
    /// Turns in which a person was asked for.
    pub handover: i64,
    /// Half of the replies took no longer, in microseconds.
    pub median: Option<i64>,
    /// 95 of 100 took no longer.
    pub slow: Option<i64>,
}

/// A sentence that the bot had no answer to.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// The sentence.
    pub text: String,
    /// How often it was said.
    pub count: i64,
    /// When last.
    pub last_at: Timestamp,
}

const DAY: i64 = 86_400_000_000;
/// The most rows of a list.
const MOST: i64 = 100;

impl Slices {
    /// The name of the slice that a row is in, by this column of time.
    fn name(&self, time: &str) -> String {
        match self {
            Self::Whole => "''".to_owned(),
            Self::Version => "CAST(c.bot_version AS TEXT)".to_owned(),
            Self::Language => "c.language".to_owned(),
            Self::Day(shifts) => {
                // Numbers alone, made here: no text of anybody's.
                let mut moved = String::from("CASE");
                for pair in shifts.windows(2) {
                    if let [one, next] = pair {
                        moved.push_str(&format!(" WHEN {time} < {} THEN {}", next.from.0, one.by));
                    }
                }
                let last = shifts.last().map_or(0, |shift| shift.by);
                // A CASE needs a WHEN.
                moved.push_str(&format!(" WHEN {time} IS NULL THEN 0 ELSE {last} END"));
                format!("CAST((({time}) + ({moved})) / {DAY} AS TEXT)")
            }
        }
    }
}

/// ` FROM … WHERE …`: the bot's messages of the period.
fn push_messages(query: &mut Query, of: &Authorized<Analytics, Read>, counted: &Counted) {
    query.push(" FROM conversation c JOIN message m ON m.conversation_id = c.id WHERE c.bot_id = ").push_bind(of.id.0);
    push_period(query, counted);
}

fn push_period(query: &mut Query, counted: &Counted) {
    query.push(" AND c.last_at >= ").push_bind(counted.from.0);
    query.push(" AND c.created_at < ").push_bind(counted.until.0);
    query.push(" AND m.created_at >= ").push_bind(counted.from.0);
    query.push(" AND m.created_at < ").push_bind(counted.until.0);
    push_channel(query, counted);
}

fn push_channel(query: &mut Query, counted: &Counted) {
    if let Some(channel) = &counted.channel {
        query.push(" AND c.channel = ").push_bind(channel);
    }
}

#[derive(FromRow)]
struct MessagesRow {
    slice: String,
    messages: i64,
    answered: i64,
    fallback: i64,
    handover: i64,
}

impl Access {
    /// What was counted, by the names of the slices; a slice in which nothing was is not there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_use(
        &mut self,
        of: &Authorized<Analytics, Read>,
        counted: &Counted,
        slices: &Slices,
    ) -> Result<BTreeMap<String, Figures>> {
        let mut found: BTreeMap<String, Figures> = BTreeMap::new();
        let mut begun = query(format!("SELECT {} AS slice, COUNT(*) FROM conversation c", slices.name("c.created_at")));
        begun.push(" WHERE c.bot_id = ").push_bind(of.id.0).push(" AND c.last_at >= ").push_bind(counted.from.0);
        begun.push(" AND c.created_at >= ").push_bind(counted.from.0);
        begun.push(" AND c.created_at < ").push_bind(counted.until.0);
        push_channel(&mut begun, counted);
        begun.push(" GROUP BY 1");
        let rows: Vec<(String, i64)> = begun.fetch_all(self.transaction()).await?;
        for (slice, conversations) in rows {
            found.entry(slice).or_default().conversations = conversations;
        }
        for row in self.count_messages(of, counted, slices).await? {
            let figures = found.entry(row.slice).or_default();
            figures.messages = row.messages;
            (figures.answered, figures.fallback, figures.handover) = (row.answered, row.fallback, row.handover);
        }
        for (slice, median, slow) in self.measure_replies(of, counted, slices).await? {
            let figures = found.entry(slice).or_default();
            (figures.median, figures.slow) = (median, slow);
        }
        Ok(found)
    }

    async fn count_messages(
        &mut self,
        of: &Authorized<Analytics, Read>,
        counted: &Counted,
        slices: &Slices,
    ) -> Result<Vec<MessagesRow>> {
        let mut query = query(format!("SELECT {} AS slice, ", slices.name("m.created_at")));
        query.push("COUNT(CASE WHEN m.sender <> 'note' THEN 1 END) AS messages");
        // Who asks for a person by a button says nothing: a line tells of it.
        for outcome in ["answered", "fallback", "handover"] {
            query.push(format_args!(
                ", COUNT(CASE WHEN m.outcome = '{outcome}' AND m.sender IN ('bot', 'note') THEN 1 END) AS {outcome}"
            ));
        }
        push_messages(&mut query, of, counted);
        query.push(" GROUP BY 1");
        Ok(query.fetch_all(self.transaction()).await?)
    }

    /// How long replies took: those at half and at 95 of 100 of each slice's, the quickest first.
    async fn measure_replies(
        &mut self,
        of: &Authorized<Analytics, Read>,
        counted: &Counted,
        slices: &Slices,
    ) -> Result<Vec<(String, Option<i64>, Option<i64>)>> {
        let mut query = query(
            "SELECT slice, MIN(CASE WHEN place >= (among + 1) / 2 THEN took END), \
             MIN(CASE WHEN place >= (among * 95 + 99) / 100 THEN took END) FROM (SELECT slice, took, \
             ROW_NUMBER() OVER (PARTITION BY slice ORDER BY took) AS place, COUNT(*) OVER (PARTITION BY slice) AS among \
             FROM (SELECT ",
        );
        query.push(slices.name("m.created_at")).push(" AS slice, m.took AS took");
        push_messages(&mut query, of, counted);
        query.push(" AND m.took IS NOT NULL AND m.sender = 'bot') timed) placed GROUP BY slice");
        Ok(query.fetch_all(self.transaction()).await?)
    }

    /// The intents that were understood, with how often; the most frequent first, 100 at most.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_understood(
        &mut self,
        of: &Authorized<Analytics, Read>,
        counted: &Counted,
    ) -> Result<Vec<(String, i64)>> {
        let mut query = query("SELECT m.intent, COUNT(*) AS times");
        push_messages(&mut query, of, counted);
        query.push(" AND m.sender = 'bot' AND m.intent <> '' GROUP BY m.intent ORDER BY times DESC, m.intent LIMIT ");
        query.push_bind(MOST);
        Ok(query.fetch_all(self.transaction()).await?)
    }

    /// What visitors said that the bot had no answer to, whatever the case, in the conversations that the caller reads; the
    /// most frequent first, 100 at most.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_unanswered(
        &mut self,
        within: &Authorized<In<HeldConversations>, Read>,
        counted: &Counted,
    ) -> Result<Vec<Unanswered>> {
        let mut query = query(
            "SELECT MIN(v.text), COUNT(*) AS times, MAX(v.created_at) AS last_said FROM conversation c \
             JOIN message m ON m.conversation_id = c.id JOIN message v ON v.conversation_id = c.id AND v.number = \
             (SELECT MAX(p.number) FROM message p WHERE p.conversation_id = c.id AND p.number < m.number \
             AND p.sender = 'visitor') WHERE m.sender = 'bot' AND m.outcome = 'fallback' AND c.bot_id = ",
        );
        query.push_bind(within.id.0);
        push_period(&mut query, counted);
        narrow(&mut query, within.extent(), "c.assigned_to");
        query.push(" GROUP BY v.text_folded ORDER BY times DESC, last_said DESC, v.text_folded LIMIT ").push_bind(MOST);
        let rows: Vec<(String, i64, i64)> = query.fetch_all(self.transaction()).await?;
        let made = |(text, count, last_at)| Unanswered { text, count, last_at: Timestamp(last_at) };
        Ok(rows.into_iter().map(made).collect())
    }

    /// The channels at which the bot's conversations are held, 50 at most.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_counted_channels(&mut self, of: &Authorized<Analytics, Read>) -> Result<Vec<String>> {
        let text = "SELECT DISTINCT channel FROM conversation WHERE bot_id = $1 ORDER BY channel LIMIT 50";
        let rows: Vec<(String,)> = query(text).bind(of.id.0).fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|(channel,)| channel).collect())
    }

    /// The time zone that the bot's settings name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_counting_zone(&mut self, of: &Authorized<Analytics, Read>) -> Result<Option<String>> {
        let text = "SELECT settings FROM bot_setting WHERE bot_id = $1";
        let row: Option<(String,)> = query(text).bind(of.id.0).fetch_optional(self.transaction()).await?;
        let settings = row.and_then(|(settings,)| serde_json::from_str::<serde_json::Value>(&settings).ok());
        Ok(settings.and_then(|settings| settings.get("time_zone")?.as_str().map(str::to_owned)))
    }
}

impl Change {
    /// Notes that a table of the figures was taken out.
    pub fn tell_analytics_export(&mut self, of: &Authorized<Analytics, Read>, table: &str, days: (&str, &str)) {
        let entry = AuditEntry::done(of.organization, "export", "Analytics", of.id.0, of.name.clone());
        self.audit(entry.with(json!({ "table": table, "from": days.0, "until": days.1 })));
    }
}
