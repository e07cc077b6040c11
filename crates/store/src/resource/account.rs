//! Accounts: a person's own, governed by nobody else. The functions here that take no proof are the
//! sign-in machinery's; each says what its caller must have established.

use rolecall_access::{Actor, OrganizationId, Timestamp, Unit, UserId};
use serde_json::json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::access::Access;
use crate::audit::{AuditEntry, Outcome};
use crate::authorize::Denied;
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::SessionId;
use crate::resource::factor::find_factors;
use crate::sql::{Transaction, query};

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The e-mail as typed.
    pub email: String,
    /// The full name.
    pub name: String,
    /// BCP 47 tag.
    pub language: String,
    /// IANA time zone.
    pub time_zone: String,
    /// When the e-mail was confirmed.
    pub verified_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version.
    pub version: i64,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The e-mail as typed.
    pub email: String,
    /// The full name.
    pub name: String,
    /// The password's hash (PHC string), where it is known already.
    pub password_hash: Option<String>,
    /// Whether the e-mail is confirmed (the person came through a mailed link, or the set-up).
    pub verified: bool,
}

/// A password that was chosen.
#[derive(Clone, Copy, Debug)]
pub struct NewPassword<'p> {
    /// Its hash (PHC string).
    pub hash: &'p str,
    /// Whether it is long enough to stand without a second factor.
    pub long: bool,
}

#[derive(FromRow)]
pub(crate) struct AccountRow {
    id: Uuid,
    email: String,
    name: String,
    language: String,
    time_zone: String,
    verified_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

#[derive(FromRow)]
struct SignInRow {
    #[sqlx(flatten)]
    account: AccountRow,
    password_hash: Option<String>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: UserId(row.id),
            email: row.email,
            name: row.name,
            language: row.language,
            time_zone: row.time_zone,
            verified_at: row.verified_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            version: row.version,
        }
    }
}

pub(crate) async fn find_account(transaction: &mut Transaction, id: UserId) -> Result<Option<Account>> {
    let row: Option<AccountRow> = query(
        "SELECT id, email, name, language, time_zone, verified_at, created_at, updated_at, version \
         FROM account WHERE id = $1",
    )
    .bind(id.0)
    .fetch_optional(transaction)
    .await?;
    Ok(row.map(Account::from))
}

/// The confirmed account of this address.
pub(crate) async fn find_confirmed(transaction: &mut Transaction, email: &str) -> Result<Option<UserId>> {
    let row: Option<(Uuid,)> = query("SELECT id FROM account WHERE email_folded = $1 AND verified_at IS NOT NULL")
        .bind(fold(email))
        .fetch_optional(transaction)
        .await?;
    Ok(row.map(|(id,)| UserId(id)))
}

impl Access {
    /// The confirmed account of this address with its password hash: for sign-in only. One question, whether there is one
    /// or not, so that the time does not tell.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_account_for_sign_in(&mut self, email: &str) -> Result<Option<(Account, Option<String>)>> {
        let row: Option<SignInRow> = query(
            "SELECT id, email, name, language, time_zone, verified_at, created_at, updated_at, version, password_hash \
             FROM account WHERE email_folded = $1 AND verified_at IS NOT NULL",
        )
        .bind(fold(email))
        .fetch_optional(self.transaction())
        .await?;
        Ok(row.map(|row| (row.account.into(), row.password_hash)))
    }

    /// The caller's own account.
    ///
    /// # Errors
    /// [`Denied`] for anybody but a person.
    pub async fn own_account(&mut self) -> Result<Account> {
        let id = self.own_id()?;
        find_account(self.transaction(), id).await?.ok_or_else(|| Denied::SignInNeeded.into())
    }

    /// The language of the confirmed account of this address, if there is one: for a mail to it and nothing else.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn language_of_address(&mut self, email: &str) -> Result<Option<String>> {
        let row: Option<(String,)> =
            query("SELECT language FROM account WHERE email_folded = $1 AND verified_at IS NOT NULL")
                .bind(fold(email))
                .fetch_optional(self.transaction())
                .await?;
        Ok(row.map(|(language,)| language))
    }

    /// The account of the person who calls, themself or by a personal token of theirs; none: a bot's key calls. For
    /// reading only: a token changes nothing of its person's account.
    ///
    /// # Errors
    /// [`Denied`] where nobody is signed in.
    pub async fn person_account(&mut self) -> Result<Option<Account>> {
        let Actor::Key(key) = self.caller.actor else { return self.own_account().await.map(Some) };
        let sponsor: Option<(Uuid,)> = query("SELECT sponsor_id FROM api_key WHERE id = $1 AND bot_id IS NULL")
            .bind(key.0)
            .fetch_optional(self.transaction())
            .await?;
        match sponsor {
            Some((id,)) => find_account(self.transaction(), UserId(id)).await,
            None => Ok(None),
        }
    }

    /// The password hash of the caller's own account.
    ///
    /// # Errors
    /// [`Denied`] for anybody but a person.
    pub async fn own_password_hash(&mut self) -> Result<Option<String>> {
        let id = self.own_id()?;
        password_hash(self.transaction(), id).await
    }

    /// The person who calls.
    pub(crate) fn own_id(&self) -> Result<UserId> {
        match self.caller.actor {
            Actor::User(user) => Ok(user),
            Actor::Anybody | Actor::Key(_) | Actor::Operator => Err(Denied::SignInNeeded.into()),
        }
    }
}

