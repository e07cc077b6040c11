//! Attempts that came to nothing: what was denied, what a guard refused, who failed to prove who they are.

use rolecall_access::guards::Refusal;
use rolecall_access::{Directory, OrganizationId, Scope, UserId};
use uuid::Uuid;

use crate::audit::Outcome;
use crate::audit::count::Told;
use crate::authorize::Attempt;
use crate::caller::Caller;
use crate::error::Result;
use crate::fold::fold;
use crate::sql::query;
use crate::store::Store;

/// Whose proof failed.
#[derive(Clone, Copy, Debug)]
pub enum Failing<'a> {
    /// That of whoever has this address, if anybody has.
    Address(&'a str),
    /// This account's.
    Account(UserId),
    /// Nobody knows whose.
    Nobody,
}

impl Store {
    /// Writes down an attempt that was denied: one row, counted up within the hour.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_denial(&self, caller: &Caller, attempt: &Attempt) -> Result<()> {
        let directory = self.directory();
        let (organization, record) = match attempt.scope {
            Scope::Organization(id) => (id, id.0),
            Scope::Bot(id) => match directory.bot(id) {
                Some(bot) => (bot.organization, id.0),
                None => return Ok(()),
            },
        };
        let told = Told {
            organization: Some(organization),
            action: attempt.permission.action.as_str().to_owned(),
            model: attempt.permission.model.as_str().to_owned(),
            record_id: Some(record),
            record_name: String::new(),
            outcome: Outcome::Denied,
            detail: String::new(),
        };
        self.tell(caller, vec![told]).await
    }

    /// Writes down a change of access that a guard refused, in the organization that the guard protected.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_refusal(&self, caller: &Caller, refusal: &Refusal) -> Result<()> {
        let directory = self.directory();
        let organization = protected(&directory, refusal);
        let Some(organization) = organization else { return Ok(()) };
        let told = Told {
            organization: Some(organization),
            action: "change_access".to_owned(),
            model: "Permission".to_owned(),
            record_id: None,
            record_name: String::new(),
            outcome: Outcome::Denied,
            detail: refusal.to_string(),
        };
        self.tell(caller, vec![told]).await
    }

    /// Writes down that somebody failed to prove who they are (`action`: `sign_in`, `second_factor`, …): for each
    /// organization of the confirmed account; where there is none of either, for the installation.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn record_failure(&self, caller: &Caller, action: &str, failing: Failing<'_>) -> Result<()> {
        let known = self.find_failing(failing).await?;
        let told = |organization, known: Option<(Uuid, String)>| {
            let (record_id, name) = known.unzip();
            Told {
                organization,
                action: action.to_owned(),
                model: "Account".to_owned(),
                record_id,
                record_name: name.unwrap_or_default(),
                outcome: Outcome::Failed,
                detail: String::new(),
            }
        };
        let directory = self.directory();
        let mut all: Vec<Told> = known
            .iter()
            .flat_map(|(id, _)| directory.organizations_of(UserId(*id)))
            .map(|organization| told(Some(organization), known.clone()))
            .collect();
        if all.is_empty() {
            all.push(told(None, known));
        }
        self.tell(caller, all).await
    }

    async fn find_failing(&self, failing: Failing<'_>) -> Result<Option<(Uuid, String)>> {
        let found = match failing {
            Failing::Nobody => return Ok(None),
            Failing::Address(email) => {
                query("SELECT id, name FROM account WHERE email_folded = $1 AND verified_at IS NOT NULL")
                    .bind(fold(email))
            }
            Failing::Account(user) => {
                query("SELECT id, name FROM account WHERE id = $1 AND verified_at IS NOT NULL").bind(user.0)
            }
        };
        Ok(found.fetch_optional(&mut self.pool.read().await?).await?)
    }
}

/// The organization that the guard protected.
fn protected(directory: &Directory, refusal: &Refusal) -> Option<OrganizationId> {
    match refusal {
        Refusal::Reserved { organization, .. }
        | Refusal::Lockout(organization)
        | Refusal::OwnerNeeded(organization) => Some(*organization),
        Refusal::Escalation { scope, .. }
        | Refusal::BeyondCap { scope, .. }
        | Refusal::ProtectsOwner { scope, .. }
        | Refusal::ProtectsHigher { scope, .. }
        | Refusal::ProtectsSubject { scope, .. }
        | Refusal::ProtectsPeer { scope, .. } => match scope {
            Scope::Organization(id) => Some(*id),
            Scope::Bot(id) => directory.bot(*id).map(|bot| bot.organization),
        },
        Refusal::BotOwnerNeeded(id) => directory.bot(*id).map(|bot| bot.organization),
        Refusal::RoleInUse { role, .. } => directory.role(*role).map(|role| role.organization),
        // Nobody is protected but the person themself.
        Refusal::OwnSuspension | Refusal::OwnAdministration => None,
    }
}
