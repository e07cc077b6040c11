//! A database for one test: a SQLite file in a temporary folder, or, where `ROLECALL_TEST_POSTGRES` names a
//! PostgreSQL, one of its own there. The same tests run on both.

use rolecall_access::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};
use tempfile::TempDir;

use crate::error::Result;
use crate::ids::new_id;
use crate::sql::{Database, Pool, query};
use crate::store::Store;

/// A database that nobody else uses, gone when it is dropped.
pub struct Scratch {
    /// Where it is.
    pub database: Database,
    _folder: TempDir,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Database::Url(url) = &self.database else { return };
        let name = url.rsplit('/').next().unwrap_or_default().to_owned();
        // Whoever drops it is in a runtime, which cannot wait for another; what stays behind goes with the cluster.
        let _ = std::thread::spawn(move || drop_database(&name)).join();
    }
}

fn drop_database(name: &str) -> Option<()> {
    let server = std::env::var("ROLECALL_TEST_POSTGRES").ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let mut connection = sqlx::PgConnection::connect(&server).await.ok()?;
        let text = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        sqlx::query(text).execute(&mut connection).await.ok()?;
        connection.close().await.ok()
    })
}

impl Scratch {
    /// A new one.
    ///
    /// # Errors
    /// If it cannot be made.
    pub async fn new() -> Result<Self> {
        Self::make(None).await
    }

    /// Another one with all that this one holds, which nobody may have open.
    ///
    /// # Errors
    /// If it cannot be made.
    pub async fn copy(&self) -> Result<Self> {
        Self::make(Some(&self.database)).await
    }

    async fn make(of: Option<&Database>) -> Result<Self> {
        let folder = tempfile::tempdir().map_err(sqlx::Error::Io)?;
        let database = match std::env::var("ROLECALL_TEST_POSTGRES") {
            Err(_) => {
                let file = folder.path().join("rolecall.db");
                if let Some(Database::File(of)) = of {
                    std::fs::copy(of, &file).map_err(sqlx::Error::Io)?;
                }
                Database::File(file)
            }
            Ok(server) => {
                let name = format!("scratch_{}", new_id(Timestamp(0))?.simple());
                let template = match of {
                    Some(Database::Url(of)) => of.rsplit('/').next().unwrap_or_default(),
                    _ => "template0",
                };
                let mut connection = sqlx::PgConnection::connect(&server).await?;
                let text = format!("CREATE DATABASE {name} TEMPLATE {template}");
                sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await?;
                connection.close().await?;
                let (address, _) = server.rsplit_once('/').unwrap_or((&server, ""));
                Database::Url(format!("{address}/{name}"))
            }
        };
        Ok(Self { database, _folder: folder })
    }

    /// A store on it.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open(&self) -> Result<Store> {
        Store::open(&self.database).await
    }

    /// Has the database read a statement without running it.
    ///
    /// # Errors
    /// What it does not understand; a parameter whose type only the binding says is understood.
    pub async fn prepare(&self, statement: &str) -> Result<()> {
        let statement = AssertSqlSafe(statement.to_owned()).into_sql_str();
        let prepared = match Pool::open(&self.database).await? {
            Pool::Sqlite(pool) => pool.prepare(statement).await.map(drop),
            Pool::Postgres(pool) => pool.prepare(statement).await.map(drop),
        };
        match prepared {
            Err(error) if error.as_database_error().and_then(|error| error.code()).as_deref() == Some("42P18") => {
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// The texts that a statement selects.
    ///
    /// # Errors
    /// What the database says.
    pub async fn texts(&self, statement: &str) -> Result<Vec<String>> {
        let pool = Pool::open(&self.database).await?;
        let rows: Vec<(String,)> = query(statement).fetch_all(&mut pool.read().await?).await?;
        pool.close().await;
        Ok(rows.into_iter().map(|(text,)| text).collect())
    }

    /// Runs a statement as if there were no foreign keys: what half a restored backup may look like.
    ///
    /// # Errors
    /// What the database says.
    pub async fn damage(&self, statement: &str) -> Result<()> {
        let text = AssertSqlSafe(statement.to_owned());
        match &self.database {
            Database::File(file) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).foreign_keys(false);
                sqlx::query(text).execute(&mut sqlx::SqliteConnection::connect_with(&options).await?).await?;
            }
            Database::Url(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await?;
                sqlx::query("SET session_replication_role = replica").execute(&mut connection).await?;
                sqlx::query(text).execute(&mut connection).await?;
            }
        }
        Ok(())
    }

    /// Runs a statement past every check; the number of rows it changed.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute(&self, statement: &str) -> Result<u64> {
        let pool = Pool::open(&self.database).await?;
        let mut transaction = pool.write().await?;
        let changed = query(statement).execute(&mut transaction).await?;
        transaction.commit().await?;
        pool.close().await;
        Ok(changed)
    }
}

/// Something said in a conversation that a test makes up.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// `visitor`, `bot`, `agent` or `note`.
    pub sender: &'a str,
    /// What.
    pub text: &'a str,
}

impl Scratch {
    /// A conversation of the bot in which this was said, a minute between the lines; it waits for a person since `waiting`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hold_conversation(
        &self,
        bot: uuid::Uuid,
        waiting: Option<Timestamp>,
        lines: &[Line<'_>],
    ) -> Result<uuid::Uuid> {
        let pool = Pool::open(&self.database).await?;
        let mut transaction = pool.write().await?;
        let begun = waiting.map_or(1_777_800_000_000_000, |at| at.0);
        let id = new_id(Timestamp(begun))?;
        query(
            "INSERT INTO conversation (id, bot_id, number, bot_version, channel, peer, language, state, status, contact_name, \
             contact_email, contact_phone, page, messages, waiting_since, created_at, last_at) SELECT $1, $2, \
             COALESCE(MAX(number), 0) + 1, 1, 'web', '', 'en', '{}', $3, '', '', '', '', $4, $5, $6, $7 \
             FROM conversation WHERE bot_id = $2",
        )
        .bind(id)
        .bind(bot)
        .bind(if waiting.is_some() { "waiting" } else { "bot" })
        .bind(i64::try_from(lines.len()).unwrap_or_default())
        .bind(waiting.map(|at| at.0))
        .bind(begun)
        .bind(begun + 60_000_000 * i64::try_from(lines.len()).unwrap_or_default())
        .execute(&mut transaction)
        .await?;
        for (number, line) in (1..).zip(lines) {
            query(
                "INSERT INTO message (conversation_id, number, sender, sender_name, text, text_folded, choices, intent, \
                 outcome, why, created_at) VALUES ($1, $2, $3, '', $4, $5, '[]', '', '', '{}', $6)",
            )
            .bind(id)
            .bind(number)
            .bind(line.sender)
            .bind(line.text)
            .bind(crate::fold::fold(line.text))
            .bind(begun + 60_000_000 * number)
            .execute(&mut transaction)
            .await?;
        }
        transaction.commit().await?;
        pool.close().await;
        Ok(id)
    }
}
