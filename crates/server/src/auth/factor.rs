//! Second factors checked: codes of authenticator apps (TOTP, RFC 6238: SHA-1, six digits, thirty seconds, one step of
//! drift) and backup codes.

use data_encoding::BASE32_NOPAD;
use qrcode::{Color, QrCode};
use rolecall_access::UserId;
use rolecall_store::resource::Account;
use rolecall_store::{Caller, Change};
use totp_rs::{Builder, Totp};

use crate::auth::limit::{self, Guess};
use crate::mail;
use crate::problem::{FieldError, Kind, Problem};
use crate::state::App;

/// Bytes of an authenticator's secret: what RFC 4226 recommends.
const SECRET: usize = 20;
/// How many backup codes a set has, and bytes of each: 80 bits.
const BACKUP_CODES: usize = 10;
const BACKUP_BYTES: usize = 10;
const DIGITS: usize = 6;

/// A code that is right, as far as it can be known before it is used up.
#[derive(Clone, Copy, Debug)]
pub enum Proof {
    /// The app's, of this time step.
    Step(u64),
    /// A backup code's hash.
    Backup([u8; 32]),
}

/// An authenticator app to be set up.
pub struct Draft {
    /// The secret, for typing.
    pub secret: String,
    /// The same as `otpauth://` address, for the QR code.
    pub uri: String,
    /// The QR code.
    pub qr: Qr,
    /// The secret as the database keeps it.
    pub sealed: Vec<u8>,
}

/// A QR code as a picture: a square of `size` units, with the dark parts as an SVG path.
#[derive(Clone, Debug)]
pub struct Qr {
    /// Units along a side, the quiet zone included.
    pub size: usize,
    /// The path.
    pub path: String,
}

impl Qr {
    fn of(text: &str) -> Result<Self, Problem> {
        const QUIET: usize = 4;
        let code = QrCode::new(text.as_bytes()).map_err(|error| Problem::internal(&error))?;
        let width = code.width();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
        let path = dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET)).collect();
        Ok(Self { size: width + 2 * QUIET, path })
    }

    /// The picture as an SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        let Self { size, path } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>"
        )
    }
}

/// Backup codes just made.
pub struct BackupCodes {
    /// As shown, once.
    pub codes: Vec<String>,
    /// What they are hashed with.
    pub salt: [u8; 16],
    /// Their hashes.
    pub hashes: Vec<[u8; 32]>,
}

fn purpose(user: UserId) -> String {
    format!("authenticator of {}", user.0)
}

fn totp(secret: Vec<u8>, account: Option<&Account>) -> Result<Totp, Problem> {
    let mut builder = Builder::new().with_secret(secret);
    if let Some(account) = account {
        builder = builder.with_account_name(account.email.replace(':', "_")).with_issuer(Some("Rolecall"));
    }
    builder.build().map_err(|error| Problem::internal(&error))
}

/// A new secret for the person's app.
///
/// # Errors
/// If the operating system gives no randomness.
pub fn draft(app: &App, account: &Account) -> Result<Draft, Problem> {
    let mut secret = [0_u8; SECRET];
    getrandom::fill(&mut secret).map_err(|error| Problem::internal(&error))?;
    let sealed = app.vault.seal(&purpose(account.id), &secret)?;
    describe(app, account, sealed)
}

/// What the person needs to set the app up whose sealed secret this is.
///
/// # Errors
/// If the secret does not open.
pub fn describe(app: &App, account: &Account, sealed: Vec<u8>) -> Result<Draft, Problem> {
    let secret = app.vault.open(&purpose(account.id), &sealed)?;
    let uri = totp(secret.clone(), Some(account))?.to_url().map_err(|error| Problem::internal(&error))?;
    let qr = Qr::of(&uri)?;
    Ok(Draft { secret: BASE32_NOPAD.encode(&secret), uri, qr, sealed })
}

/// The time step whose code this is, by the secret sealed so.
///
/// # Errors
/// If the secret does not open.
pub fn step(app: &App, caller: &Caller, user: UserId, sealed: &[u8], code: &str) -> Result<Option<u64>, Problem> {
    let secret = app.vault.open(&purpose(user), sealed)?;
    let seconds = u64::try_from(caller.now.0 / 1_000_000).unwrap_or(0);
    Ok(totp(secret, None)?.check(&plain(code), seconds))
}

/// What was typed without the spaces and hyphens that people add.
fn plain(code: &str) -> String {
    code.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect::<String>().to_uppercase()
}

