//! Making, changing and deleting rules.

use rolecall_access::{BotId, OrganizationId, Permission};
use serde_json::{Value, json};

use super::{ForwardRule, ForwardRules, find_rule};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::organization::{fresh, gone};
use crate::sql::query;

/// What a rule is made of.
#[derive(Clone, Debug)]
pub struct NewForwardRule {
    /// The host, with its port unless that is the usual one.
    pub host: String,
    /// The path.
    pub path: String,
    /// The methods, in order; none: every method.
    pub methods: Vec<String>,
    /// What is needed.
    pub permission: Permission,
    /// On which bot.
    pub bot: Option<BotId>,
}

/// What the audit log tells of a rule.
fn told(new: &NewForwardRule) -> Value {
    json!({
        "host": new.host,
        "path": new.path,
        "methods": new.methods,
        "permission": new.permission.to_string(),
        "bot": new.bot.map(|bot| bot.0),
    })
}

impl NewForwardRule {
    /// What the rule is made of.
    #[must_use]
    pub fn of(rule: &ForwardRule) -> Self {
        Self {
            host: rule.host.clone(),
            path: rule.path.clone(),
            methods: rule.methods.clone(),
            permission: rule.permission.clone(),
            bot: rule.bot,
        }
    }

    fn name(&self) -> String {
        format!("{}{}", self.host, self.path)
    }
}

impl Change {
    /// Makes the host the organization's, unless it is another's.
    async fn claim_host(&mut self, organization: OrganizationId, host: &str) -> Result<()> {
        query(
            "DELETE FROM forward_host WHERE host = $1 \
             AND organization_id IN (SELECT id FROM organization WHERE deleted_at IS NOT NULL)",
        )
        .bind(host)
        .execute(self.transaction())
        .await?;
        query("INSERT INTO forward_host (host, organization_id) VALUES ($1, $2) ON CONFLICT (host) DO NOTHING")
            .bind(host)
            .bind(organization.0)
            .execute(self.transaction())
            .await?;
        let (own,): (bool,) =
            query("SELECT EXISTS (SELECT 1 FROM forward_host WHERE host = $1 AND organization_id = $2)")
                .bind(host)
                .bind(organization.0)
                .fetch_one(self.transaction())
                .await?;
        if own { Ok(()) } else { Err(StoreError::Duplicate("host")) }
    }

    /// Makes a rule.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `host` (it is another organization's) or `path`.
    pub async fn create_forward_rule(
        &mut self,
        within: &Authorized<In<ForwardRules>, Update>,
        new: &NewForwardRule,
    ) -> Result<ForwardRule> {
        self.lock(within.id).await?;
        self.claim_host(within.id, &new.host).await?;
        let (id, now) = (self.new_id()?, self.caller().now.0);
        query(
            "INSERT INTO forward_rule (id, organization_id, host, path, methods, model, action, bot_id, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(id)
        .bind(within.id.0)
        .bind(&new.host)
        .bind(&new.path)
        .bind(new.methods.join(" "))
        .bind(new.permission.model.as_str())
        .bind(new.permission.action.as_str())
        .bind(new.bot.map(|bot| bot.0))
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("path"))?;
        self.audit(AuditEntry::done(within.id, "create_forward_rule", "Policy", id, new.name()).with(told(new)));
        find_rule(self.transaction(), within.id, id).await?.ok_or_else(gone)
    }

    /// Puts this in place of what the rule is; its host stays.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale); [`Duplicate`](StoreError::Duplicate) `path`.
    pub async fn update_forward_rule(
        &mut self,
        of: &Authorized<ForwardRules, Update>,
        version: Option<i64>,
        new: &NewForwardRule,
    ) -> Result<ForwardRule> {
        let (organization, id) = (of.organization.id, of.rule.id);
        fresh(version, of.rule.version)?;
        self.lock(organization).await?;
        let now = self.caller().now.0;
        query(
            "UPDATE forward_rule SET path = $2, methods = $3, model = $4, action = $5, bot_id = $6, updated_at = $7, \
             version = version + 1 WHERE id = $1",
        )
        .bind(id)
        .bind(&new.path)
        .bind(new.methods.join(" "))
        .bind(new.permission.model.as_str())
        .bind(new.permission.action.as_str())
        .bind(new.bot.map(|bot| bot.0))
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("path"))?;
        let entry = AuditEntry::done(organization, "update_forward_rule", "Policy", id, new.name());
        self.audit(entry.changed(told(&NewForwardRule::of(&of.rule)), told(new)));
        find_rule(self.transaction(), organization, id).await?.ok_or_else(gone)
    }

    /// Deletes it; a host without rules is nobody's.
    ///
    /// # Errors
    /// [`Stale`](StoreError::Stale).
    pub async fn delete_forward_rule(
        &mut self,
        of: &Authorized<ForwardRules, Update>,
        version: Option<i64>,
    ) -> Result<()> {
        let (organization, rule) = (of.organization.id, &of.rule);
        fresh(version, rule.version)?;
        self.lock(organization).await?;
        query("DELETE FROM forward_rule WHERE id = $1").bind(rule.id).execute(self.transaction()).await?;
        query(
            "DELETE FROM forward_host WHERE host = $1 \
             AND NOT EXISTS (SELECT 1 FROM forward_rule r WHERE r.host = forward_host.host)",
        )
        .bind(&rule.host)
        .execute(self.transaction())
        .await?;
        let was = NewForwardRule::of(rule);
        let entry = AuditEntry::done(organization, "delete_forward_rule", "Policy", rule.id, was.name());
        self.audit(AuditEntry { before: Some(told(&was)), ..entry });
        Ok(())
    }
}
