//! What visitors said that a bot had no answer to, offered to those who teach it: labelled or ignored, a sentence does not
//! come back. What was done with is kept by keys alone ([`key`]), so that it outlives no conversation in words.

use rolecall_access::{BotId, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, In, Read, Update};
use crate::change::Change;
use crate::error::Result;
use crate::fold::fold;
use crate::paging::{Key, Order, narrow, search};
use crate::resource::{HeldConversations, Intents, List, Page};
use crate::sql::{Query, query};

/// A sentence that the bot had no answer to.
#[derive(Clone, Debug)]
pub struct UnmatchedSentence {
    /// The key of the sentence in its bot.
    pub id: Uuid,
    /// The sentence, as it was said once.
    pub text: String,
    /// How often it was said.
    pub count: i64,
    /// When last.
    pub last_at: Timestamp,
}

#[derive(FromRow)]
struct UnmatchedRow {
    id: Uuid,
    text: String,
    times: i64,
    last_said: i64,
}

impl From<UnmatchedRow> for UnmatchedSentence {
    fn from(row: UnmatchedRow) -> Self {
        Self { id: row.id, text: row.text, count: row.times, last_at: Timestamp(row.last_said) }
    }
}

/// What names a sentence in a bot, whatever its case: half of a SHA-256, as a UUID of version 8 (RFC 9562).
pub(crate) fn key(bot: BotId, text: &str) -> Uuid {
    let hash = Sha256::new().chain_update(bot.0.as_bytes()).chain_update(fold(text)).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, of)| *byte = of);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// ` FROM (…) u WHERE 1 = 1`: what visitors said last before the bot had no answer, in the conversations that the caller
/// reads, without what was done with.
fn push_unmatched(query: &mut Query, within: &Authorized<In<HeldConversations>, Read>, q: Option<&str>) {
    query.push(
        " FROM (SELECT v.text_key AS id, MIN(v.text) AS text, COUNT(*) AS times, MAX(v.created_at) AS last_said \
         FROM conversation c JOIN message m ON m.conversation_id = c.id JOIN message v ON v.conversation_id = c.id \
         AND v.number = (SELECT MAX(p.number) FROM message p WHERE p.conversation_id = c.id AND p.number < m.number \
         AND p.sender = 'visitor') WHERE m.sender = 'bot' AND m.outcome = 'fallback' AND v.text_key IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM settled_sentence s WHERE s.bot_id = c.bot_id AND s.text_key = v.text_key) \
         AND c.bot_id = ",
    );
    query.push_bind(within.id.0);
    narrow(query, within.extent(), "c.assigned_to");
    search(query, q, &["v.text_folded"]);
    query.push(" GROUP BY v.text_key) u WHERE 1 = 1");
}

const SELECT: &str = "SELECT u.id, u.text, u.times, u.last_said";

impl Access {
    /// What visitors said that the bot had no answer to, each sentence once, whatever its case; sorts: `count` (default:
    /// descending), `last_at`; `q` looks into what was said as it is: give it for those alone who may see contacts.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_unmatched(
        &mut self,
        within: &Authorized<In<HeldConversations>, Read>,
        _teaches: &Authorized<In<Intents>, Update>,
        list: &List,
    ) -> Result<Page<UnmatchedSentence>> {
        let sorts = [("count", "u.times", Key::Number), ("last_at", "u.last_said", Key::Number)];
        let order = Order::of(list, &sorts, "-count", "u.id")?;
        let mut query = query(format!("{SELECT}, {} AS sort_key, u.id AS page_id", order.column()));
        push_unmatched(&mut query, within, list.q.as_deref());
        Ok(order.fetch::<UnmatchedRow>(self.transaction(), query).await?.map(UnmatchedSentence::from))
    }

    /// Those of these sentences that are still unmatched.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_unmatched(
        &mut self,
        within: &Authorized<In<HeldConversations>, Read>,
        _teaches: &Authorized<In<Intents>, Update>,
        ids: &[Uuid],
    ) -> Result<Vec<UnmatchedSentence>> {
        let mut query = query(SELECT);
        push_unmatched(&mut query, within, None);
        query.push(" AND u.id IN (").push_binds(ids.iter().copied()).push(")");
        let rows: Vec<UnmatchedRow> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(UnmatchedSentence::from).collect())
    }
}

impl Change {
    /// Notes that something was done with these sentences: they are offered no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn settle_sentences(&mut self, of: &Authorized<In<Intents>, Update>, ids: &[Uuid]) -> Result<()> {
        let now = self.caller().now.0;
        for id in ids {
            query(
                "INSERT INTO settled_sentence (bot_id, text_key, settled_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (bot_id, text_key) DO NOTHING",
            )
            .bind(of.id.0)
            .bind(*id)
            .bind(now)
            .execute(self.transaction())
            .await?;
        }
        Ok(())
    }

    /// The same, told of as ignoring them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ignore_sentences(&mut self, of: &Authorized<In<Intents>, Update>, ids: &[Uuid]) -> Result<()> {
        self.settle_sentences(of, ids).await?;
        let entry = AuditEntry::done(of.organization, "ignore_sentences", "TrainingData", of.id.0, &of.name);
        self.audit(entry.with(json!({ "sentences": ids.len() })));
        Ok(())
    }
}
