//! Passwords: argon2id (19 MiB, t=2, p=1: OWASP), hashed off the request threads with a bounded queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;

use crate::problem::{FieldError, Kind, Problem};

/// Fewest characters while no second factor stands beside the password (NIST SP 800-63B-4).
pub const LEAST_CHARACTERS: usize = 15;
/// Most bytes: far beyond any passphrase, and nothing that could be used to keep us busy.
const MOST_BYTES: usize = 1024;
/// How many may wait for a hash before further ones are turned away.
const QUEUE: usize = 64;
/// Words that make a password guessable where they make up most of it.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "letmein",
    "welcome",
    "iloveyou",
    "administrator",
    "rolecall",
    "chatbot",
    "changeme",
    "secret",
    "dragon",
    "football",
    "monkey",
    "sunshine",
    "princess",
    "trustno1",
    "abcdefghijklmnopqrstuvwxyz",
];

/// Hashes off the request threads.
#[derive(Clone)]
pub struct Hasher {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    /// The hash that is checked for accounts that are not there, so that both take the same time.
    dummy: Arc<str>,
}

impl Hasher {
    /// A hasher that hashes two at a time.
    ///
    /// # Errors
    /// If hashing does not work at all.
    pub fn new() -> Result<Self, Problem> {
        let dummy = hash_now("nobody has this password")?;
        Ok(Self { slots: Arc::new(Semaphore::new(2)), waiting: Arc::default(), dummy: dummy.into() })
    }

    /// The password's hash, as a PHC string.
    ///
    /// # Errors
    /// 503 if too many wait.
    pub async fn hash(&self, password: &str) -> Result<String, Problem> {
        let password = normal(password);
        self.run(move || hash_now(&password)).await?
    }

    /// Whether this is the password; without a hash to compare it takes the same time and is not.
    ///
    /// # Errors
    /// 503 if too many wait.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Problem> {
        let password = normal(password);
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.to_string());
        let matches = self.run(move || verify_now(&password, &hash)).await?;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _place = Place::take(&self.waiting).ok_or_else(busy)?;
        let _slot = self.slots.acquire().await.map_err(|error| Problem::internal(&error))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        if waiting.fetch_add(1, Ordering::AcqRel) < QUEUE {
            return Some(Self(waiting));
        }
        waiting.fetch_sub(1, Ordering::AcqRel);
        None
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn busy() -> Problem {
    let mut problem = Problem::new(Kind::Unavailable, "Too many people sign in at once. Try again in a moment.");
    problem.retry_after = Some(2);
    problem
}

fn argon() -> Result<Argon2<'static>, Problem> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| Problem::internal(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String, Problem> {
    let hash = argon()?.hash_password(password.as_bytes()).map_err(|error| Problem::internal(&error))?;
    Ok(hash.to_string())
}

fn verify_now(password: &str, hash: &str) -> bool {
    let Ok(argon) = argon() else { return false };
    PasswordHash::new(hash).is_ok_and(|hash| argon.verify_password(password.as_bytes(), &hash).is_ok())
}

/// The same password typed on two keyboards is the same text (NFKC, as NIST asks).
fn normal(password: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    password.nfkc().collect()
}

/// Reports what is wrong with a password to be chosen; `own` are the person's name and e-mail.
pub fn check(field: &str, password: &str, own: &[&str], errors: &mut Vec<FieldError>) {
    let mut refuse = |code, message: &str| errors.push(FieldError::new(field, code, message));
    let folded = rolecall_store::fold::fold(password);
    let characters = folded.chars().count();
    if password.len() > MOST_BYTES {
        refuse("too_long", "Use at most 1024 bytes.");
    } else if password.chars().count() < LEAST_CHARACTERS {
        refuse("too_short", "Use at least 15 characters; four or five random words make a good password.");
    } else if is_monotonous(&folded) {
        refuse("too_common", "Do not repeat or count up characters; random words are easier and safer.");
    } else if remaining(&folded, own) * 2 < characters {
        refuse("too_common", "Most of this is a common word, your name or your address; choose something unrelated.");
    }
}

/// Whether few different characters, or one long run up or down, make up the text.
fn is_monotonous(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let mut different = letters.clone();
    different.sort_unstable();
    different.dedup();
    let steps = letters.windows(2).filter(|pair| match pair {
        [one, next] => u32::from(*one).abs_diff(u32::from(*next)) <= 1,
        _ => false,
    });
    different.len() < 5 || steps.count() * 4 > letters.len() * 3
}

/// How many characters are left without common words and one's own.
fn remaining(folded: &str, own: &[&str]) -> usize {
    let own = own.iter().flat_map(|text| text.split(['@', '.', ' ', '-', '_'])).map(rolecall_store::fold::fold);
    let words: Vec<String> =
        COMMON.iter().map(|word| (*word).to_owned()).chain(own.filter(|word| word.chars().count() > 3)).collect();
    let mut rest = folded.to_owned();
    for word in words {
        rest = rest.replace(&word, "");
    }
    rest.chars().filter(|letter| !letter.is_ascii_digit() && !letter.is_ascii_punctuation()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_good(password: &str) -> bool {
        let mut errors = Vec::new();
        check("password", password, &["Ana Marchetti", "ana.marchetti@example.com"], &mut errors);
        errors.is_empty()
    }

    #[test]
    fn passwords_are_long_and_unrelated() {
        assert!(is_good("correct horse battery staple"));
        assert!(is_good("ünïcödé wörds are fine"));
        assert!(is_good(&"four random words again ".repeat(6)));
        assert!(!is_good("short"));
        assert!(!is_good("aaaaaaaaaaaaaaaaaaaa"));
        assert!(!is_good("abcdefghijklmnopqrst"));
        assert!(!is_good("password1234567890!"));
        assert!(!is_good("Ana.Marchetti2026!!"));
        assert!(!is_good(&"x".repeat(2000)));
    }

    #[tokio::test]
    async fn hashes_verify_and_unknown_accounts_never_do() {
        let hasher = Hasher::new().map_err(|problem| problem.detail).unwrap();
        let hash = hasher.hash("correct horse battery staple").await.unwrap_or_default();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(matches!(hasher.verify("correct horse battery staple", Some(hash.clone())).await, Ok(true)));
        assert!(matches!(hasher.verify("correct horse battery stable", Some(hash)).await, Ok(false)));
        assert!(matches!(hasher.verify("nobody has this password", None).await, Ok(false)));
    }
}
