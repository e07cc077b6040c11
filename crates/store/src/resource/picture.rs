//! Pictures of people: a person's own, seen by those who share an organization with them.

use std::collections::HashMap;

use rolecall_access::{Timestamp, UserId};
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Denied, knows_person};
use crate::change::Change;
use crate::error::Result;
use crate::sql::query;

/// A picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its id; another picture has another.
    pub id: Uuid,
    /// Whose it is.
    pub user: UserId,
    /// The file, as the server made it.
    pub content: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Access {
    /// The picture, for its person and for whoever shares an organization with them.
    ///
    /// # Errors
    /// [`Denied`] for others, as if there were none.
    pub async fn find_picture(&mut self, id: Uuid) -> Result<Picture> {
        if self.caller.actor == rolecall_access::Actor::Anybody {
            return Err(Denied::SignInNeeded.into());
        }
        let row: Option<(Uuid, i64)> = query("SELECT account_id, created_at FROM account_picture WHERE id = $1")
            .bind(id)
            .fetch_optional(self.transaction())
            .await?;
        let known = row.filter(|(user, _)| knows_person(&self.directory, &self.caller, UserId(*user)));
        let (user, created_at) = known.ok_or(Denied::NotFound { attempt: None })?;
        let (content,): (Vec<u8>,) =
            query("SELECT content FROM account_picture WHERE id = $1").bind(id).fetch_one(self.transaction()).await?;
        Ok(Picture { id, user: UserId(user), content, created_at: Timestamp(created_at) })
    }

    /// The ids of the pictures of these people, as far as they have one that the caller may see.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn pictures_of(&mut self, users: impl IntoIterator<Item = UserId>) -> Result<HashMap<UserId, Uuid>> {
        let (directory, caller) = (&self.directory, &self.caller);
        let users: Vec<Uuid> =
            users.into_iter().filter(|user| knows_person(directory, caller, *user)).map(|user| user.0).collect();
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let mut query = query("SELECT account_id, id FROM account_picture WHERE account_id IN (");
        query.push_binds(users).push(")");
        let rows: Vec<(Uuid, Uuid)> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|(user, picture)| (UserId(user), picture)).collect())
    }
}

impl Change {
    /// Puts this picture in place of the caller's own; its id.
    ///
    /// # Errors
    /// [`Denied`] for anybody but a person.
    pub async fn set_own_picture(&mut self, content: &[u8]) -> Result<Uuid> {
        let account = self.own_account().await?;
        let id = self.new_id()?;
        let now = self.caller().now.0;
        query("DELETE FROM account_picture WHERE account_id = $1")
            .bind(account.id.0)
            .execute(self.transaction())
            .await?;
        query("INSERT INTO account_picture (id, account_id, content, created_at) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(account.id.0)
            .bind(content)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.audit_account(&account, "set_picture", None);
        Ok(id)
    }

    /// Removes the caller's own picture (idempotent).
    ///
    /// # Errors
    /// [`Denied`] for anybody but a person.
    pub async fn remove_own_picture(&mut self) -> Result<()> {
        let account = self.own_account().await?;
        let removed = query("DELETE FROM account_picture WHERE account_id = $1")
            .bind(account.id.0)
            .execute(self.transaction())
            .await?;
        if removed > 0 {
            self.audit_account(&account, "remove_picture", None);
        }
        Ok(())
    }
}
