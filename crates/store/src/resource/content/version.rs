//! The states that a piece of content has had: who made them, and when.

use rolecall_access::{Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Contents, WrittenContent, status};
use crate::access::Access;
use crate::authorize::{Action, Authorized, Read};
use crate::error::{Result, StoreError};
use crate::paging::{Key, Order};
use crate::resource::{List, Page};
use crate::sql::query;

/// A state that a piece of content has, or had.
#[derive(Clone, Debug)]
pub struct ContentVersion {
    /// Its number.
    pub number: i64,
    /// What was written.
    pub written: WrittenContent,
    /// Who made it, if the account is there still.
    pub made_by: Option<UserId>,
    /// Their name at that time.
    pub made_by_name: String,
    /// When.
    pub made_at: Timestamp,
}

#[derive(FromRow)]
struct VersionRow {
    version: i64,
    title: String,
    language: String,
    body: String,
    tags: String,
    source: String,
    status: String,
    made_by: Option<Uuid>,
    made_by_name: String,
    made_at: i64,
}

impl TryFrom<VersionRow> for ContentVersion {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> Result<Self> {
        Ok(Self {
            number: row.version,
            written: WrittenContent {
                title: row.title,
                language: row.language,
                body: row.body,
                tags: row.tags.lines().map(str::to_owned).collect(),
                source: row.source,
                status: status(&row.status)?,
            },
            made_by: row.made_by.map(UserId),
            made_by_name: row.made_by_name,
            made_at: Timestamp(row.made_at),
        })
    }
}

const SELECT: &str = "SELECT v.version, v.title, v.language, v.body, v.tags, v.source, v.status, v.made_by, \
    v.made_by_name, v.made_at";

impl Access {
    /// Its versions, the newest first; sorts: `number` (`-number` is the default).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_content_versions(
        &mut self,
        of: &Authorized<Contents, Read>,
        list: &List,
    ) -> Result<Page<ContentVersion>> {
        let order = Order::of(list, &[("number", "v.version", Key::Number)], "-number", "v.content_id")?;
        let mut query = query(format!(
            "{SELECT}, {} AS sort_key, v.content_id AS page_id FROM content_version v WHERE v.content_id = ",
            order.column()
        ));
        query.push_bind(of.content.id);
        order.fetch::<VersionRow>(self.transaction(), query).await?.try_map(ContentVersion::try_from)
    }

    /// One of its versions.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_content_version<A: Action>(
        &mut self,
        of: &Authorized<Contents, A>,
        number: i64,
    ) -> Result<Option<ContentVersion>> {
        let row: Option<VersionRow> =
            query(format!("{SELECT} FROM content_version v WHERE v.content_id = $1 AND v.version = $2"))
                .bind(of.content.id)
                .bind(number)
                .fetch_optional(self.transaction())
                .await?;
        row.map(ContentVersion::try_from).transpose()
    }
}