fn is_digits(code: &str) -> bool {
    code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Which factor the code belongs to, for counting failures: each has a count of its own, which signing in anew does not
/// touch.
fn guess<'u>(user: &'u UserId, code: &str) -> Guess<'u> {
    if is_digits(&plain(code)) { Guess::Code(user) } else { Guess::BackupCode(user) }
}

/// Whether the code is right, as far as that can be known before it is used up.
///
/// # Errors
/// 422 without a code; 401 if it is wrong, which counts as a failure; 429 after too many.
pub async fn examine(app: &App, caller: &Caller, user: UserId, code: &str) -> Result<Proof, Problem> {
    let typed = plain(code);
    if typed.is_empty() {
        let message = "Enter the code from your authenticator app, or a backup code.";
        return Err(Problem::invalid(vec![FieldError::new("code", "missing", message)]));
    }
    let guess = guess(&user, code);
    limit::check(app, caller, guess).await?;
    let mut access = app.store.access(caller.clone()).await?;
    let found = if is_digits(&typed) {
        let kept = access.authenticator_of(user).await?;
        drop(access);
        let step = match &kept {
            Some(kept) => step(app, caller, user, &kept.secret, &typed)?.filter(|step| *step > kept.last_step),
            None => None,
        };
        step.map(Proof::Step)
    } else {
        let salt = access.backup_salt_of(user).await?;
        drop(access);
        match salt {
            Some(salt) => Some(Proof::Backup(app.hasher.digest(&typed, salt).await?)),
            None => None,
        }
    };
    match found {
        Some(proof) => limit::check(app, caller, guess).await.map(|()| proof),
        None => Err(wrong(app, caller, user, code).await),
    }
}

/// Uses the proof up, in the change that it is for. False: somebody was faster, or it is wrong after all; drop the
/// change, then call [`wrong`].
///
/// # Errors
/// If the database fails.
pub async fn spend(change: &mut Change, user: UserId, proof: Proof) -> Result<bool, Problem> {
    Ok(match proof {
        Proof::Step(step) => change.spend_time_step(user, step).await?,
        Proof::Backup(hash) => change.spend_backup_code(user, &hash).await?,
    })
}

/// Counts the failure and says so; too many are told to the account's person: whoever made them knows the password.
pub async fn wrong(app: &App, caller: &Caller, user: UserId, code: &str) -> Problem {
    match limit::count(app, caller, guess(&user, code)).await {
        Ok(closes) => {
            if closes {
                mail::tell_later(app, caller, Some(user), "code-locked");
            }
            Problem::new(Kind::WrongCredentials, "The code is wrong, or was used already. Try the next one.")
        }
        Err(problem) => problem,
    }
}

/// A success of this factor forgets its failures.
///
/// # Errors
/// If the database fails.
pub async fn forget(app: &App, caller: &Caller, user: UserId, code: &str) -> Result<(), Problem> {
    limit::forget(app, caller, guess(&user, code)).await
}

/// Ten new backup codes.
///
/// # Errors
/// 503 if too many wait for hashes.
pub async fn backup_codes(app: &App) -> Result<BackupCodes, Problem> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|error| Problem::internal(&error))?;
    let (mut codes, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..BACKUP_CODES {
        let mut random = [0_u8; BACKUP_BYTES];
        getrandom::fill(&mut random).map_err(|error| Problem::internal(&error))?;
        let code = BASE32_NOPAD.encode(&random);
        hashes.push(app.hasher.digest(&code, salt.to_vec()).await?);
        let groups: Vec<&str> = code.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        codes.push(groups.join("-"));
    }
    Ok(BackupCodes { codes, salt, hashes })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appendix B of RFC 6238, the SHA-1 rows; six digits are the last of its eight.
    #[test]
    fn the_test_vectors_of_the_standard_hold() {
        let rows = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        let Ok(totp) = totp(b"12345678901234567890".to_vec(), None) else { unreachable!("a good secret") };
        for (seconds, code) in rows {
            assert_eq!(totp.check(code, seconds), Some(seconds / 30));
            // One step of drift either way, and no more.
            assert_eq!(totp.check(code, seconds + 30), Some(seconds / 30));
            assert_eq!(totp.check(code, seconds.saturating_sub(30)), Some(seconds / 30));
            assert_eq!(totp.check(code, seconds + 60), None);
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(plain(" 123 456 "), "123456");
        assert_eq!(plain("abcd-EFGH-2345-6767"), "ABCDEFGH23456767");
        assert!(is_digits("123456") && !is_digits("12345") && !is_digits("12345a") && !is_digits("１２３４５６"));
    }
}
