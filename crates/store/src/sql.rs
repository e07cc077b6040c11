//! The two databases: the one place that knows which of them it speaks to.
//!
//! A [`Query`] is one text with `$1` binds for both. Where their dialects differ, it is the text that
//! changes until they do not.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite};
use uuid::Uuid;

use crate::error::Result;
use crate::news::{CHANNEL, News};
use crate::schema;

/// Where the data is.
#[derive(Clone)]
pub enum Database {
    /// A SQLite file, made if it is not there.
    File(PathBuf),
    /// A PostgreSQL database of version 15 or newer: `postgres://user:password@host/name`.
    Url(String),
}

impl std::fmt::Display for Database {
    /// Where it is, without the password that the URL may hold.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "{}", file.display()),
            Self::Url(url) => {
                let place = url.split_once("://").map_or("", |(_, rest)| rest);
                let place = place.split('?').next().unwrap_or_default();
                write!(formatter, "{}", place.rsplit_once('@').map_or(place, |(_, place)| place))
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Database({self})")
    }
}

/// Connections to the database.
#[derive(Clone)]
pub enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A transaction; undone when dropped.
pub enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
    /// Begins reading with its first query, if there is one.
    Later(Pool),
}

/// A row of either database, read as `Self`.
pub(crate) trait Record: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> {}

impl<T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>> Record for T {}

/// Connections of this process.
const CONNECTIONS: u32 = 8;
/// How long to wait for a connection or a lock before giving up.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rows that a SQLite connection reads ahead; with fewer, handing over costs more than reading.
const ROW_BUFFER: usize = 1024;

impl Pool {
    /// Connects, and brings the schema up to date.
    pub async fn open(database: &Database) -> Result<Self> {
        match database {
            Database::File(file) => {
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(PATIENCE)
                    .row_buffer_size(ROW_BUFFER);
                let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?;
                schema::migrate_file(&pool).await?;
                Ok(Self::Sqlite(pool))
            }
            Database::Url(url) => {
                let milliseconds = PATIENCE.as_millis().to_string();
                let options = PgConnectOptions::from_str(url)?.application_name("rolecall").options([
                    ("lock_timeout", milliseconds.as_str()),
                    // A process that hangs, or a network that is cut, does not keep the others from writing.
                    ("idle_in_transaction_session_timeout", milliseconds.as_str()),
                ]);
                let pool = PgPoolOptions::new()
                    .max_connections(CONNECTIONS)
                    .acquire_timeout(PATIENCE)
                    .connect_with(options)
                    .await?;
                schema::check_server(&pool).await?;
                schema::migrate_server(&pool).await?;
                Ok(Self::Postgres(pool))
            }
        }
    }