async fn password_hash(transaction: &mut Transaction, id: UserId) -> Result<Option<String>> {
    let row: Option<(Option<String>,)> =
        query("SELECT password_hash FROM account WHERE id = $1").bind(id.0).fetch_optional(transaction).await?;
    Ok(row.and_then(|(hash,)| hash))
}

impl Change {
    /// Makes an account (set-up, operator, demo, accepted invitations).
    ///
    /// # Errors
    /// [`Duplicate`](StoreError::Duplicate) `email` if a confirmed account has it.
    pub async fn create_account(&mut self, new: NewAccount) -> Result<Account> {
        let id = self.new_id()?;
        let now = self.caller().now.0;
        query(
            "INSERT INTO account (id, email, email_folded, name, name_folded, password_hash, verified_at, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        )
        .bind(id)
        .bind(&new.email)
        .bind(fold(&new.email))
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(&new.password_hash)
        .bind(new.verified.then_some(now))
        .bind(now)
        .execute(self.transaction())
        .await
        .map_err(StoreError::duplicate("email"))?;
        self.touch(Unit::Account(UserId(id)));
        find_account(self.transaction(), UserId(id)).await?.ok_or_else(|| StoreError::Damaged("no account".to_owned()))
    }

    /// Changes the caller's own name, language and time zone (`None`: as it is).
    ///
    /// # Errors
    /// [`Denied`] for anybody but a person.
    pub async fn update_own_account(
        &mut self,
        name: Option<&str>,
        language: Option<&str>,
        time_zone: Option<&str>,
    ) -> Result<Account> {
        let before = self.own_account().await?;
        let now = self.caller().now.0;
        query(
            "UPDATE account SET name = COALESCE($2, name), name_folded = COALESCE($3, name_folded), \
             language = COALESCE($4, language), time_zone = COALESCE($5, time_zone), updated_at = $6, \
             version = version + 1 WHERE id = $1",
        )
        .bind(before.id.0)
        .bind(name)
        .bind(name.map(fold))
        .bind(language)
        .bind(time_zone)
        .bind(now)
        .execute(self.transaction())
        .await?;
        let after = self.own_account().await?;
        let fields = |of: &Account| json!({ "name": of.name, "language": of.language, "time_zone": of.time_zone });
        self.audit_account(&after, "update", Some((fields(&before), fields(&after))));
        Ok(after)
    }

    /// Sets the caller's own password and ends their other sessions (`keep`: the one to spare).
    ///
    /// # Errors
    /// [`Denied`] for anybody but a person.
    pub async fn set_own_password(&mut self, new: NewPassword<'_>, keep: Option<SessionId>) -> Result<()> {
        let account = self.own_account().await?;
        self.set_password(account.id, new).await?;
        self.end_sessions_of(account.id, keep).await?;
        self.audit_account(&account, "change_password", None);
        Ok(())
    }

    pub(crate) async fn set_password(&mut self, id: UserId, new: NewPassword<'_>) -> Result<()> {
        let now = self.caller().now.0;
        if !new.long && !find_factors(self.transaction(), id).await?.is_on() {
            return Err(StoreError::WrongState(
                "a password of fewer than 15 characters needs a second factor beside it",
            ));
        }
        query(
            "UPDATE account SET password_hash = $2, long_password = $3, updated_at = $4, version = version + 1 \
             WHERE id = $1",
        )
        .bind(id.0)
        .bind(new.hash)
        .bind(new.long)
        .bind(now)
        .execute(self.transaction())
        .await?;
        // Whoever knew the old one is not let on by it.
        query("DELETE FROM sign_in_step WHERE account_id = $1").bind(id.0).execute(self.transaction()).await?;
        self.touch(Unit::Account(id));
        Ok(())
    }

    /// A row about an account, for each organization of the person and for the installation.
    pub(crate) fn audit_account(
        &mut self,
        account: &Account,
        action: &'static str,
        fields: Option<(serde_json::Value, serde_json::Value)>,
    ) {
        let organizations: Vec<OrganizationId> = self.directory().organizations_of(account.id).collect();
        let (before, after) = fields.unzip();
        let entry = AuditEntry {
            organization: None,
            action,
            model: "Account",
            record_id: Some(account.id.0),
            record_name: account.name.clone(),
            outcome: Outcome::Done,
            detail: String::new(),
            before,
            after,
            acting: None,
        };
        if organizations.is_empty() {
            self.audit(entry);
        } else {
            for organization in organizations {
                self.audit(AuditEntry { organization: Some(organization), ..entry.clone() });
            }
        }
    }
}
