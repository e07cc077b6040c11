//! Second factors: an authenticator app (TOTP), backup codes, passkeys. A person's own, like the account. Backup codes
//! stand in for the others and count for nothing alone.
//!
//! The functions here that take no proof are the sign-in machinery's; each says what its caller must have established.

use rolecall_access::{Timestamp, Unit, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::resource::account::find_account;
use crate::resource::{Account, SessionId};
use crate::sql::{Transaction, query};

/// Which second factors an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// Since when an authenticator app.
    pub authenticator: Option<Timestamp>,
    /// How many passkeys.
    pub passkeys: u32,
    /// How many backup codes are left.
    pub backup_codes: u32,
    /// When they were made.
    pub backup_codes_since: Option<Timestamp>,
}

impl Factors {
    /// Whether a second factor is asked for: the one place that says which count.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.authenticator.is_some() || self.passkeys > 0
    }

    /// What can be given at sign-in, as the API names it.
    #[must_use]
    pub fn methods(&self) -> Vec<&'static str> {
        let all = [
            ("totp", self.authenticator.is_some()),
            ("backup_code", self.is_on() && self.backup_codes > 0),
            ("passkey", self.passkeys > 0),
        ];
        all.into_iter().filter_map(|(method, on)| on.then_some(method)).collect()
    }
}

/// An authenticator app's secret, sealed, and the newest time step that was used up.
#[derive(Clone, Debug)]
pub struct SealedAuthenticator {
    /// The secret, sealed.
    pub secret: Vec<u8>,
    /// The newest time step used up.
    pub last_step: u64,
}

#[derive(FromRow)]
struct FactorsRow {
    authenticator: Option<i64>,
    passkeys: i64,
    backup_codes: i64,
    backup_codes_since: Option<i64>,
}

pub(crate) async fn find_factors(transaction: &mut Transaction, user: UserId) -> Result<Factors> {
    let row: FactorsRow = query(
        "SELECT (SELECT created_at FROM authenticator WHERE account_id = $1) AS authenticator, \
         (SELECT COUNT(*) FROM passkey WHERE account_id = $1) AS passkeys, \
         (SELECT COUNT(*) FROM backup_code WHERE account_id = $1) AS backup_codes, \
         (SELECT created_at FROM backup_code_set WHERE account_id = $1) AS backup_codes_since",
    )
    .bind(user.0)
    .fetch_one(transaction)
    .await?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Factors {
        authenticator: row.authenticator.map(Timestamp),
        passkeys: number(row.passkeys),
        backup_codes: number(row.backup_codes),
        backup_codes_since: row.backup_codes_since.map(Timestamp),
    })
}

impl Access {
    /// The factors of an account whose password was right, or whose session asks.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn factors_of(&mut self, user: UserId) -> Result<Factors> {
        find_factors(self.transaction(), user).await
    }

    /// The account, for a mail to its person.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn account_of(&mut self, user: UserId) -> Result<Option<Account>> {
        find_account(self.transaction(), user).await
    }

    /// The authenticator app of an account, for checking a code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn authenticator_of(&mut self, user: UserId) -> Result<Option<SealedAuthenticator>> {
        let row: Option<(Vec<u8>, i64)> = query("SELECT secret, last_step FROM authenticator WHERE account_id = $1")
            .bind(user.0)
            .fetch_optional(self.transaction())
            .await?;
        Ok(row.map(|(secret, step)| SealedAuthenticator { secret, last_step: u64::try_from(step).unwrap_or(0) }))
    }

    /// The salt of the account's backup codes, for checking one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn backup_salt_of(&mut self, user: UserId) -> Result<Option<Vec<u8>>> {
        let row: Option<(Vec<u8>,)> = query("SELECT salt FROM backup_code_set WHERE account_id = $1")
            .bind(user.0)
            .fetch_optional(self.transaction())
            .await?;
        Ok(row.map(|(salt,)| salt))
    }

    /// The secret of the authenticator app that the caller sets up, sealed.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn own_authenticator_draft(&mut self) -> Result<Option<Vec<u8>>> {
        let (user, now) = (self.own_id()?, self.caller.now.0);
        let row: Option<(Vec<u8>,)> =
            query("SELECT secret FROM authenticator_draft WHERE account_id = $1 AND expires_at > $2")
                .bind(user.0)
                .bind(now)
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.map(|(secret,)| secret))
    }

    /// Who stands between password and second factor with this token.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_sign_in_step(&mut self, token_hash: &[u8; 32]) -> Result<Option<Account>> {
        let now = self.caller.now.0;
        let row: Option<(Uuid,)> =
            query("SELECT account_id FROM sign_in_step WHERE token_hash = $1 AND expires_at > $2")
                .bind(&token_hash[..])
                .bind(now)
                .fetch_optional(self.transaction())
                .await?;
        match row {
            Some((id,)) => find_account(self.transaction(), UserId(id)).await,
            None => Ok(None),
        }
    }
}

