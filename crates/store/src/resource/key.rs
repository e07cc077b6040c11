//! Personal tokens and the keys of bots: on behalf of a sponsor, within a scope of their own.

use rolecall_access::effective::Extent;
use rolecall_access::{BotId, KeyId, OrganizationId, Permission, Scope, Timestamp, Unit, UserId};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Child, Create, Delete, In, Place, Read, Resource, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::facts::permission;
use crate::resource::bot::find_bot;
use crate::resource::{Account, Bot, Bots};
use crate::sql::{Transaction, query};
use crate::store::Store;

/// A key or token. The secret is shown once and kept as a hash.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// On whose behalf it acts.
    pub sponsor: UserId,
    /// Their name.
    pub sponsor_name: String,
    /// The bot it belongs to; none: a personal token.
    pub bot: Option<BotId>,
    /// What it is called.
    pub name: String,
    /// How the secret begins, to know it again.
    pub prefix: String,
    /// The networks it is good from; none: any.
    pub networks: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is called.
    pub name: String,
    /// How the secret begins.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub token_hash: [u8; 32],
    /// What it may do where.
    pub scope: Vec<(Scope, Permission)>,
    /// The networks it is good from; none: any.
    pub networks: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A new secret in place of the one before, which stays good for a while.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// How the secret begins.
    pub prefix: String,
    /// SHA-256 of the secret.
    pub token_hash: [u8; 32],
    /// Until when the one before is good.
    pub old_until: Timestamp,
}

/// The resource `ApiKey`: a key of a bot.
pub struct ApiKeys;

/// A key of a bot with its bot.
#[derive(Clone, Debug)]
pub struct BotKey {
    /// The bot.
    pub bot: Bot,
    /// The key.
    pub key: ApiKey,
}

impl Resource for ApiKeys {
    type Id = (BotId, Uuid);
    type Record = BotKey;
    const MODEL: &'static str = "ApiKey";

    async fn find(transaction: &mut Transaction, (bot, id): Self::Id) -> Result<Option<BotKey>> {
        let Some(bot) = find_bot(transaction, bot).await? else { return Ok(None) };
        let key = find_key(transaction, id).await?.filter(|key| key.bot == Some(bot.id));
        Ok(key.map(|key| BotKey { bot, key }))
    }

    fn place(record: &BotKey) -> Place {
        Place { scope: Scope::Bot(record.bot.id), owner: Some(record.key.sponsor) }
    }
}

impl Child for ApiKeys {
    type Parent = Bots;
}

#[derive(FromRow)]
struct KeyRow {
    id: Uuid,
    sponsor_id: Uuid,
    sponsor_name: String,
    bot_id: Option<Uuid>,
    name: String,
    prefix: String,
    networks: String,
    expires_at: Option<i64>,
    created_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl From<KeyRow> for ApiKey {
    fn from(row: KeyRow) -> Self {
        Self {
            id: KeyId(row.id),
            sponsor: UserId(row.sponsor_id),
            sponsor_name: row.sponsor_name,
            bot: row.bot_id.map(BotId),
            name: row.name,
            prefix: row.prefix,
            networks: row.networks.split_whitespace().map(str::to_owned).collect(),
            expires_at: row.expires_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp),
            revoked_at: row.revoked_at.map(Timestamp),
        }
    }
}

const SELECT: &str = "SELECT k.id, k.sponsor_id, a.name AS sponsor_name, k.bot_id, k.name, k.prefix, k.networks, \
                      k.expires_at, k.created_at, k.last_used_at, k.revoked_at \
                      FROM api_key k JOIN account a ON a.id = k.sponsor_id WHERE ";

async fn find_key(transaction: &mut Transaction, id: Uuid) -> Result<Option<ApiKey>> {
    let row: Option<KeyRow> = query(format!("{SELECT}k.id = $1")).bind(id).fetch_optional(transaction).await?;
    Ok(row.map(ApiKey::from))
}

/// Seconds between two notes that a key was used.
const USED_EVERY_SECONDS: i64 = 60;

