//! Personal tokens and the keys of bots: on behalf of a sponsor, within a scope of their own.

use rolecall_access::effective::Extent;
mod write;

use rolecall_access::{BotId, KeyId, OrganizationId, Permission, Scope, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Authorized, Child, In, Place, Read, Resource};
use crate::error::Result;
use crate::facts::permission;
use crate::resource::bot::find_bot;
use crate::resource::{Bot, Bots, Member};
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

    /// The keys of the organization's bots that act on the member's behalf, with the bot's name.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn keys_of(&mut self, member: &Member) -> Result<Vec<(ApiKey, String)>> {
        let rows: Vec<KeyRow> = query(format!(
            "{SELECT}k.sponsor_id = $1 AND k.revoked_at IS NULL \
             AND k.bot_id IN (SELECT id FROM bot WHERE organization_id = $2) ORDER BY k.created_at, k.id"
        ))
        .bind(member.user.0)
        .bind(member.organization.0)
        .fetch_all(self.transaction())
        .await?;
        let mut keys = Vec::new();
        for key in rows.into_iter().map(ApiKey::from) {
            let bot = match key.bot {
                Some(bot) => find_bot(self.transaction(), bot).await?,
                None => None,
            };
            keys.extend(bot.map(|bot| (key, bot.name)));
        }
        Ok(keys)
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
