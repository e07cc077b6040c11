//! Writes of a bot's content: each makes a version.

use rolecall_access::{Actor, BotId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::listed::searched;
use super::{Content, ContentKind, Contents, WrittenContent, find_content, find_translations};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::organization::{fresh, gone};
use crate::sql::query;

/// By what a piece of content is written: an import is told of as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenBy {
    /// An editor, which may be a program.
    Editor,
    /// An import, which [`Change::tell_content_import`] tells of.
    Import,
    /// An editor who puts this version back.
    Restore(i64),
}

/// What an import of content did, for the audit log.
#[derive(Clone, Debug, Default)]
pub struct ImportedContent {
    /// The names of its files.
    pub files: Vec<String>,
    /// How many pieces it made.
    pub made: usize,
    /// How many it changed.
    pub renewed: usize,
}

impl Change {
    /// Makes a piece of content; its creator owns it.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `title` in its kind and language.
    pub async fn create_content(
        &mut self,
        within: &Authorized<In<Contents>, Create>,
        (kind, new): (ContentKind, &WrittenContent),
        by: WrittenBy,
    ) -> Result<Content> {
        let made = self.insert_content(within.id, (kind, new)).await?;
        if by != WrittenBy::Import {
            let entry = AuditEntry::done(within.organization, "create", "Content", made.id, &new.title);
            self.audit(entry.with(fields(kind, new)));
        }
        Ok(made)
    }

