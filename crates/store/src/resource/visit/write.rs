//! Writing what visitors and bots say: many conversations in one commit.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_access::Timestamp;
use uuid::Uuid;

use super::{Status, Visit, tell};
use crate::authorize::Admitted;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::unmatched::key;
use crate::sql::{Transaction, query};
use crate::store::Store;

/// What is to be written of one conversation.
#[derive(Clone, Debug)]
pub struct VisitWrite {
    /// The leave of whoever goes on with it.
    pub admitted: Admitted,
    /// The conversation as it shall be; its number of messages and version as they were.
    pub visit: Visit,
    /// How it was when the reply was made; none: it begins now.
    pub expected: Option<Expected>,
    /// For one that begins: the hash of its visitor's token.
    pub token_hash: Option<[u8; 32]>,
    /// For one that begins: who it is at the channel; empty: whoever has the token.
    pub peer: String,
    /// For one that begins: the page that it began on.
    pub page: String,
    /// What is said, in order.
    pub said: Vec<NewSaid>,
    /// When.
    pub now: Timestamp,
}

/// A conversation as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its version.
    pub version: i64,
    /// The number of its last message.
    pub messages: i64,
    /// How it stood.
    pub status: Status,
}

/// Something that is said.
#[derive(Clone, Debug, Default)]
pub struct NewSaid {
    /// The sender's own name for it.
    pub client_id: Option<String>,
    /// Who: `visitor`, `bot`, `note`.
    pub sender: &'static str,
    /// Their name, where they have one.
    pub name: String,
    /// What.
    pub text: String,
    /// Answers that are offered, as a JSON list.
    pub choices: String,
    /// The intent that was understood; empty: none.
    pub intent: String,
    /// How it went: `answered`, `fallback`, `handover`, or empty.
    pub outcome: &'static str,
    /// Why the bot said so, as JSON.
    pub why: String,
    /// How long the bot took, in microseconds.
    pub took: Option<i64>,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was written; the conversation has this version and number of messages now.
    Done {
        /// Its version.
        version: i64,
        /// The number of its last message.
        messages: i64,
    },
    /// The conversation is not as it was expected: read it again and make the reply anew.
    Stale,
    /// The message was written before.
    Sent,
}

impl Store {
    /// Writes all of them in one commit. No two may be of one conversation.
    ///
    /// # Errors
    /// If the database fails (then nothing is written); a bot that is gone meanwhile is one reason.
    pub async fn write_visits(&self, writes: &[VisitWrite]) -> Result<Vec<Written>> {
        let (_writer, mut transaction) = self.write_beside().await?;
        let known = known(&mut transaction, writes).await?;
        let sent = sent(&mut transaction, writes).await?;
        let mut outcomes = Vec::with_capacity(writes.len());
        let (mut begun, mut gone_on, mut said) = (Vec::new(), Vec::new(), Vec::new());
        for write in writes {
            let outcome = known.judge(write, &sent);
            if let Written::Done { messages, .. } = outcome {
                let count = i64::try_from(write.said.len()).unwrap_or(i64::MAX);
                said.push((write, messages - count));
                if write.expected.is_some() { gone_on.push((write, messages)) } else { begun.push((write, messages)) }
            }
            outcomes.push(outcome);
        }
        begin(&mut transaction, &begun, known.numbers).await?;
        go_on(&mut transaction, &gone_on).await?;
        say(&mut transaction, &said).await?;
        tell::tell(&mut transaction, &said).await?;
        transaction.commit().await?;
        Ok(outcomes)
    }
}

/// What there is of the conversations to be written.
struct Known {
    visits: BTreeMap<Uuid, Expected>,
    tokens: BTreeSet<Vec<u8>>,
    numbers: BTreeMap<Uuid, i64>,
}

