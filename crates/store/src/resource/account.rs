//! Accounts: a person's own, governed by nobody else. The functions here that take no proof are the
//! sign-in machinery's; each says what its caller must have established.

use rolecall_access::{Timestamp, UserId};

use crate::access::Access;
use crate::change::Change;
use crate::error::Result;

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

impl Access {
    /// The confirmed account of this address with its password hash: for sign-in only.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_account_for_sign_in(&mut self, _email: &str) -> Result<Option<(Account, Option<String>)>> {
        todo!()
    }

    /// The caller's own account; none for anybody but a person.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn own_account(&mut self) -> Result<Option<Account>> {
        todo!()
    }

    /// The account's password hash, for the caller's own only.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn own_password_hash(&mut self) -> Result<Option<String>> {
        todo!()
    }

    /// Whether a confirmed account has this address: for holders of an invitation to it only.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn has_account(&mut self, _email: &str) -> Result<bool> {
        todo!()
    }
}

impl Change {
    /// Makes an account (set-up, operator, demo; invitations make theirs in `accept_invitation`).
    ///
    /// # Errors
    /// [`Duplicate`](crate::StoreError::Duplicate) `email` if a confirmed account has it.
    pub async fn create_account(&mut self, _new: NewAccount) -> Result<Account> {
        todo!()
    }

    /// Changes the caller's own name, language and time zone (`None`: as it is).
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn update_own_account(
        &mut self,
        _name: Option<&str>,
        _language: Option<&str>,
        _time_zone: Option<&str>,
    ) -> Result<Account> {
        todo!()
    }

    /// Sets the caller's own password and ends their other sessions (`keep`: the one to spare).
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) for anybody but a person.
    pub async fn set_own_password(&mut self, _hash: &str, _keep: Option<crate::resource::SessionId>) -> Result<()> {
        todo!()
    }
}