    /// Begins reading, at one snapshot.
    pub async fn read(&self) -> sqlx::Result<Transaction> {
        Ok(match self {
            Self::Sqlite(pool) => Transaction::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => {
                Transaction::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// Begins writing, as the only writer of the whole installation until the transaction ends.
    pub async fn write(&self) -> sqlx::Result<Transaction> {
        match self {
            Self::Sqlite(pool) => Ok(Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                sqlx::query("SELECT revision FROM revision FOR UPDATE").execute(&mut *transaction).await?;
                Ok(Transaction::Postgres(transaction))
            }
        }
    }

    /// Begins writing what is no fact of access: on SQLite as the only writer (there is no other way), on PostgreSQL
    /// beside others, so that rows must be locked before they are read (see [`Query::locking`]).
    pub async fn write_beside(&self) -> sqlx::Result<Transaction> {
        match self {
            Self::Sqlite(pool) => Ok(Transaction::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => Ok(Transaction::Postgres(pool.begin().await?)),
        }
    }

    /// What is wrong with the database's own structures, as far as it can tell.
    pub async fn faults(&self) -> sqlx::Result<Vec<String>> {
        match self {
            Self::Sqlite(pool) => {
                let said: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check").fetch_all(pool).await?;
                Ok(said.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
            }
            Self::Postgres(pool) => {
                let invalid: Vec<(String,)> = sqlx::query_as(
                    "SELECT 'the index ' || indexrelid::regclass || ' is invalid' FROM pg_index WHERE NOT indisvalid \
                     UNION ALL SELECT 'the constraint ' || conname || ' is not validated' FROM pg_constraint \
                     WHERE NOT convalidated AND connamespace = current_schema()::regnamespace",
                )
                .fetch_all(pool)
                .await?;
                Ok(invalid.into_iter().map(|(line,)| line).collect())
            }
        }
    }

    /// Waits for what is running, then closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    /// A column's ids behind each other, as bytes.
    pub fn ids_in_one(&self, column: &str) -> String {
        if self.is_of_file() {
            format!("CAST(STRING_AGG({column}, '') AS BLOB)")
        } else {
            format!("STRING_AGG(UUID_SEND({column}), '')")
        }
    }

    /// The id of zeros.
    pub fn zero_id(&self) -> &'static str {
        if self.is_of_file() { "ZEROBLOB(16)" } else { "CAST('00000000-0000-0000-0000-000000000000' AS UUID)" }
    }

    /// A column's texts or numbers, with commas between them, as bytes.
    pub fn values_in_one(&self, column: &str) -> String {
        if self.is_of_file() {
            format!("CAST(STRING_AGG({column}, ',') AS BLOB)")
        } else {
            format!("CONVERT_TO(STRING_AGG(CAST({column} AS TEXT), ','), 'UTF8')")
        }
    }

    fn is_of_file(&self) -> bool {
        matches!(self, Self::Sqlite(_) | Self::Later(Pool::Sqlite(_)))
    }

    /// Keeps what was written.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
            Self::Later(_) => Ok(()),
        }
    }

    /// Tells the other nodes with the commit; where there are none, nothing.
    pub(crate) async fn tell(&mut self, news: &News) -> sqlx::Result<()> {
        if let Self::Postgres(transaction) = self {
            let tell = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(news.text());
            tell.execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// The same, begun.
    async fn begun(&mut self) -> sqlx::Result<&mut Self> {
        if let Self::Later(pool) = self {
            *self = pool.read().await?;
        }
        Ok(self)
    }
}

/// A bound value; none is a NULL of that type.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Id(Option<Uuid>),
    Text(Option<String>),
    Number(Option<i64>),
    Truth(bool),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value {
    ($($from:ty, $value:ident => $made:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $made
            }
        })*
    };
}

value! {
    Uuid, id => Self::Id(Some(id));
    Option<Uuid>, id => Self::Id(id);
    &str, text => Self::Text(Some(storable(text)));
    &String, text => Self::Text(Some(storable(text)));
    String, text => Self::Text(Some(storable(&text)));
    Option<&str>, text => Self::Text(text.map(storable));
    &Option<String>, text => Self::Text(text.as_deref().map(storable));
    Option<String>, text => Self::Text(text.as_deref().map(storable));
    i64, number => Self::Number(Some(number));
    Option<i64>, number => Self::Number(number);
    bool, truth => Self::Truth(truth);
    &[u8], bytes => Self::Bytes(Some(bytes.to_vec()));
    &[u8; 32], bytes => Self::Bytes(Some(bytes.to_vec()));
    Option<Vec<u8>>, bytes => Self::Bytes(bytes);
    &Vec<u8>, bytes => Self::Bytes(Some(bytes.clone()));
}

/// PostgreSQL stores no NUL in a text: it becomes U+FFFD, the replacement character, on both.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A statement with its values.
pub(crate) struct Query {
    text: String,
    values: Vec<Value>,
}

/// A statement of this text.
pub(crate) fn query(text: impl Into<String>) -> Query {
    Query { text: text.into(), values: Vec::new() }
}

/// The one dispatch: the same code with the database the transaction is of.
macro_rules! on {
    ($transaction:expr, $database:ident, $connection:ident => $code:expr) => {
        match $transaction.begun().await? {
            Transaction::Sqlite(transaction) => {
                type $database = Sqlite;
                let $connection = &mut **transaction;
                $code
            }
            Transaction::Postgres(transaction) => {
                type $database = Postgres;
                let $connection = &mut **transaction;
                $code
            }
            Transaction::Later(_) => Err(sqlx::Error::BeginFailed),
        }
    };
}

macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Id(id) => query.bind(id),
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
                Value::Truth(truth) => query.bind(truth),
                Value::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

impl Query {
    /// Binds the next `$n`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends text.
    pub fn push(&mut self, text: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write as _;
        // Writing to a string does not fail.
        let _ = write!(self.text, "{text}");
        self
    }

    /// Appends the next `$n`, bound to the value.
    pub fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        let number = self.values.len();
        self.push(format_args!("${number}"))
    }

    /// Appends `$n, $m, …`, bound to the values; NULL, which equals nothing, where there are none.
    pub fn push_binds(&mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> &mut Self {
        let mut separator = "";
        for value in values {
            self.push(separator).push_bind(value);
            separator = ", ";
        }
        if separator.is_empty() { self.push("NULL") } else { self }
    }

    /// The rows that it selects stay as they are until the transaction ends; where one writer is alone they do anyhow.
    pub fn locking(mut self, transaction: &Transaction) -> Self {
        if matches!(transaction, Transaction::Postgres(_)) {
            self.push(" FOR NO KEY UPDATE");
        }
        self
    }

    /// Runs it; the number of rows it changed.
    pub async fn execute(self, transaction: &mut Transaction) -> sqlx::Result<u64> {
        on!(transaction, Db, connection => {
            let query = bound!(sqlx::query::<Db>(AssertSqlSafe(self.text)), self.values);
            Ok(query.execute(connection).await?.rows_affected())
        })
    }

    /// All its rows.
    pub async fn fetch_all<T: Record>(self, transaction: &mut Transaction) -> sqlx::Result<Vec<T>> {
        on!(transaction, Db, connection => {
            bound!(sqlx::query_as::<Db, T>(AssertSqlSafe(self.text)), self.values).fetch_all(connection).await
        })
    }

    /// Its row, if there is one.
    pub async fn fetch_optional<T: Record>(self, transaction: &mut Transaction) -> sqlx::Result<Option<T>> {
        on!(transaction, Db, connection => {
            bound!(sqlx::query_as::<Db, T>(AssertSqlSafe(self.text)), self.values).fetch_optional(connection).await
        })
    }

    /// Its only row.
    pub async fn fetch_one<T: Record>(self, transaction: &mut Transaction) -> sqlx::Result<T> {
        on!(transaction, Db, connection => {
            bound!(sqlx::query_as::<Db, T>(AssertSqlSafe(self.text)), self.values).fetch_one(connection).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        let database = Database::Url("postgres://rolecall:secret@db.example:5432/rolecall?sslmode=require".to_owned());
        assert_eq!(database.to_string(), "db.example:5432/rolecall");
        assert_eq!(format!("{database:?}"), "Database(db.example:5432/rolecall)");
    }

    #[test]
    fn a_text_holds_no_nul() {
        assert!(matches!(Value::from("a\0b"), Value::Text(Some(text)) if text == "a\u{fffd}b"));
    }
}
