//! What a bot says: the entries of its knowledge base, and responses with their variants.
//!
//! A response is one row per language; all rows of one title are the same response. Each state that a row has had is kept
//! ([`version`]).

pub mod listed;
pub mod version;
mod write;

use rolecall_access::{BotId, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Action, Authorized, Child, Create, In, Place, Resource};
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::bot::find_bot;
use crate::resource::{Bot, Bots};
use crate::sql::{Transaction, query};

pub use write::{ImportedContent, WrittenBy};

/// What a piece of content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContentKind {
    /// An entry of the knowledge base.
    Entry,
    /// Something to say, in variants.
    Response,
}

impl ContentKind {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Response => "response",
        }
    }

    /// Of what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Entry, Self::Response].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whether the bot uses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentStatus {
    /// Not yet.
    #[default]
    Draft,
    /// It does.
    Ready,
}

impl ContentStatus {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Ready => "ready",
        }
    }

    /// Of what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Ready].into_iter().find(|status| status.as_str() == text)
    }
}

/// What somebody writes of a piece of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenContent {
    /// What it is about; of a response its name.
    pub title: String,
    /// The tag of its language.
    pub language: String,
    /// Markdown; of a response its variants as a JSON list of `{"text"}`.
    pub body: String,
    /// Words it is found by, none with a line break.
    pub tags: Vec<String>,
    /// Where it is from.
    pub source: String,
    /// Whether the bot uses it.
    pub status: ContentStatus,
}

/// A piece of content.
#[derive(Clone, Debug)]
pub struct Content {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: ContentKind,
    /// What it says.
    pub written: WrittenContent,
    /// Whose it is: its creator's at first.
    pub owner: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version (for If-Match).
    pub version: i64,
}

/// A piece of content with its bot.
#[derive(Clone, Debug)]
pub struct BotContent {
    /// The bot.
    pub bot: Bot,
    /// The content.
    pub content: Content,
}

/// The same response in another language.
#[derive(Clone, Debug)]
pub struct Translation {
    /// Its id.
    pub id: Uuid,
    /// The language.
    pub language: String,
    /// Whether the bot uses it.
    pub status: ContentStatus,
    /// Whose it is.
    pub owner: Option<UserId>,
}

/// The resource `Content`: an entry or a response of a bot.
pub struct Contents;

impl Resource for Contents {
    type Id = (BotId, Uuid);
    type Record = BotContent;
    const MODEL: &'static str = "Content";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<BotContent>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let content = find_content(transaction, bot.id, id).await?;
        Ok(content.map(|content| BotContent { bot, content }))
    }

    fn place(record: &BotContent) -> Place {
        Place { scope: Scope::Bot(record.bot.id), owner: record.content.owner }
    }
}

impl Child for Contents {
    type Parent = Bots;
}

