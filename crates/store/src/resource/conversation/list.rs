//! Lists of conversations and of what is said in them.

use std::collections::BTreeMap;

use rolecall_access::{Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Conversation, ConversationRow, ConversationStatus, FROM, HeldConversations, SELECT};
use crate::access::Access;
use crate::authorize::{Authorized, In, Read};
use crate::error::Result;
use crate::paging::{Key, Order, narrow, pattern};
use crate::resource::{List, Page};
use crate::sql::{Query, Transaction, query};

/// To whom conversations are assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigned {
    /// To nobody.
    Nobody,
    /// To this person.
    To(UserId),
}

/// Which conversations.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    /// In this status.
    pub status: Option<ConversationStatus>,
    /// Assigned so.
    pub assigned: Option<Assigned>,
    /// At this channel.
    pub channel: Option<String>,
    /// In which something was last said not before.
    pub from: Option<Timestamp>,
    /// And before.
    pub until: Option<Timestamp>,
}

/// Something said in a conversation, or a line about what happened.
#[derive(Clone, Debug)]
pub struct ConversationMessage {
    /// Its place in the conversation.
    pub number: i64,
    /// `visitor`, `bot`, `agent` or `note`.
    pub sender: String,
    /// The person of the team who said it.
    pub account: Option<UserId>,
    /// The name under which it was said.
    pub sender_name: String,
    /// What.
    pub text: String,
    /// Answers that were offered.
    pub choices: Vec<String>,
    /// The intent that was understood; empty: none.
    pub intent: String,
    /// `answered`, `fallback`, `handover` or empty.
    pub outcome: String,
    /// Why the bot said so.
    pub why: serde_json::Value,
    /// When.
    pub created_at: Timestamp,
    /// At channels to which it is sent: `waiting`, why it did not arrive (`window`, `refused`, `failed`), or empty.
    pub delivery: String,
}

#[derive(FromRow)]
struct MessageRow {
    number: i64,
    sender: String,
    account_id: Option<Uuid>,
    sender_name: String,
    text: String,
    choices: String,
    intent: String,
    outcome: String,
    why: String,
    created_at: i64,
    delivery: String,
}

impl From<MessageRow> for ConversationMessage {
    fn from(row: MessageRow) -> Self {
        Self {
            number: row.number,
            sender: row.sender,
            account: row.account_id.map(UserId),
            sender_name: row.sender_name,
            text: row.text,
            choices: serde_json::from_str(&row.choices).unwrap_or_default(),
            intent: row.intent,
            outcome: row.outcome,
            why: serde_json::from_str(&row.why).unwrap_or_default(),
            created_at: Timestamp(row.created_at),
            delivery: row.delivery,
        }
    }
}

const MESSAGE: &str = "SELECT m.number, m.sender, m.account_id, m.sender_name, m.text, m.choices, m.intent, m.outcome, \
    m.why, m.created_at, CASE WHEN u.reason IS NOT NULL THEN u.reason WHEN c.peer <> '' AND m.sender <> 'visitor' \
    AND m.number > c.delivered THEN 'waiting' ELSE '' END AS delivery FROM message m \
    JOIN conversation c ON c.id = m.conversation_id LEFT JOIN undelivered u \
    ON u.conversation_id = m.conversation_id AND u.number = m.number WHERE m.conversation_id = ";

/// The message that its sender calls so.
pub(super) async fn find_sent(
    transaction: &mut Transaction,
    conversation: Uuid,
    client_id: &str,
) -> Result<Option<ConversationMessage>> {
    let mut query = query(MESSAGE);
    query.push_bind(conversation).push(" AND m.client_id = ").push_bind(client_id);
    let row: Option<MessageRow> = query.fetch_optional(transaction).await?;
    Ok(row.map(ConversationMessage::from))
}