impl Known {
    fn judge(&self, write: &VisitWrite, sent: &BTreeSet<(Uuid, String)>) -> Written {
        let id = write.visit.id;
        let resent = |said: &NewSaid| said.client_id.as_ref().is_some_and(|name| sent.contains(&(id, name.clone())));
        let count = i64::try_from(write.said.len()).unwrap_or(i64::MAX);
        match (write.expected, self.visits.get(&id)) {
            (Some(_), Some(_)) if write.said.iter().any(resent) => Written::Sent,
            _ if write.admitted.bot() != write.visit.bot => Written::Stale,
            (Some(expected), Some(known)) if expected == *known => {
                Written::Done { version: known.version + 1, messages: known.messages + count }
            }
            (None, None) if !write.token_hash.is_some_and(|hash| self.tokens.contains(&hash[..])) => {
                Written::Done { version: 1, messages: count }
            }
            _ => Written::Stale,
        }
    }
}

/// Locks the bots and conversations that the writes concern, and reads how they are.
async fn known(transaction: &mut Transaction, writes: &[VisitWrite]) -> Result<Known> {
    let new: Vec<&VisitWrite> = writes.iter().filter(|write| write.expected.is_none()).collect();
    let mut known = Known { visits: BTreeMap::new(), tokens: BTreeSet::new(), numbers: BTreeMap::new() };
    if !new.is_empty() {
        let bots: BTreeSet<Uuid> = new.iter().map(|write| write.visit.bot.0).collect();
        let mut last = query(
            "SELECT b.id, COALESCE((SELECT MAX(c.number) FROM conversation c WHERE c.bot_id = b.id), 0) FROM bot b \
             WHERE b.id IN (",
        );
        last.push_binds(bots.iter().copied()).push(")");
        // The bots' rows are locked before the numbers are read: a lock that was waited for shows what came before it.
        let mut rows = query("SELECT id FROM bot WHERE id IN (");
        rows.push_binds(bots.iter().copied()).push(") ORDER BY id");
        let _: Vec<(Uuid,)> = rows.locking(transaction).fetch_all(transaction).await?;
        let numbers: Vec<(Uuid, i64)> = last.fetch_all(transaction).await?;
        known.numbers = numbers.into_iter().collect();
        let mut tokens = query("SELECT token_hash FROM conversation WHERE token_hash IN (");
        tokens.push_binds(new.iter().filter_map(|write| write.token_hash.as_ref())).push(")");
        let tokens: Vec<(Vec<u8>,)> = tokens.fetch_all(transaction).await?;
        known.tokens = tokens.into_iter().map(|(hash,)| hash).collect();
    }
    if new.len() < writes.len() {
        let old = writes.iter().filter(|write| write.expected.is_some());
        let mut rows = query("SELECT id, version, messages, status FROM conversation WHERE id IN (");
        rows.push_binds(old.map(|write| write.visit.id)).push(") ORDER BY id");
        let rows: Vec<(Uuid, i64, i64, String)> = rows.locking(transaction).fetch_all(transaction).await?;
        let expected = |(id, version, messages, status): (Uuid, i64, i64, String)| {
            (id, Expected { version, messages, status: Status::parse(&status) })
        };
        known.visits = rows.into_iter().map(expected).collect();
    }
    Ok(known)
}

/// Which of the messages are there already.
async fn sent(transaction: &mut Transaction, writes: &[VisitWrite]) -> Result<BTreeSet<(Uuid, String)>> {
    let named = writes.iter().filter(|write| write.expected.is_some());
    let named: Vec<(Uuid, &String)> = named
        .flat_map(|write| write.said.iter().filter_map(|said| Some((write.visit.id, said.client_id.as_ref()?))))
        .collect();
    if named.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut rows = query("SELECT conversation_id, client_id FROM message WHERE conversation_id IN (");
    rows.push_binds(named.iter().map(|(id, _)| *id)).push(") AND client_id IN (");
    rows.push_binds(named.iter().map(|(_, name)| *name)).push(")");
    Ok(rows.fetch_all::<(Uuid, String)>(transaction).await?.into_iter().collect())
}

