//! Making, changing and deleting integrations. What the audit log is told never holds an address or a secret.

use rolecall_access::{BotId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Integration, IntegrationKind, Integrations, WrittenIntegration, find_integration};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::bot::find_bot;
use crate::resource::organization::{fresh, gone};
use crate::sql::query;

/// An integration to be made. Its id is its maker's, so that its seal can name it.
#[derive(Clone, Debug)]
pub struct NewIntegration {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: IntegrationKind,
    /// What it is made of.
    pub written: WrittenIntegration,
}

impl Change {
    /// Makes an integration; its creator owns it. `host` is what the audit log tells of its address.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`.
    pub async fn create_integration(
        &mut self,
        within: &Authorized<In<Integrations>, Create>,
        new: &NewIntegration,
        host: &str,
    ) -> Result<Integration> {
        let (now, owner, written) = (self.caller().now.0, self.given_by(), &new.written);
        query(
            "INSERT INTO integration (id, bot_id, kind, name, name_folded, events, time_limit, status, sealed, owner_id, \
             created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        )
        .bind(new.id)
        .bind(within.id.0)
        .bind(new.kind.as_str())
        .bind(&written.name)
        .bind(fold(&written.name))
        .bind(written.events.join(" "))
        .bind(written.time_limit)
        .bind(status(written))
        .bind(&written.sealed)
        .bind(owner)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        let entry = AuditEntry::done(within.organization, "create", "Integration", new.id, &written.name);
        self.audit(entry.with(told(new.kind, written, host)));
        find_integration(self.transaction(), within.id, new.id).await?.ok_or_else(gone)
    }

    /// Puts this in place of what it is; one that is made active begins without failures. `hosts` are told to the audit
    /// log, before and after.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `name`; [`Stale`](StoreError::Stale).
    pub async fn update_integration(
        &mut self,
        of: &Authorized<Integrations, Update>,
        version: Option<i64>,
        after: &WrittenIntegration,
        hosts: (&str, &str),
    ) -> Result<Integration> {
        let before = &of.integration;
        fresh(version, before.version)?;
        self.keep_integration(of, after).await?;
        let entry = AuditEntry::done(of.bot.organization, "update", "Integration", before.id, &after.name);
        let (was, is) = (told(before.kind, &before.written, hosts.0), told(before.kind, after, hosts.1));
        self.audit(entry.changed(was, is));
        find_integration(self.transaction(), of.bot.id, before.id).await?.ok_or_else(gone)
    }

    async fn keep_integration(
        &mut self,
        of: &Authorized<Integrations, Update>,
        after: &WrittenIntegration,
    ) -> Result<()> {
        let now = self.caller().now.0;
        // Resumed, or turned to elsewhere: what failed before says nothing any more.
        let anew = (after.active && !of.integration.written.active) || after.sealed != of.integration.written.sealed;
        query(
            "UPDATE integration SET name = $2, name_folded = $3, events = $4, time_limit = $5, status = $6, sealed = $7, \
             paused_because = CASE WHEN $6 = 'active' THEN '' ELSE paused_because END, \
             failures = CASE WHEN $8 = 1 THEN 0 ELSE failures END, \
             failing_since = CASE WHEN $8 = 1 THEN NULL ELSE failing_since END, \
             updated_at = $9, version = version + 1 WHERE id = $1",
        )
        .bind(of.integration.id)
        .bind(&after.name)
        .bind(fold(&after.name))
        .bind(after.events.join(" "))
        .bind(after.time_limit)
        .bind(status(after))
        .bind(&after.sealed)
        .bind(i64::from(anew))
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("name"))?;
        Ok(())
    }

    /// Seals it anew, with another secret.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rotate_integration_secret(
        &mut self,
        of: &Authorized<Integrations, Update>,
        sealed: &[u8],
    ) -> Result<Integration> {
        let (id, name) = (of.integration.id, &of.integration.written.name);
        let now = self.caller().now.0;
        query("UPDATE integration SET sealed = $2, updated_at = $3, version = version + 1 WHERE id = $1")
            .bind(id)
            .bind(sealed)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.audit(AuditEntry::done(of.bot.organization, "rotate", "Integration", id, name));
        find_integration(self.transaction(), of.bot.id, id).await?.ok_or_else(gone)
    }

    /// Deletes it with its deliveries.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn delete_integration(
        &mut self,
        of: &Authorized<Integrations, Delete>,
        version: Option<i64>,
    ) -> Result<()> {
        let (id, name) = (of.integration.id, &of.integration.written.name);
        fresh(version, of.integration.version)?;
        query("DELETE FROM integration WHERE id = $1").bind(id).execute(self.transaction()).await?;
        self.audit(AuditEntry::done(of.bot.organization, "delete", "Integration", id, name));
        Ok(())
    }

    /// Pauses it: the server's own doing, for this reason. Nothing happens where it is paused already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn pause_integration(&mut self, bot: BotId, id: Uuid, because: &'static str) -> Result<()> {
        let Some(bot) = find_bot(self.transaction(), bot).await? else { return Ok(()) };
        let Some(integration) = find_integration(self.transaction(), bot.id, id).await? else { return Ok(()) };
        let Timestamp(now) = self.caller().now;
        let paused = query(
            "UPDATE integration SET status = 'paused', paused_because = $2, updated_at = $3, version = version + 1 \
             WHERE id = $1 AND status = 'active'",
        )
        .bind(id)
        .bind(because)
        .bind(now)
        .execute(self.transaction())
        .await?;
        if paused > 0 {
            let name = &integration.written.name;
            let entry = AuditEntry::done(bot.organization, "pause", "Integration", id, name);
            self.audit(entry.with(json!({ "because": because, "failures": integration.failures })));
        }
        Ok(())
    }
}

fn status(written: &WrittenIntegration) -> &'static str {
    if written.active { "active" } else { "paused" }
}

/// What the audit log tells of it.
fn told(kind: IntegrationKind, written: &WrittenIntegration, host: &str) -> Value {
    let mut told = json!({ "name": written.name, "kind": kind.as_str(), "host": host, "status": status(written) });
    if let Some(fields) = told.as_object_mut() {
        let (key, value) = match kind {
            IntegrationKind::Webhook => ("events", json!(written.events)),
            IntegrationKind::Call => ("time_limit", json!(written.time_limit)),
        };
        fields.insert(key.to_owned(), value);
    }
    told
}
