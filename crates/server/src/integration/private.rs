//! What of an integration nobody reads in the database: where it leads, what it shows there, and the secret that all it
//! sends is signed with (HMAC-SHA256, after the Standard Webhooks specification).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rolecall_access::{BotId, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::auth::hmac;
use crate::auth::vault::Vault;
use crate::problem::Problem;

/// Seconds that a secret is still signed with after it was replaced: receivers are told of the new one meanwhile.
const OVERLAP: i64 = 24 * 3600;
/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// The parts of an integration that are sealed. It has no `Debug`: it stands in no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    /// Where it leads.
    pub url: String,
    /// What is sent along, by name.
    pub headers: BTreeMap<String, String>,
    /// The secret, 32 bytes as base64.
    secret: String,
    /// The secret before, and until when it is good.
    former: Option<(String, i64)>,
}

impl Private {
    /// One with a new secret.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn new(url: String, headers: BTreeMap<String, String>) -> Result<Self, Problem> {
        Ok(Self { url, headers, secret: new_secret()?, former: None })
    }

    /// Opens what is kept of an integration.
    ///
    /// # Errors
    /// If it was sealed for another one, or is damaged.
    pub fn open(vault: &Vault, bot: BotId, id: Uuid, sealed: &[u8]) -> Result<Self, Problem> {
        let plain = vault.open(&purpose(bot, id), sealed)?;
        serde_json::from_slice(&plain).map_err(|error| Problem::internal(&error))
    }

    /// As it is kept.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn seal(&self, vault: &Vault, bot: BotId, id: Uuid) -> Result<Vec<u8>, Problem> {
        let plain = serde_json::to_vec(self).map_err(|error| Problem::internal(&error))?;
        vault.seal(&purpose(bot, id), &plain)
    }

    /// Another secret from now on; the one before is good for a day.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn rotate(&mut self, now: Timestamp) -> Result<(), Problem> {
        let before = std::mem::replace(&mut self.secret, new_secret()?);
        self.former = Some((before, seconds(now) + OVERLAP));
        Ok(())
    }

    /// The secret, as receivers keep it.
    #[must_use]
    pub fn secret(&self) -> String {
        format!("{PREFIX}{}", self.secret)
    }

    /// The machine that it leads to: what may be told where the address may not.
    #[must_use]
    pub fn host(&self) -> String {
        let url: Option<Url> = self.url.parse().ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What a receiver checks: a signature for each secret that is good.
    #[must_use]
    pub fn sign(&self, id: Uuid, now: Timestamp, body: &[u8]) -> String {
        let former = self.former.iter().filter(|(_, until)| *until > seconds(now)).map(|(secret, _)| secret);
        let signed = std::iter::once(&self.secret).chain(former).filter_map(|secret| {
            let key = STANDARD.decode(secret).ok()?;
            let head = format!("{id}.{}.", seconds(now));
            Some(format!("v1,{}", STANDARD.encode(hmac::sign(&key, &[head.as_bytes(), body].concat()))))
        });
        signed.collect::<Vec<_>>().join(" ")
    }
}

fn purpose(bot: BotId, id: Uuid) -> String {
    format!("integration {id} of {}", bot.0)
}

fn new_secret() -> Result<String, Problem> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| Problem::internal(&error))?;
    Ok(STANDARD.encode(secret))
}

/// Seconds since 1970.
#[must_use]
pub fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_belongs_to_one_integration_of_one_bot() {
        let vault = Vault::of([7; 32]);
        let (bot, id) = (BotId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let private = Private::new("https://example.com/hook".to_owned(), BTreeMap::new()).unwrap();
        let sealed = private.seal(&vault, bot, id).unwrap();
        assert!(Private::open(&vault, bot, id, &sealed).is_ok_and(|opened| opened == private));
        assert!(Private::open(&vault, bot, Uuid::from_u128(3), &sealed).is_err());
        assert!(Private::open(&vault, BotId(Uuid::from_u128(3)), id, &sealed).is_err());
    }

    #[test]
    fn both_secrets_sign_for_a_day_after_a_rotation() {
        let mut private = Private::new("https://example.com/".to_owned(), BTreeMap::new()).unwrap();
        let (id, now) = (Uuid::from_u128(1), Timestamp(1_777_800_600_000_000));
        let before = private.sign(id, now, b"{}");
        private.rotate(now).unwrap();
        let both = private.sign(id, now, b"{}");
        assert!(both.ends_with(&before) && both.split(' ').count() == 2, "{both}");
        let later = private.sign(id, now.plus_seconds(OVERLAP + 1), b"{}");
        assert_eq!(later.split(' ').count(), 1);
    }

    #[test]
    fn signatures_are_those_of_the_specification() {
        // The example of the Standard Webhooks libraries.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let content = br#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#;
        let signature = STANDARD.encode(hmac::sign(&key, content));
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