/// New conversations, numbered in their bots.
async fn begin(
    transaction: &mut Transaction,
    begun: &[(&VisitWrite, i64)],
    mut numbers: BTreeMap<Uuid, i64>,
) -> Result<()> {
    if begun.is_empty() {
        return Ok(());
    }
    let mut insert = query(
        "INSERT INTO conversation (id, bot_id, number, bot_version, channel, peer, token_hash, language, state, status, \
         contact_name, contact_email, contact_phone, page, messages, waiting_since, created_at, last_at, version) VALUES (",
    );
    let mut separator = "";
    for (write, messages) in begun {
        let visit = &write.visit;
        let number = numbers.get_mut(&visit.bot.0).ok_or(StoreError::Unknown("bot"))?;
        *number += 1;
        let waiting = (visit.status == Status::Waiting).then_some(write.now.0);
        insert.push(separator).push_bind(visit.id).push(", ").push_bind(visit.bot.0).push(", ").push_bind(*number);
        insert.push(", ").push_bind(visit.bot_version).push(", ").push_bind(&visit.channel).push(", ");
        insert.push_bind(&write.peer).push(", ");
        insert.push_bind(write.token_hash.map(|hash| hash.to_vec())).push(", ").push_bind(&visit.language);
        insert.push(", ").push_bind(&visit.state).push(", ").push_bind(visit.status.as_str());
        insert
            .push(", '', '', '', ")
            .push_bind(&write.page)
            .push(", ")
            .push_bind(*messages)
            .push(", ")
            .push_bind(waiting);
        insert.push(", ").push_bind(write.now.0).push(", ").push_bind(write.now.0).push(", 1)");
        separator = ", (";
    }
    insert.execute(transaction).await?;
    Ok(())
}

/// Conversations that go on.
async fn go_on(transaction: &mut Transaction, gone_on: &[(&VisitWrite, i64)]) -> Result<()> {
    for (write, messages) in gone_on {
        let visit = &write.visit;
        let waits = (visit.status == Status::Waiting).then_some(write.now.0);
        let closed = (visit.status == Status::Closed).then_some(write.now.0);
        query(
            "UPDATE conversation SET state = $2, status = $3, messages = $4, last_at = $5, language = $6, \
             waiting_since = CASE WHEN $3 = 'waiting' THEN COALESCE(waiting_since, $7) ELSE NULL END, \
             told_at = CASE WHEN $3 = 'waiting' AND waiting_since IS NOT NULL THEN told_at ELSE NULL END, \
             closed_at = COALESCE(closed_at, $8), version = version + 1 WHERE id = $1",
        )
        .bind(visit.id)
        .bind(&visit.state)
        .bind(visit.status.as_str())
        .bind(*messages)
        .bind(write.now.0)
        .bind(&visit.language)
        .bind(waits)
        .bind(closed)
        .execute(transaction)
        .await?;
    }
    Ok(())
}

/// What is said, numbered on from the last message of each conversation.
async fn say(transaction: &mut Transaction, said: &[(&VisitWrite, i64)]) -> Result<()> {
    let mut insert = query(
        "INSERT INTO message (conversation_id, number, client_id, sender, sender_name, text, text_folded, text_key, choices, \
         intent, outcome, why, took, created_at) VALUES (",
    );
    let mut separator = "";
    for (write, last) in said {
        for (number, one) in (*last + 1..).zip(&write.said) {
            insert.push(separator).push_bind(write.visit.id).push(", ").push_bind(number).push(", ");
            insert.push_bind(&one.client_id).push(", ").push_bind(one.sender).push(", ").push_bind(&one.name);
            insert.push(", ").push_bind(&one.text).push(", ").push_bind(fold(&one.text)).push(", ");
            let key = (one.sender == "visitor").then(|| key(write.visit.bot, &one.text));
            insert
                .push_bind(key)
                .push(", ")
                .push_bind(&one.choices)
                .push(", ")
                .push_bind(&one.intent)
                .push(", ")
                .push_bind(one.outcome);
            insert.push(", ").push_bind(&one.why).push(", ").push_bind(one.took).push(", ");
            insert.push_bind(write.now.0).push(")");
            separator = ", (";
        }
    }
    if separator == ", (" {
        insert.execute(transaction).await?;
    }
    Ok(())
}
