//! Tests of a bot: a sentence, and what the bot should make of it.

use rolecall_access::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create};
use crate::change::Change;
use crate::error::Result;
use crate::resource::{DraftReader, Playgrounds};
use crate::sql::query;

/// A test of a bot.
#[derive(Clone, Debug)]
pub struct PlaygroundTest {
    /// Its id.
    pub id: Uuid,
    /// What is said to the bot.
    pub sentence: String,
    /// In which language; empty: the bot's own.
    pub language: String,
    /// What is expected: `intent`, `text`, `entry`, `fallback`.
    pub expects: String,
    /// Its name, a part of what is said, its title.
    pub expected: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A test to be made.
#[derive(Clone, Debug)]
pub struct NewPlaygroundTest {
    /// What is said to the bot.
    pub sentence: String,
    /// In which language; empty: the bot's own.
    pub language: String,
    /// What is expected: `intent`, `text`, `entry`, `fallback`.
    pub expects: String,
    /// Its name, a part of what is said, its title.
    pub expected: String,
}

#[derive(FromRow)]
struct TestRow {
    id: Uuid,
    sentence: String,
    language: String,
    expects: String,
    expected: String,
    created_at: i64,
}

impl From<TestRow> for PlaygroundTest {
    fn from(row: TestRow) -> Self {
        let TestRow { id, sentence, language, expects, expected, created_at } = row;
        Self { id, sentence, language, expects, expected, created_at: Timestamp(created_at) }
    }
}

impl Access {
    /// The bot's tests, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_playground_tests<R: DraftReader>(
        &mut self,
        of: &Authorized<R, Create>,
    ) -> Result<Vec<PlaygroundTest>> {
        let rows: Vec<TestRow> = query(
            "SELECT id, sentence, language, expects, expected, created_at FROM playground_test WHERE bot_id = $1 \
             ORDER BY created_at, id",
        )
        .bind(of.record().id.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(PlaygroundTest::from).collect())
    }
}

impl Change {
    /// Adds a test.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn create_playground_test(
        &mut self,
        of: &Authorized<Playgrounds, Create>,
        new: NewPlaygroundTest,
    ) -> Result<PlaygroundTest> {
        let (id, now) = (self.new_id()?, self.caller().now);
        let NewPlaygroundTest { sentence, language, expects, expected } = new;
        query(
            "INSERT INTO playground_test (id, bot_id, sentence, language, expects, expected, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id)
        .bind(of.id.0)
        .bind(&sentence)
        .bind(&language)
        .bind(&expects)
        .bind(&expected)
        .bind(now.0)
        .execute(self.transaction())
        .await?;
        self.audit(AuditEntry::done(of.organization, "create", "Playground", id, &sentence));
        Ok(PlaygroundTest { id, sentence, language, expects, expected, created_at: now })
    }

    /// Deletes a test; whether there was one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_playground_test(&mut self, of: &Authorized<Playgrounds, Create>, id: Uuid) -> Result<bool> {
        let gone: Option<(String,)> =
            query("DELETE FROM playground_test WHERE bot_id = $1 AND id = $2 RETURNING sentence")
                .bind(of.id.0)
                .bind(id)
                .fetch_optional(self.transaction())
                .await?;
        let Some((sentence,)) = gone else { return Ok(false) };
        self.audit(AuditEntry::done(of.organization, "delete", "Playground", id, &sentence));
        Ok(true)
    }
}