#[derive(FromRow)]
struct ContentRow {
    id: Uuid,
    kind: String,
    title: String,
    language: String,
    body: String,
    tags: String,
    source: String,
    status: String,
    owner_id: Option<Uuid>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<ContentRow> for Content {
    type Error = StoreError;

    fn try_from(row: ContentRow) -> Result<Self> {
        let kind = ContentKind::parse(&row.kind);
        Ok(Self {
            id: row.id,
            kind: kind.ok_or_else(|| StoreError::Damaged(format!("`{}` is no kind of content", row.kind)))?,
            written: WrittenContent {
                title: row.title,
                language: row.language,
                body: row.body,
                tags: row.tags.lines().map(str::to_owned).collect(),
                source: row.source,
                status: status(&row.status)?,
            },
            owner: row.owner_id.map(UserId),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        })
    }
}

fn status(text: &str) -> Result<ContentStatus> {
    ContentStatus::parse(text).ok_or_else(|| StoreError::Damaged(format!("`{text}` is no status of content")))
}

const SELECT: &str = "SELECT c.id, c.kind, c.title, c.language, c.body, c.tags, c.source, c.status, c.owner_id, \
    c.created_at, c.updated_at, c.version FROM content c";

async fn find_content(transaction: &mut Transaction, bot: BotId, id: Uuid) -> Result<Option<Content>> {
    let row: Option<ContentRow> = query(format!("{SELECT} WHERE c.bot_id = $1 AND c.id = $2"))
        .bind(bot.0)
        .bind(id)
        .fetch_optional(transaction)
        .await?;
    row.map(Content::try_from).transpose()
}

#[derive(FromRow)]
struct TranslationRow {
    id: Uuid,
    language: String,
    status: String,
    owner_id: Option<Uuid>,
}

/// The rows of the same title and kind but this one, by language.
async fn find_translations(transaction: &mut Transaction, bot: BotId, of: &Content) -> Result<Vec<Translation>> {
    let rows: Vec<TranslationRow> = query(
        "SELECT id, language, status, owner_id FROM content WHERE bot_id = $1 AND kind = $2 AND title_folded = $3 \
         AND id <> $4 ORDER BY language",
    )
    .bind(bot.0)
    .bind(of.kind.as_str())
    .bind(fold(&of.written.title))
    .bind(of.id)
    .fetch_all(transaction)
    .await?;
    let translation = |row: TranslationRow| {
        Ok(Translation {
            id: row.id,
            language: row.language,
            status: status(&row.status)?,
            owner: row.owner_id.map(UserId),
        })
    };
    rows.into_iter().map(translation).collect()
}

impl Access {
    /// The same in other languages: rows of its kind and title, whoever owns them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_translations<A: Action>(&mut self, of: &Authorized<Contents, A>) -> Result<Vec<Translation>> {
        find_translations(self.transaction(), of.bot.id, &of.content).await
    }

    /// The id of the bot's content of this kind, language and title, whatever its case.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_content_named(
        &mut self,
        within: &Authorized<In<Contents>, Create>,
        kind: ContentKind,
        language: &str,
        title: &str,
    ) -> Result<Option<Uuid>> {
        let found: Option<(Uuid,)> =
            query("SELECT id FROM content WHERE bot_id = $1 AND kind = $2 AND language = $3 AND title_folded = $4")
                .bind(within.id.0)
                .bind(kind.as_str())
                .bind(language)
                .bind(fold(title))
                .fetch_optional(self.transaction())
                .await?;
        Ok(found.map(|(id,)| id))
    }

    /// How many pieces of content the bot has.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_contents(&mut self, within: &Authorized<In<Contents>, Create>) -> Result<i64> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM content WHERE bot_id = $1")
            .bind(within.id.0)
            .fetch_one(self.transaction())
            .await?;
        Ok(count)
    }

    /// The languages that the bot speaks, its first one first; by what is set, else English.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_bot_languages<A: Action>(&mut self, within: &Authorized<In<Contents>, A>) -> Result<Vec<String>> {
        let row: Option<(String,)> = query("SELECT settings FROM bot_setting WHERE bot_id = $1")
            .bind(within.id.0)
            .fetch_optional(self.transaction())
            .await?;
        Ok(spoken(&row.map(|(settings,)| settings).unwrap_or_default()))
    }
}

/// The languages in a bot's settings.
fn spoken(settings: &str) -> Vec<String> {
    let settings: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
    let tag = |value: &serde_json::Value| value.as_str().filter(|tag| !tag.is_empty()).map(str::to_owned);
    let several = settings.get("languages").and_then(serde_json::Value::as_array);
    let mut languages: Vec<String> = settings.get("language").and_then(tag).into_iter().collect();
    languages.extend(several.into_iter().flatten().filter_map(tag));
    let mut seen = std::collections::HashSet::new();
    languages.retain(|language| seen.insert(language.clone()));
    if languages.is_empty() {
        languages.push(FIRST_LANGUAGE.to_owned());
    }
    languages
}

/// What a bot speaks for which nothing is set.
const FIRST_LANGUAGE: &str = "en";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_is_the_one_that_is_set() {
        assert_eq!(spoken(""), ["en"]);
        assert_eq!(spoken(r#"{"languages": ["de", "fr"]}"#), ["de", "fr"]);
        assert_eq!(spoken(r#"{"language": "fr", "languages": ["de", "fr"]}"#), ["fr", "de"]);
    }
}
