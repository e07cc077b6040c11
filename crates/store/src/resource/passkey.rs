//! Passkeys (WebAuthn credentials): a person's own.

use rolecall_access::{Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::sql::query;

/// A passkey.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub user: UserId,
    /// What its person calls it.
    pub name: String,
    /// The public key with its counters, as JSON.
    pub credential: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last signed somebody in.
    pub last_used_at: Option<Timestamp>,
}

/// A passkey to be added.
#[derive(Clone, Debug)]
pub struct NewPasskey<'p> {
    /// What its person calls it.
    pub name: &'p str,
    /// What names it among all authenticators.
    pub credential_id: &'p [u8],
    /// The public key with its counters, as JSON.
    pub credential: &'p str,
}

#[derive(FromRow)]
struct PasskeyRow {
    id: Uuid,
    account_id: Uuid,
    name: String,
    credential: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl From<PasskeyRow> for Passkey {
    fn from(row: PasskeyRow) -> Self {
        Self {
            id: row.id,
            user: UserId(row.account_id),
            name: row.name,
            credential: row.credential,
            created_at: Timestamp(row.created_at),
            last_used_at: row.last_used_at.map(Timestamp),
        }
    }
}

impl Access {
    /// The caller's passkeys, oldest first.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn list_own_passkeys(&mut self) -> Result<Vec<Passkey>> {
        let user = self.own_id()?;
        let rows: Vec<PasskeyRow> = query(
            "SELECT id, account_id, name, credential, created_at, last_used_at FROM passkey WHERE account_id = $1 \
             ORDER BY created_at, id",
        )
        .bind(user.0)
        .fetch_all(self.transaction())
        .await?;
        Ok(rows.into_iter().map(Passkey::from).collect())
    }

    /// The passkey so named among all authenticators: for checking what it signed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_passkey(&mut self, credential_id: &[u8]) -> Result<Option<Passkey>> {
        let row: Option<PasskeyRow> = query(
            "SELECT id, account_id, name, credential, created_at, last_used_at FROM passkey WHERE credential_id = $1",
        )
        .bind(credential_id)
        .fetch_optional(self.transaction())
        .await?;
        Ok(row.map(Passkey::from))
    }
}

impl Change {
    /// Adds a passkey of the caller's.
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `passkey` if it is there already; [`Denied`](crate::Denied) for anybody but a
    /// person.
    pub async fn add_passkey(&mut self, new: NewPasskey<'_>) -> Result<Passkey> {
        let account = self.own_account().await?;
        let id = self.new_id()?;
        let now = self.caller().now.0;
        query(
            "INSERT INTO passkey (id, account_id, credential_id, name, credential, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(account.id.0)
        .bind(new.credential_id)
        .bind(new.name)
        .bind(new.credential)
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("passkey"))?;
        self.audit_account(&account, "add_passkey", None);
        let credential = self.find_passkey(new.credential_id).await?;
        credential.ok_or_else(|| StoreError::Damaged("no passkey".to_owned()))
    }

    /// Renames a passkey of the caller's. False: they have none such.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn rename_passkey(&mut self, id: Uuid, name: &str) -> Result<bool> {
        let account = self.own_account().await?;
        let renamed = query("UPDATE passkey SET name = $3 WHERE id = $1 AND account_id = $2")
            .bind(id)
            .bind(account.id.0)
            .bind(name)
            .execute(self.transaction())
            .await?;
        if renamed > 0 {
            self.audit_account(&account, "rename_passkey", None);
        }
        Ok(renamed > 0)
    }

    /// Takes a passkey of the caller's away. False: they have none such.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person; [`WrongState`](StoreError::WrongState) if the password may not
    /// stand alone.
    pub async fn remove_passkey(&mut self, id: Uuid) -> Result<bool> {
        let account = self.own_account().await?;
        let gone = query("DELETE FROM passkey WHERE id = $1 AND account_id = $2")
            .bind(id)
            .bind(account.id.0)
            .execute(self.transaction())
            .await?;
        if gone > 0 {
            self.audit_account(&account, "remove_passkey", None);
            self.lost_a_factor(account.id).await?;
        }
        Ok(gone > 0)
    }

    /// The passkey has just proved its person: keeps its counters, and the ceremony as used up. False: it was already, or
    /// the passkey is gone.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn use_passkey(
        &mut self,
        passkey: &Passkey,
        credential: &str,
        (ceremony, expires_at): (&[u8; 32], Timestamp),
    ) -> Result<bool> {
        let now = self.caller().now.0;
        query("DELETE FROM used_ceremony WHERE expires_at <= $1").bind(now).execute(self.transaction()).await?;
        let fresh = query("INSERT INTO used_ceremony (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING")
            .bind(&ceremony[..])
            .bind(expires_at.0)
            .execute(self.transaction())
            .await?;
        let used = query("UPDATE passkey SET credential = $2, last_used_at = $3 WHERE id = $1")
            .bind(passkey.id)
            .bind(credential)
            .bind(now)
            .execute(self.transaction())
            .await?;
        Ok(fresh == 1 && used == 1)
    }
}