    /// Makes a piece of content without telling of it: call this with leave to create content in the bot, or to make
    /// the bot.
    pub(crate) async fn insert_content(
        &mut self,
        bot: BotId,
        (kind, new): (ContentKind, &WrittenContent),
    ) -> Result<Content> {
        let (id, now, owner) = (self.new_id()?, self.caller().now.0, self.given_by());
        query(
            "INSERT INTO content (id, bot_id, kind, title, title_folded, language, body, tags, source, status, searched, \
             owner_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
        )
        .bind(id)
        .bind(bot.0)
        .bind(kind.as_str())
        .bind(&new.title)
        .bind(fold(&new.title))
        .bind(&new.language)
        .bind(&new.body)
        .bind(new.tags.join("\n"))
        .bind(&new.source)
        .bind(new.status.as_str())
        .bind(searched(kind, new))
        .bind(owner)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("title"))?;
        let made = find_content(self.transaction(), bot, id).await?.ok_or_else(gone)?;
        self.keep_content_version(&made).await?;
        Ok(made)
    }

    /// Writes it anew; what is the same as before makes no version. A response's name is changed in all its languages by
    /// [`Change::rename_translation`].
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `title`; [`Stale`](StoreError::Stale).
    pub async fn update_content(
        &mut self,
        of: &Authorized<Contents, Update>,
        version: Option<i64>,
        after: &WrittenContent,
        by: WrittenBy,
    ) -> Result<Content> {
        let before = &of.content;
        fresh(version, before.version)?;
        if before.written == *after {
            return Ok(before.clone());
        }
        let now = self.caller().now.0;
        query(
            "UPDATE content SET title = $2, title_folded = $3, language = $4, body = $5, tags = $6, source = $7, \
             status = $8, searched = $9, updated_at = $10, version = version + 1 WHERE id = $1",
        )
        .bind(before.id)
        .bind(&after.title)
        .bind(fold(&after.title))
        .bind(&after.language)
        .bind(&after.body)
        .bind(after.tags.join("\n"))
        .bind(&after.source)
        .bind(after.status.as_str())
        .bind(searched(before.kind, after))
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("title"))?;
        let written = find_content(self.transaction(), of.bot.id, before.id).await?.ok_or_else(gone)?;
        self.keep_content_version(&written).await?;
        self.tell_content_written(of, after, by);
        Ok(written)
    }

    fn tell_content_written(&mut self, of: &Authorized<Contents, Update>, after: &WrittenContent, by: WrittenBy) {
        let (before, kind) = (&of.content, of.content.kind);
        let told =
            |action: &'static str| AuditEntry::done(of.bot.organization, action, "Content", before.id, &after.title);
        match by {
            WrittenBy::Import => {}
            WrittenBy::Editor => {
                let change = told("update").changed(fields(kind, &before.written), fields(kind, after));
                self.audit(change);
            }
            WrittenBy::Restore(number) => {
                let change =
                    told("restore").changed(json!({ "version": before.version }), json!({ "version": number }));
                self.audit(change);
            }
        }
    }

    /// Gives the same response in another language its new name, as its row in one language got it.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `title`.
    pub async fn rename_translation(&mut self, of: &Authorized<Contents, Update>, title: &str) -> Result<()> {
        let after = WrittenContent { title: title.to_owned(), ..of.content.written.clone() };
        self.update_content(of, None, &after, WrittenBy::Editor).await?;
        Ok(())
    }

    /// Deletes it with its versions. Intents that answer with it answer with the same response in another language; if
    /// there is none, with their own text.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn delete_content(&mut self, of: &Authorized<Contents, Delete>, version: Option<i64>) -> Result<()> {
        fresh(version, of.content.version)?;
        let others = find_translations(self.transaction(), of.bot.id, &of.content).await?;
        query("UPDATE intent SET response_id = $2, version = version + 1 WHERE response_id = $1")
            .bind(of.content.id)
            .bind(others.first().map(|other| other.id))
            .execute(self.transaction())
            .await?;
        query("DELETE FROM content WHERE id = $1").bind(of.content.id).execute(self.transaction()).await?;
        let title = &of.content.written.title;
        self.audit(AuditEntry::done(of.bot.organization, "delete", "Content", of.content.id, title));
        Ok(())
    }

    /// Tells of an import in the audit log.
    pub fn tell_content_import(&mut self, within: &Authorized<In<Contents>, Create>, done: &ImportedContent) {
        let fields = json!({ "files": done.files, "made": done.made, "renewed": done.renewed });
        let entry = AuditEntry::done(within.organization, "import", "Content", within.id.0, &within.name);
        self.audit(entry.with(fields));
    }

    /// Tells of an export in the audit log.
    pub fn tell_content_export(&mut self, within: &Authorized<In<Contents>, crate::authorize::Read>, asked: Value) {
        let entry = AuditEntry::done(within.organization, "export", "Content", within.id.0, &within.name);
        self.audit(entry.with(asked));
    }

    /// Keeps the state that it has now.
    async fn keep_content_version(&mut self, content: &Content) -> Result<()> {
        let (now, name) = (self.caller().now.0, self.caller().name.clone());
        let person = match self.caller().actor {
            Actor::User(user) => Some(user.0),
            Actor::Anybody | Actor::Key(_) | Actor::Operator => None,
        };
        let written = &content.written;
        query(
            "INSERT INTO content_version (content_id, version, title, language, body, tags, source, status, made_by, \
             made_by_name, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(content.id)
        .bind(content.version)
        .bind(&written.title)
        .bind(&written.language)
        .bind(&written.body)
        .bind(written.tags.join("\n"))
        .bind(&written.source)
        .bind(written.status.as_str())
        .bind(person)
        .bind(name)
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// The id of a response of this bot, for an intent to answer with.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown) `response_id` if there is none.
    pub(crate) async fn check_response(&mut self, bot: BotId, id: Option<Uuid>) -> Result<Option<Uuid>> {
        let Some(id) = id else { return Ok(None) };
        let found = find_content(self.transaction(), bot, id).await?;
        let response = found.filter(|content| content.kind == ContentKind::Response);
        response.map(|content| Some(content.id)).ok_or(StoreError::Unknown("response_id"))
    }
}

/// What the audit log tells of it.
fn fields(kind: ContentKind, written: &WrittenContent) -> Value {
    json!({
        "kind": kind.as_str(),
        "title": written.title,
        "language": written.language,
        "characters": written.body.chars().count(),
        "tags": written.tags,
        "source": written.source,
        "status": written.status.as_str(),
    })
}
