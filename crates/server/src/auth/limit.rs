//! Failure limits: on everything that guesses, per account and per network address.
//!
//! A guess is looked at in three steps. [`check`] refuses it before any work is done; then it is found right or wrong;
//! and only after that is it told: a wrong one by [`count`], a right one after [`check`] again. Counting is one step in
//! the database and refuses what goes beyond the limit without saying whether it was right, so however many guesses are
//! made at once, on however many servers, no more than the limit are answered. Successes are never counted, and many at
//! once keep nobody out.

use rolecall_access::{Actor, Timestamp, UserId};
use rolecall_store::Caller;
use rolecall_store::network::network;
use rolecall_store::resource::Failing;

use crate::problem::{Kind, Problem};
use crate::state::App;

/// How a network address begins among the subjects.
const ADDRESS: &str = "address ";

/// What is guessed.
#[derive(Clone, Copy, Debug)]
pub enum Guess<'a> {
    /// A password, for this address (known or not).
    Password(&'a str),
    /// A password in a browser known to the account: the browser's mark, the address.
    KnownDevice(&'a str, &'a str),
    /// A code of an authenticator app, of this account.
    Code(&'a UserId),
    /// A backup code of this account.
    BackupCode(&'a UserId),
    /// A passkey's answer, of whoever.
    Passkey,
    /// The token of an invitation.
    Invitation,
    /// The token of the set-up.
    Setup,
    /// The token of a recovery link.
    Recovery,
    /// Nothing: somebody asks for a recovery link to this address (known or not), and each asking counts.
    Reset(&'a str),
}

impl<'a> Guess<'a> {
    const fn kind(self) -> &'static str {
        match self {
            Self::Password(_) | Self::KnownDevice(..) => "password",
            Self::Code(_) => "totp",
            Self::BackupCode(_) => "backup_code",
            Self::Passkey => "passkey",
            Self::Invitation => "invitation",
            Self::Setup => "setup",
            Self::Recovery => "recovery",
            Self::Reset(_) => "reset",
        }
    }

    /// How the audit log tells of a failure, and whose it is; none: there is no failure in it.
    fn told(self, caller: &Caller) -> Option<(&'static str, Failing<'a>)> {
        let own = match caller.actor {
            Actor::User(user) => Some(Failing::Account(user)),
            Actor::Anybody | Actor::Key(_) | Actor::Operator => None,
        };
        Some(match self {
            Self::Password(email) | Self::KnownDevice(_, email) => match own {
                Some(own) => ("confirm", own),
                None => ("sign_in", Failing::Address(email)),
            },
            Self::Code(user) | Self::BackupCode(user) => ("second_factor", Failing::Account(*user)),
            Self::Passkey => ("passkey", own.unwrap_or(Failing::Nobody)),
            Self::Invitation => ("invitation", Failing::Nobody),
            Self::Setup => ("set_up", Failing::Nobody),
            Self::Recovery => ("link", Failing::Nobody),
            Self::Reset(_) => return None,
        })
    }

    /// The subjects it is counted under, with their limits.
    fn subjects(self, app: &App, caller: &Caller) -> Vec<(String, u32)> {
        let limits = app.config.limits;
        // Whoever has signed in from this browser before is not kept out by strangers in the same network.
        if let Self::KnownDevice(mark, _) = self {
            return vec![(format!("device {mark}"), limits.failures_per_account)];
        }
        let mut subjects = vec![(format!("{ADDRESS}{}", network(&caller.address)), limits.failures_per_address)];
        if let Self::Password(email) | Self::Reset(email) = self {
            subjects.push((format!("account {}", rolecall_store::fold::fold(email)), limits.failures_per_account));
        }
        if let Self::Code(user) | Self::BackupCode(user) = self {
            subjects.push((format!("account {}", user.0), limits.failures_per_account));
        }
        subjects
    }
}

/// Refuses a guess where there were too many failures.
///
/// # Errors
/// 429 with the seconds to wait.
pub async fn check(app: &App, caller: &Caller, guess: Guess<'_>) -> Result<(), Problem> {
    for (subject, limit) in guess.subjects(app, caller) {
        let window = app.config.limits.failure_window_seconds;
        let (failures, until) = app.store.failures(guess.kind(), &subject, caller.now, window).await?;
        if failures >= limit {
            return Err(too_many(caller, until));
        }
    }
    Ok(())
}

/// Counts a failure, and tells the audit log of it; whether it is the one that closes the account or browser (not the
/// address) for the rest of the window.
///
/// # Errors
/// 429 if there were too many already: then nobody is to be told what became of this one. If the database fails.
pub async fn count(app: &App, caller: &Caller, guess: Guess<'_>) -> Result<bool, Problem> {
    let window = app.config.limits.failure_window_seconds;
    let (subjects, limits): (Vec<String>, Vec<u32>) = guess.subjects(app, caller).into_iter().unzip();
    let names: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let counted = app.store.count_failures(guess.kind(), &names, caller.now, window).await?;
    let places = subjects.iter().zip(counted.into_iter().zip(limits));
    let mut closes = false;
    for (subject, (failures, limit)) in places {
        if failures > limit {
            let (_, until) = app.store.failures(guess.kind(), subject, caller.now, window).await?;
            return Err(too_many(caller, until));
        }
        closes = closes || (!subject.starts_with(ADDRESS) && failures == limit);
    }
    if let Some((action, failing)) = guess.told(caller) {
        app.store.record_failure(caller, action, failing).await?;
    }
    Ok(closes)
}

fn too_many(caller: &Caller, until: Timestamp) -> Problem {
    let seconds = (until.0 - caller.now.0).max(0) / 1_000_000 + 1;
    let mut problem = Problem::new(Kind::TooManyAttempts, "Too many attempts failed. Wait, then try again.");
    problem.retry_after = Some(u64::try_from(seconds).unwrap_or(1));
    problem
}

/// Forgets the failures of the account or browser (not of the address) after a success.
///
/// # Errors
/// If the database fails.
pub async fn forget(app: &App, caller: &Caller, guess: Guess<'_>) -> Result<(), Problem> {
    for (subject, _) in guess.subjects(app, caller).into_iter().filter(|(subject, _)| !subject.starts_with(ADDRESS)) {
        app.store.forget_failures(guess.kind(), &subject).await?;
    }
    Ok(())
}
