//! Making, rotating, revoking keys.

use rolecall_access::{BotId, KeyId, OrganizationId, Permission, Scope, Unit, UserId};
use serde_json::json;
use uuid::Uuid;

use super::{ApiKey, ApiKeys, NewKey, Rotation, find_key};
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Create, Delete, In, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::{Account, Bot};
use crate::sql::query;

impl Change {
    /// Makes a personal token of the caller's.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person: keys make no keys.
    pub async fn create_token(&mut self, new: &NewKey) -> Result<ApiKey> {
        let account = self.own_account().await?;
        let key = self.insert_key(account.id, None, new).await?;
        self.audit_token(&account, "create_token", &key);
        Ok(key)
    }

    /// Makes a key of the bot; the caller is its sponsor.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person: keys make no keys.
    pub async fn create_bot_key(&mut self, within: &Authorized<In<ApiKeys>, Create>, new: &NewKey) -> Result<ApiKey> {
        let user = self.own_id()?;
        let key = self.insert_key(user, Some(within.id), new).await?;
        self.audit_bot_key(within, "create", &key);
        Ok(key)
    }

    async fn insert_key(&mut self, sponsor: UserId, bot: Option<BotId>, new: &NewKey) -> Result<ApiKey> {
        let id = self.new_id()?;
        let now = self.caller().now.0;
        query(
            "INSERT INTO api_key (id, sponsor_id, bot_id, name, prefix, token_hash, networks, expires_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(id)
        .bind(sponsor.0)
        .bind(bot.map(|bot| bot.0))
        .bind(&new.name)
        .bind(&new.prefix)
        .bind(&new.token_hash[..])
        .bind(new.networks.join(" "))
        .bind(new.expires_at.map(|end| end.0))
        .bind(now)
        .execute(self.transaction())
        .await?;
        for (place, permission) in &new.scope {
            let (organization, bot) = match place {
                Scope::Organization(id) => (Some(id.0), None),
                Scope::Bot(id) => (None, Some(id.0)),
            };
            query(
                "INSERT INTO api_key_permission (key_id, place_id, organization_id, bot_id, model, action) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key_id, place_id, model, action) DO NOTHING",
            )
            .bind(id)
            .bind(organization.or(bot).unwrap_or_default())
            .bind(organization)
            .bind(bot)
            .bind(permission.model.as_str())
            .bind(permission.action.as_str())
            .execute(self.transaction())
            .await?;
        }
        self.touch(Unit::Key(KeyId(id)));
        find_key(self.transaction(), id).await?.ok_or_else(|| StoreError::Damaged("no key".to_owned()))
    }

    /// A token of the caller's own, to be changed.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn own_token(&mut self, id: Uuid) -> Result<Option<ApiKey>> {
        let user = self.own_id()?;
        let found = find_key(self.transaction(), id).await?;
        Ok(found.filter(|key| key.sponsor == user && key.bot.is_none() && key.revoked_at.is_none()))
    }