impl Change {
    /// Somebody's password was right; what is left is the second factor.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn create_sign_in_step(
        &mut self,
        user: UserId,
        token_hash: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<()> {
        let now = self.caller().now.0;
        query("DELETE FROM sign_in_step WHERE expires_at <= $1").bind(now).execute(self.transaction()).await?;
        query("INSERT INTO sign_in_step (token_hash, account_id, expires_at) VALUES ($1, $2, $3)")
            .bind(&token_hash[..])
            .bind(user.0)
            .bind(expires_at.0)
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    /// Uses the step up. None: not (any more) good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_sign_in_step(&mut self, token_hash: &[u8; 32]) -> Result<Option<UserId>> {
        let now = self.caller().now.0;
        let row: Option<(Uuid, i64)> =
            query("DELETE FROM sign_in_step WHERE token_hash = $1 RETURNING account_id, expires_at")
                .bind(&token_hash[..])
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.filter(|(_, expires_at)| now < *expires_at).map(|(id, _)| UserId(id)))
    }

    /// Uses a time step up, and all before it. False: it was already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn spend_time_step(&mut self, user: UserId, step: u64) -> Result<bool> {
        let spent = query("UPDATE authenticator SET last_step = $2 WHERE account_id = $1 AND last_step < $2")
            .bind(user.0)
            .bind(i64::try_from(step).unwrap_or(i64::MAX))
            .execute(self.transaction())
            .await?;
        Ok(spent == 1)
    }

    /// Uses a backup code up. False: there is none such (any more).
    ///
    /// # Errors
    /// If the database fails.
    pub async fn spend_backup_code(&mut self, user: UserId, hash: &[u8; 32]) -> Result<bool> {
        let spent = query("DELETE FROM backup_code WHERE account_id = $1 AND code_hash = $2")
            .bind(user.0)
            .bind(&hash[..])
            .execute(self.transaction())
            .await?;
        if spent == 1
            && let Some(account) = find_account(self.transaction(), user).await?
        {
            self.audit_account(&account, "use_backup_code", None);
        }
        Ok(spent == 1)
    }

    /// Begins to set up the caller's authenticator app, in place of a beginning before.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn draft_authenticator(&mut self, sealed: &[u8], expires_at: Timestamp) -> Result<()> {
        let user = self.own_id()?;
        query(
            "INSERT INTO authenticator_draft (account_id, secret, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, expires_at = excluded.expires_at",
        )
        .bind(user.0)
        .bind(sealed)
        .bind(expires_at.0)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// The app that was begun, with this secret, is the caller's from here on, in place of one before; the step of the
    /// code that proved it is used up. False: another was begun, or used, meanwhile.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn adopt_authenticator(&mut self, sealed: &[u8], step: u64) -> Result<bool> {
        let account = self.own_account().await?;
        let now = self.caller().now.0;
        let taken = query("DELETE FROM authenticator_draft WHERE account_id = $1 AND secret = $2")
            .bind(account.id.0)
            .bind(sealed)
            .execute(self.transaction())
            .await?;
        if taken == 0 {
            return Ok(false);
        }
        query(
            "INSERT INTO authenticator (account_id, secret, last_step, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step, \
             created_at = excluded.created_at",
        )
        .bind(account.id.0)
        .bind(sealed)
        .bind(i64::try_from(step).unwrap_or(i64::MAX))
        .bind(now)
        .execute(self.transaction())
        .await?;
        self.audit_account(&account, "add_authenticator", None);
        Ok(true)
    }

    /// Takes the caller's authenticator app away. False: there is none.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person; [`WrongState`](StoreError::WrongState) if the password may not
    /// stand alone.
    pub async fn remove_authenticator(&mut self) -> Result<bool> {
        let account = self.own_account().await?;
        let gone = query("DELETE FROM authenticator WHERE account_id = $1")
            .bind(account.id.0)
            .execute(self.transaction())
            .await?;
        if gone > 0 {
            self.audit_account(&account, "remove_authenticator", None);
            self.lost_a_factor(account.id).await?;
        }
        Ok(gone > 0)
    }

    /// Without any second factor left, backup codes have nothing to stand in for, no session has proved one, and the
    /// password must be long enough to stand alone.
    pub(crate) async fn lost_a_factor(&mut self, user: UserId) -> Result<()> {
        if find_factors(self.transaction(), user).await?.is_on() {
            return Ok(());
        }
        let (long,): (bool,) =
            query("SELECT long_password FROM account WHERE id = $1").bind(user.0).fetch_one(self.transaction()).await?;
        if !long {
            return Err(StoreError::WrongState(
                "your password is shorter than 15 characters, which needs a second factor beside it; change it first",
            ));
        }
        query("DELETE FROM backup_code WHERE account_id = $1").bind(user.0).execute(self.transaction()).await?;
        query("DELETE FROM backup_code_set WHERE account_id = $1").bind(user.0).execute(self.transaction()).await?;
        query("UPDATE session SET second_factor = $2 WHERE account_id = $1")
            .bind(user.0)
            .bind(false)
            .execute(self.transaction())
            .await?;
        Ok(())
    }

    /// Takes every second factor of an account away, for somebody who has lost them all: the operator's. Every session
    /// ends; a password too short to stand alone is void. Whether it is.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody else.
    pub async fn clear_factors(&mut self, user: UserId) -> Result<bool> {
        self.require_operator()?;
        for table in
            ["authenticator", "authenticator_draft", "passkey", "backup_code", "backup_code_set", "sign_in_step"]
        {
            query(format!("DELETE FROM {table} WHERE account_id = $1"))
                .bind(user.0)
                .execute(self.transaction())
                .await?;
        }
        let voided = query(
            "UPDATE account SET password_hash = NULL, long_password = $2, version = version + 1 \
             WHERE id = $1 AND long_password = $3",
        )
        .bind(user.0)
        .bind(true)
        .bind(false)
        .execute(self.transaction())
        .await?;
        self.end_sessions_of(user, None).await?;
        self.touch(Unit::Account(user));
        if let Some(account) = find_account(self.transaction(), user).await? {
            self.audit_account(&account, "clear_factors", None);
        }
        Ok(voided > 0)
    }

    /// The caller has just proved a second factor in this session; their other sessions end, as they have not.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn rise_own_session(&mut self, session: SessionId) -> Result<()> {
        let user = self.own_id()?;
        query("UPDATE session SET second_factor = $3 WHERE id = $1 AND account_id = $2")
            .bind(session.0)
            .bind(user.0)
            .bind(true)
            .execute(self.transaction())
            .await?;
        self.end_sessions_of(user, Some(session)).await
    }

    /// Sets the caller's backup codes; those before are void.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn set_backup_codes(&mut self, salt: &[u8], hashes: &[[u8; 32]]) -> Result<()> {
        let account = self.own_account().await?;
        let now = self.caller().now.0;
        query("DELETE FROM backup_code WHERE account_id = $1").bind(account.id.0).execute(self.transaction()).await?;
        query(
            "INSERT INTO backup_code_set (account_id, salt, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (account_id) DO UPDATE SET salt = excluded.salt, created_at = excluded.created_at",
        )
        .bind(account.id.0)
        .bind(salt)
        .bind(now)
        .execute(self.transaction())
        .await?;
        for hash in hashes {
            query("INSERT INTO backup_code (account_id, code_hash) VALUES ($1, $2)")
                .bind(account.id.0)
                .bind(&hash[..])
                .execute(self.transaction())
                .await?;
        }
        self.audit_account(&account, "make_backup_codes", None);
        Ok(())
    }
}
