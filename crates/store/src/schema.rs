//! Bringing the schema up to date, while others may do the same.

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use crate::error::{Result, StoreError};

/// The oldest PostgreSQL that will do, as `server_version_num` writes it.
const OLDEST_POSTGRES: i32 = 150_000;

/// In one transaction, as the only writer: of several processes that start at once, one does it.
pub(crate) async fn migrate_file(pool: &SqlitePool) -> Result<()> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::migrate!("migrations/sqlite").run(&mut *transaction).await.map_err(explained)?;
    transaction.commit().await?;
    Ok(())
}

/// Says what to do about a schema that is newer than this program.
fn explained(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => StoreError::Unsuitable(
            "a newer version of Rolecall has been here; start that version, or restore a backup from before".to_owned(),
        ),
        error => error.into(),
    }
}

/// Under an advisory lock: of several servers that start at once, one does it.
pub(crate) async fn migrate_server(pool: &PgPool) -> Result<()> {
    sqlx::migrate!("migrations/postgres").run(pool).await.map_err(explained)
}

/// Whether the database is one that will do.
pub(crate) async fn check_server(pool: &PgPool) -> Result<()> {
    let (version, encoding): (i32, String) =
        sqlx::query_as("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
            .fetch_one(pool)
            .await?;
    if version < OLDEST_POSTGRES {
        return Err(StoreError::Unsuitable("PostgreSQL 15 or newer is needed".to_owned()));
    }
    if encoding != "UTF8" {
        let advice = "create it with ENCODING 'UTF8'";
        return Err(StoreError::Unsuitable(format!("the database has the encoding {encoding}; {advice}")));
    }
    Ok(())
}