    /// Revokes a token of the caller's own, at once.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn revoke_own_token(&mut self, key: &ApiKey) -> Result<()> {
        let account = self.own_account().await?;
        self.set_revoked(key.id).await?;
        self.audit_token(&account, "revoke_token", key);
        Ok(())
    }

    /// Gives a token of the caller's own a new secret.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn rotate_own_token(&mut self, key: &ApiKey, new: &Rotation) -> Result<ApiKey> {
        let account = self.own_account().await?;
        let after = self.set_secret(key, account.id, new).await?;
        self.audit_token(&account, "rotate_token", key);
        Ok(after)
    }

    /// Revokes a key of a bot, at once.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke_bot_key(&mut self, of: &Authorized<ApiKeys, Delete>) -> Result<()> {
        self.set_revoked(of.key.id).await?;
        self.audit_bot_key(&of.bot, "delete", &of.key);
        Ok(())
    }

    /// Gives a key of a bot a new secret; whoever does becomes its sponsor, and what they may not do themselves goes from
    /// its scope.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn rotate_bot_key(
        &mut self,
        of: &Authorized<ApiKeys, Update>,
        new: &Rotation,
        beyond: &[(Scope, Permission)],
    ) -> Result<ApiKey> {
        let user = self.own_id()?;
        self.cut_down(&of.key, beyond).await?;
        let after = self.set_secret(&of.key, user, new).await?;
        self.audit_bot_key(&of.bot, "rotate", &after);
        Ok(after)
    }

    /// The caller becomes the sponsor of a key whose sponsor leaves; what they may not do themselves goes from its scope.
    /// The secret stays, so that what uses it goes on.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn take_over_key(
        &mut self,
        of: &Authorized<ApiKeys, Update>,
        beyond: &[(Scope, Permission)],
    ) -> Result<()> {
        let user = self.own_id()?;
        self.cut_down(&of.key, beyond).await?;
        query("UPDATE api_key SET sponsor_id = $2 WHERE id = $1")
            .bind(of.key.id.0)
            .bind(user.0)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Key(of.key.id));
        self.audit_bot_key(&of.bot, "take_over", &of.key);
        Ok(())
    }

    async fn cut_down(&mut self, key: &ApiKey, beyond: &[(Scope, Permission)]) -> Result<()> {
        for (place, permission) in beyond {
            let place = match place {
                Scope::Organization(id) => id.0,
                Scope::Bot(id) => id.0,
            };
            query("DELETE FROM api_key_permission WHERE key_id = $1 AND place_id = $2 AND model = $3 AND action = $4")
                .bind(key.id.0)
                .bind(place)
                .bind(permission.model.as_str())
                .bind(permission.action.as_str())
                .execute(self.transaction())
                .await?;
        }
        Ok(())
    }

    /// A secret that was promised to stay good for a while does: until then only a rotation that ends all earlier ones at
    /// once goes through. So of several at the same time one does.
    async fn set_secret(&mut self, key: &ApiKey, sponsor: UserId, new: &Rotation) -> Result<ApiKey> {
        let now = self.caller().now.0;
        let changed = query(
            "UPDATE api_key SET old_hash = token_hash, old_until = $2, token_hash = $3, prefix = $4, sponsor_id = $5 \
             WHERE id = $1 AND (CAST($2 AS BIGINT) <= CAST($6 AS BIGINT) OR old_until IS NULL OR old_until <= $6)",
        )
        .bind(key.id.0)
        .bind(new.old_until.0)
        .bind(&new.token_hash[..])
        .bind(&new.prefix)
        .bind(sponsor.0)
        .bind(now)
        .execute(self.transaction())
        .await?;
        if changed == 0 {
            return Err(StoreError::WrongState(
                "the secret before the present one is still good; end it at once (`overlap_seconds` 0) or revoke the key",
            ));
        }
        self.touch(Unit::Key(key.id));
        find_key(self.transaction(), key.id.0).await?.ok_or_else(|| StoreError::Damaged("no key".to_owned()))
    }

    async fn set_revoked(&mut self, id: KeyId) -> Result<()> {
        let now = self.caller().now.0;
        query("UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.0)
            .bind(now)
            .execute(self.transaction())
            .await?;
        self.touch(Unit::Key(id));
        Ok(())
    }

    /// Before a bot (`id`) or an organization with its bots (`organization_id`) goes: the keys that change with it.
    pub(crate) async fn touch_keys_on(&mut self, column: &'static str, id: Uuid) -> Result<()> {
        let keys: Vec<(Uuid,)> = query(format!(
            "SELECT k.id FROM api_key k JOIN bot b ON b.id = k.bot_id WHERE b.{column} = $1 \
             UNION SELECT p.key_id FROM api_key_permission p LEFT JOIN bot b ON b.id = p.bot_id \
             WHERE b.{column} = $1 OR p.organization_id = $1"
        ))
        .bind(id)
        .fetch_all(self.transaction())
        .await?;
        for (key,) in keys {
            self.touch(Unit::Key(KeyId(key)));
        }
        Ok(())
    }

    /// Somebody leaves: their keys on the organization's bots are dead for good, and their tokens reach nothing of it any
    /// more, whoever brings them back.
    pub(crate) async fn end_keys_of(&mut self, organization: OrganizationId, user: UserId) -> Result<()> {
        let keys: Vec<(Uuid,)> = query(
            "SELECT k.id FROM api_key k JOIN bot b ON b.id = k.bot_id \
             WHERE k.sponsor_id = $1 AND b.organization_id = $2 AND k.revoked_at IS NULL",
        )
        .bind(user.0)
        .bind(organization.0)
        .fetch_all(self.transaction())
        .await?;
        for (id,) in keys {
            self.set_revoked(KeyId(id)).await?;
        }
        let tokens: Vec<(Uuid,)> =
            query("SELECT id FROM api_key WHERE sponsor_id = $1 AND bot_id IS NULL AND revoked_at IS NULL")
                .bind(user.0)
                .fetch_all(self.transaction())
                .await?;
        for (id,) in tokens {
            let gone = query(
                "DELETE FROM api_key_permission WHERE key_id = $1 AND (organization_id = $2 \
                 OR bot_id IN (SELECT id FROM bot WHERE organization_id = $2))",
            )
            .bind(id)
            .bind(organization.0)
            .execute(self.transaction())
            .await?;
            if gone > 0 {
                self.touch(Unit::Key(KeyId(id)));
            }
        }
        Ok(())
    }

    fn audit_token(&mut self, account: &Account, action: &'static str, key: &ApiKey) {
        self.audit_account(account, action, Some((json!({}), json!({ "name": key.name, "prefix": key.prefix }))));
    }

    fn audit_bot_key(&mut self, bot: &Bot, action: &'static str, key: &ApiKey) {
        let entry = AuditEntry::done(bot.organization, action, "ApiKey", key.id.0, &key.name);
        self.audit(entry.with(json!({ "bot": bot.name, "prefix": key.prefix })));
    }
}