impl Store {
    /// The key of this secret's hash, if it is good now, and whether its sponsor has a second factor; notes that it was
    /// used (at most once a minute). From which network it comes is the caller's to check.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_key(&self, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<(ApiKey, bool)>> {
        let mut transaction = self.pool.read().await?;
        let row: Option<KeyRow> = query(format!(
            "{SELECT}(k.token_hash = $1 OR (k.old_hash = $1 AND k.old_until > $2)) AND k.revoked_at IS NULL \
             AND (k.expires_at IS NULL OR k.expires_at > $2) AND a.verified_at IS NOT NULL"
        ))
        .bind(&token_hash[..])
        .bind(now.0)
        .fetch_optional(&mut transaction)
        .await?;
        let Some(key) = row.map(ApiKey::from) else { return Ok(None) };
        let factors = crate::resource::factor::find_factors(&mut transaction, key.sponsor).await?;
        drop(transaction);
        if key.last_used_at.is_none_or(|used| used.plus_seconds(USED_EVERY_SECONDS) <= now) {
            let (_writer, mut transaction) = self.write().await?;
            query("UPDATE api_key SET last_used_at = $2 WHERE id = $1")
                .bind(key.id.0)
                .bind(now.0)
                .execute(&mut transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok(Some((key, factors.is_on())))
    }
}

impl Access {
    /// The caller's personal tokens that are not revoked, newest first.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_own_tokens(&mut self) -> Result<Vec<ApiKey>> {
        let user = self.own_id()?;
        let rows: Vec<KeyRow> = query(format!(
            "{SELECT}k.sponsor_id = $1 AND k.bot_id IS NULL AND k.revoked_at IS NULL ORDER BY k.created_at DESC, k.id"
        ))
        .bind(user.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(ApiKey::from).collect())
    }

    /// The keys of a bot that are not revoked, newest first, as far as the caller reads them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_bot_keys(&mut self, within: &Authorized<In<ApiKeys>, Read>) -> Result<Vec<ApiKey>> {
        let rows: Vec<KeyRow> =
            query(format!("{SELECT}k.bot_id = $1 AND k.revoked_at IS NULL ORDER BY k.created_at DESC, k.id"))
                .bind(within.id.0)
                .fetch_all(self.transaction())
                .await?;
        let seen = |key: &ApiKey| match within.extent() {
            Extent::All => true,
            Extent::OwnedBy(user) => key.sponsor == *user,
            Extent::None => false,
        };
        Ok(rows.into_iter().map(ApiKey::from).filter(seen).collect())
    }

    /// What the key may do where.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn key_scope(&mut self, key: &ApiKey) -> Result<Vec<(Scope, Permission)>> {
        let rows: Vec<(Option<Uuid>, Option<Uuid>, String, String)> = query(
            "SELECT organization_id, bot_id, model, action FROM api_key_permission WHERE key_id = $1 \
             ORDER BY place_id, model, action",
        )
        .bind(key.id.0)
        .fetch_all(self.transaction())
        .await?;
        let scope = |(organization, bot, model, action): (Option<Uuid>, Option<Uuid>, String, String)| {
            let place = match (organization, bot) {
                (Some(id), _) => Scope::Organization(OrganizationId(id)),
                (None, bot) => Scope::Bot(BotId(bot.unwrap_or_default())),
            };
            permission(&model, &action).map(|permission| (place, permission))
        };
        rows.into_iter().map(scope).collect()
    }
}

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
        for (place, permission) in beyond {
            let place = match place {
                Scope::Organization(id) => id.0,
                Scope::Bot(id) => id.0,
            };
            query("DELETE FROM api_key_permission WHERE key_id = $1 AND place_id = $2 AND model = $3 AND action = $4")
                .bind(of.key.id.0)
                .bind(place)
                .bind(permission.model.as_str())
                .bind(permission.action.as_str())
                .execute(self.transaction())
                .await?;
        }
        let after = self.set_secret(&of.key, user, new).await?;
        self.audit_bot_key(&of.bot, "rotate", &after);
        Ok(after)
    }

    async fn set_secret(&mut self, key: &ApiKey, sponsor: UserId, new: &Rotation) -> Result<ApiKey> {
        query(
            "UPDATE api_key SET old_hash = token_hash, old_until = $2, token_hash = $3, prefix = $4, sponsor_id = $5 \
             WHERE id = $1",
        )
        .bind(key.id.0)
        .bind(new.old_until.0)
        .bind(&new.token_hash[..])
        .bind(&new.prefix)
        .bind(sponsor.0)
        .execute(self.transaction())
        .await?;
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