impl Access {
    /// The bot's conversations that the caller reads; sorts: `last_at` (default: descending), `created_at`, `number`; `q`
    /// looks into what was said and the visitor's contact, as they are: whoever may not see contacts must be shown none
    /// of this that is found by what they may not see.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_conversations(
        &mut self,
        within: &Authorized<In<HeldConversations>, Read>,
        list: &List,
        filter: &ConversationFilter,
    ) -> Result<Page<Conversation>> {
        let sorts = [
            ("last_at", "c.last_at", Key::Number),
            ("created_at", "c.created_at", Key::Number),
            ("number", "c.number", Key::Number),
        ];
        let order = Order::of(list, &sorts, "-last_at", "c.id")?;
        let mut query = query(format!("{SELECT}, {} AS sort_key, c.id AS page_id{FROM}", order.column()));
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "c.assigned_to");
        filter.push(&mut query);
        if let Some(pattern) = list.q.as_deref().and_then(pattern) {
            query.push(" AND (c.contact_folded LIKE ").push_bind(pattern.clone()).push(" ESCAPE '\\' OR ");
            if let Some(number) = list.q.as_deref().and_then(number) {
                query.push("c.number = ").push_bind(number).push(" OR ");
            }
            query.push("EXISTS (SELECT 1 FROM message s WHERE s.conversation_id = c.id AND s.text_folded LIKE ");
            query.push_bind(pattern).push(" ESCAPE '\\'))");
        }
        Ok(order.fetch::<ConversationRow>(self.transaction(), query).await?.map(Conversation::from))
    }

    /// What was said in these conversations that contains the text.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_said(
        &mut self,
        within: &Authorized<In<HeldConversations>, Read>,
        conversations: &[Uuid],
        q: &str,
    ) -> Result<BTreeMap<Uuid, Vec<String>>> {
        let Some(pattern) = pattern(q) else { return Ok(BTreeMap::new()) };
        let mut query = query(
            "SELECT m.conversation_id, m.text FROM message m JOIN conversation c ON c.id = m.conversation_id \
             WHERE c.bot_id = ",
        );
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "c.assigned_to");
        query.push(" AND c.id IN (").push_binds(conversations.iter().copied()).push(") AND m.text_folded LIKE ");
        query.push_bind(pattern).push(" ESCAPE '\\'");
        let rows: Vec<(Uuid, String)> = query.fetch_all(self.transaction()).await?;
        let mut said: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for (conversation, text) in rows {
            said.entry(conversation).or_default().push(text);
        }
        Ok(said)
    }

    /// What was said in the conversation, in its order: at most `limit`, the last of those before `before`, or of all.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_conversation_messages(
        &mut self,
        of: &Authorized<HeldConversations, Read>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ConversationMessage>> {
        let mut query = query(MESSAGE);
        query.push_bind(of.conversation.id);
        if let Some(before) = before {
            query.push(" AND m.number < ").push_bind(before);
        }
        query.push(" ORDER BY m.number DESC LIMIT ").push_bind(i64::from(limit));
        let rows: Vec<MessageRow> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().rev().map(ConversationMessage::from).collect())
    }

    /// The channels at which the bot's conversations are held.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_conversation_channels(
        &mut self,
        within: &Authorized<In<HeldConversations>, Read>,
    ) -> Result<Vec<String>> {
        let mut query = query("SELECT DISTINCT c.channel FROM conversation c WHERE c.bot_id = ");
        query.push_bind(within.id.0);
        narrow(&mut query, within.extent(), "c.assigned_to");
        query.push(" ORDER BY c.channel LIMIT 50");
        let rows: Vec<(String,)> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|(channel,)| channel).collect())
    }

    /// The other conversations of the bot that are the same person's, as far as can be told and the caller reads them: of
    /// the same sender at the channel, or with the same e-mail address.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_same_person(&mut self, of: &Authorized<HeldConversations, Read>) -> Result<Vec<(Uuid, i64)>> {
        let mut query = query(
            "SELECT c.id, c.number FROM conversation c JOIN conversation o ON o.bot_id = c.bot_id AND o.id <> c.id \
             AND ((o.peer <> '' AND o.peer = c.peer AND o.channel = c.channel) \
             OR (o.contact_email <> '' AND LOWER(o.contact_email) = LOWER(c.contact_email))) WHERE o.id = ",
        );
        query.push_bind(of.conversation.id);
        narrow(&mut query, of.extent(), "c.assigned_to");
        query.push(" ORDER BY c.number LIMIT 1000");
        Ok(query.fetch_all(self.transaction()).await?)
    }

    /// When anything was last said in the bot's conversations, or one changed hands.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn conversation_pulse(&mut self, within: &Authorized<In<HeldConversations>, Read>) -> Result<i64> {
        let text = "SELECT COALESCE(MAX(last_at), 0) FROM conversation WHERE bot_id = $1";
        let (last,): (i64,) = query(text).bind(within.id.0).fetch_one(self.transaction()).await?;
        Ok(last)
    }
}

/// The number that `12` and `#12` name.
fn number(q: &str) -> Option<i64> {
    let q = q.trim();
    q.strip_prefix('#').unwrap_or(q).parse().ok()
}

impl ConversationFilter {
    fn push(&self, query: &mut Query) {
        if let Some(status) = self.status {
            query.push(" AND c.status = ").push_bind(status.as_str());
        }
        match self.assigned {
            None => {}
            Some(Assigned::Nobody) => {
                query.push(" AND c.assigned_to IS NULL");
            }
            Some(Assigned::To(user)) => {
                query.push(" AND c.assigned_to = ").push_bind(user.0);
            }
        }
        if let Some(channel) = &self.channel {
            query.push(" AND c.channel = ").push_bind(channel);
        }
        if let Some(from) = self.from {
            query.push(" AND c.last_at >= ").push_bind(from.0);
        }
        if let Some(until) = self.until {
            query.push(" AND c.last_at < ").push_bind(until.0);
        }
    }
}
