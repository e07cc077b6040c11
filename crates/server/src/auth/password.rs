//! Passwords: argon2id (19 MiB, t=2, p=1: OWASP), hashed off the request threads with a bounded queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use zxcvbn::feedback::{Suggestion, Warning};

use crate::problem::{FieldError, Problem};
use crate::workshop::Workshop;

/// Fewest characters of a password that stands alone (NIST SP 800-63B-4).
pub const LEAST_ALONE: usize = 15;
/// Fewest beside a second factor.
pub const LEAST_BESIDE: usize = 8;
/// Most bytes: far beyond any passphrase, and nothing that could be used to keep us busy.
const MOST_BYTES: usize = 1024;
/// A password that is found within so many guesses (as a power of ten) is a common one, or made of common parts.
const LEAST_GUESSES_ALONE: f64 = 10.0;
const LEAST_GUESSES_BESIDE: f64 = 7.5;
/// How many may wait for each thread that hashes before further ones are turned away: less than a second's work.
const QUEUE: usize = 32;
/// Words of ours, guessed first here.
const OURS: [&str; 3] = ["rolecall", "chatbot", "role"];

/// Hashes off the request threads.
#[derive(Clone)]
pub struct Hasher {
    work: Workshop,
    hashed: Arc<AtomicUsize>,
    /// The hash that is checked for accounts that are not there, so that both take the same time.
    dummy: Arc<str>,
}

impl Hasher {
    /// A hasher that leaves one of the cores to everything else.
    ///
    /// # Errors
    /// If hashing does not work at all.
    pub fn new() -> Result<Self, Problem> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.saturating_sub(1).max(1);
        let full = "Too many people sign in at once. Try again in a moment.";
        let work = Workshop::new(threads, threads * QUEUE, full);
        Ok(Self { work, hashed: Arc::default(), dummy: hash_now("nobody has this password")?.into() })
    }

    /// Turns away before any work is done where too many wait already.
    ///
    /// # Errors
    /// 503 if so.
    pub fn admit(&self) -> Result<(), Problem> {
        self.work.admit()
    }

    /// How many passwords and codes were hashed so far.
    #[must_use]
    pub fn hashed(&self) -> usize {
        self.hashed.load(Ordering::Relaxed)
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

    /// A code's hash with this salt: 32 bytes, the same for the same two. For codes that are looked up by it.
    ///
    /// # Errors
    /// 503 if too many wait.
    pub async fn digest(&self, code: &str, salt: Vec<u8>) -> Result<[u8; 32], Problem> {
        let code = code.to_owned();
        self.run(move || {
            let mut digest = [0_u8; 32];
            let done = argon()?.hash_password_into(code.as_bytes(), &salt, &mut digest);
            done.map(|()| digest).map_err(|error| Problem::internal(&error))
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let hashed = Arc::clone(&self.hashed);
        let counted = move || {
            hashed.fetch_add(1, Ordering::Relaxed);
            work()
        };
        self.work.run(counted).await
    }
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

/// Whether the password is long enough to stand without a second factor.
#[must_use]
pub fn is_long(password: &str) -> bool {
    password.chars().count() >= LEAST_ALONE
}

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is longer than anything one would type.
    TooLong,
    /// It has fewer characters than it must have.
    TooShort,
    /// It is a common one, or made of common parts.
    Common,
    /// Without the person's own words and ours little is left of it.
    Own,
}

/// How good a password to be chosen is.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// Why it is not taken; none: it is.
    pub fault: Option<Fault>,
    /// 0: too short (or long); 1: too easy to guess; 2 to 4: taken, and the more the better.
    pub score: u8,
    /// What makes it easy to guess.
    pub warning: Option<Warning>,
    /// What would help.
    pub suggestions: Vec<Suggestion>,
}

/// Assesses a password to be chosen; `least` is the fewest characters, `own` are the person's name and e-mail. Common
/// passwords, names, words, keyboard rows, dates and repeats are known by zxcvbn's lists in the binary.
#[must_use]
pub fn assess(password: &str, least: usize, own: &[&str]) -> Assessment {
    let refused = |fault| Assessment { fault: Some(fault), score: 0, warning: None, suggestions: Vec::new() };
    if password.len() > MOST_BYTES {
        return refused(Fault::TooLong);
    }
    if password.chars().count() < least {
        return refused(Fault::TooShort);
    }
    let folded = rolecall_store::fold::fold(password);
    let own = own.iter().flat_map(|text| text.split(['@', '.', ' ', '-', '_'])).map(rolecall_store::fold::fold);
    let own = own.chain(OURS.map(str::to_owned)).filter(|word| word.chars().count() > 2);
    let rest = own.fold(folded.clone(), |rest, word| rest.replace(&word, ""));
    let guesses = if least == LEAST_ALONE { LEAST_GUESSES_ALONE } else { LEAST_GUESSES_BESIDE };
    let (whole, left) = (zxcvbn::zxcvbn(&folded, &[]), zxcvbn::zxcvbn(&rest, &[]));
    let (fault, score) = if whole.guesses_log10() < guesses {
        (Some(Fault::Common), 1)
    } else if left.guesses_log10() < guesses {
        (Some(Fault::Own), 1)
    } else {
        (None, grade(left.guesses_log10()))
    };
    let feedback = whole.feedback();
    Assessment {
        fault,
        score,
        warning: feedback.and_then(zxcvbn::feedback::Feedback::warning),
        suggestions: feedback.map(|feedback| feedback.suggestions().to_vec()).unwrap_or_default(),
    }
}

/// 2 to 4, by guesses as a power of ten.
fn grade(guesses: f64) -> u8 {
    match guesses {
        guesses if guesses < 12.0 => 2,
        guesses if guesses < 15.0 => 3,
        _ => 4,
    }
}

/// Reports what is wrong with a password to be chosen, as [`assess`] finds it.
pub fn check(field: &str, password: &str, least: usize, own: &[&str], errors: &mut Vec<FieldError>) {
    let found = assess(password, least, own);
    let (code, message) = match found.fault {
        None => return,
        Some(Fault::TooLong) => ("too_long", "Use at most 1024 bytes.".to_owned()),
        Some(Fault::TooShort) => {
            ("too_short", format!("Use at least {least} characters; four or five random words make a good password."))
        }
        Some(Fault::Common) => {
            let why = found.warning.map(|warning| format!("{warning} ")).unwrap_or_default();
            ("too_common", format!("{why}Choose something unrelated: four or five random words."))
        }
        Some(Fault::Own) => {
            let message =
                "Most of this is your name, your address or a word of Rolecall's; choose something unrelated.";
            ("too_common", message.to_owned())
        }
    };
    errors.push(FieldError::new(field, code, message));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_good(password: &str) -> bool {
        let mut errors = Vec::new();
        check("password", password, LEAST_ALONE, &["Ana Marchetti", "ana.marchetti@example.com"], &mut errors);
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
        assert!(is_good("Ana likes purple elephants"));
        assert!(!is_good("Rolecall Ana Marchetti"));
        assert!(!is_good("rolecallrolecall"));
        assert!(!is_good("qwertyuiopasdfghjkl"));
        assert!(!is_good("iloveyouiloveyou"));
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
