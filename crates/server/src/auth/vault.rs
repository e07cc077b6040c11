//! The vault: secrets that must be read again (authenticator apps', connected accounts') are sealed with the
//! installation's key before they go into the database, so that a copy of the database alone gives none away
//! (XChaCha20-Poly1305, 192-bit random nonces; what a secret is for is bound into its seal).

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use rolecall_store::Store;

use crate::auth::hmac;
use crate::problem::{Problem, describe};

const NONCE: usize = 24;
/// What is sealed to know the key again.
const CHECK: &str = "rolecall";

/// Seals and opens.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    /// What tokens are derived from; of the key, and not the key.
    root: [u8; 32],
}

impl Vault {
    /// A vault with this key.
    #[must_use]
    pub fn of(key: [u8; 32]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&key.into()), root: hmac::sign(&key, b"derivation") }
    }

    /// The vault whose key is in the file: 32 bytes as base64. A file that is not there is made, for our eyes only.
    ///
    /// # Errors
    /// If it cannot be read or made, or holds no key.
    pub fn open_file(path: &Path) -> Result<Self, String> {
        let fault = |error: &dyn std::fmt::Display| format!("the key file {}: {error}", path.display());
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(|error| fault(&error))?,
            Err(error) => return Err(fault(&error)),
        };
        let bytes = STANDARD.decode(text.trim()).map_err(|error| fault(&error))?;
        let key = bytes.try_into().map_err(|_| fault(&"it does not hold 32 bytes as base64"))?;
        Ok(Self::of(key))
    }

    /// Whether this is the key that the database's secrets were sealed with; a database without secrets takes it.
    ///
    /// # Errors
    /// If it is another, or the database fails.
    pub async fn check(&self, store: &Store) -> Result<(), String> {
        let sealed = self.seal("check", CHECK.as_bytes()).map_err(|problem| problem.detail)?;
        let kept = store.key_check(&sealed).await.map_err(|error| describe(&error))?;
        self.open("check", &kept).map(drop).map_err(|_| {
            "the key file is not the one that this database was set up with; put that one back (--key-file)".to_owned()
        })
    }

    /// Seals what is for this purpose only.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut nonce = [0_u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| Problem::internal(&error))?;
        let payload = Payload { msg: plain, aad: purpose.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|error| Problem::internal(&error))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// A secret that follows from these parts, always the same, and that nobody without the key can work out: 43
    /// characters, safe in links.
    #[must_use]
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> String {
        let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let mut told: Vec<&[u8]> = vec![purpose.as_bytes(), &[0]];
        for (length, part) in lengths.iter().zip(parts) {
            told.extend([&length[..], part]);
        }
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.root, &told.concat()))
    }

    /// Opens what was sealed for this purpose.
    ///
    /// # Errors
    /// If it was sealed for another, with another key, or damaged.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        let damaged = || Problem::internal(&format!("a sealed secret ({purpose}) does not open"));
        self.open_quietly(purpose, sealed).ok_or_else(damaged)
    }

    /// The same for what comes from outside, where not opening is nobody's fault of ours.
    #[must_use]
    pub fn open_quietly(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: rest, aad: purpose.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// Makes the file with a random key.
fn make(path: &Path) -> io::Result<String> {
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let text = STANDARD.encode(key);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            writeln!(file, "{text}")?;
            file.sync_all()?;
            Ok(text)
        }
        // Another process of ours was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read_to_string(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_with_its_key_alone() {
        let vault = Vault::of([7; 32]);
        let sealed = vault.seal("totp of one", b"secret").unwrap_or_default();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_ne!(sealed, vault.seal("totp of one", b"secret").unwrap_or_default());
        assert!(matches!(vault.open("totp of one", &sealed), Ok(plain) if plain == b"secret"));
        assert!(vault.open("totp of another", &sealed).is_err());
        assert!(Vault::of([8; 32]).open("totp of one", &sealed).is_err());
        let mut bent = sealed.clone();
        if let Some(last) = bent.last_mut() {
            *last ^= 1;
        }
        assert!(vault.open("totp of one", &bent).is_err());
        assert!(vault.open("totp of one", &sealed[..10]).is_err());
    }

    #[test]
    fn what_is_derived_is_of_all_its_parts() {
        let vault = Vault::of([7; 32]);
        let one = vault.derive("visitor", &[b"ab", b"c"]);
        assert_eq!(one, vault.derive("visitor", &[b"ab", b"c"]));
        assert_ne!(one, vault.derive("visitor", &[b"a", b"bc"]));
        assert_ne!(one, vault.derive("other", &[b"ab", b"c"]));
        assert_ne!(one, Vault::of([8; 32]).derive("visitor", &[b"ab", b"c"]));
    }

    #[test]
    fn a_key_file_is_made_once_and_for_our_eyes_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rolecall.key");
        let sealed = Vault::open_file(&path).unwrap().seal("p", b"x").unwrap_or_default();
        assert!(Vault::open_file(&path).unwrap().open("p", &sealed).is_ok());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "short").unwrap();
        assert!(Vault::open_file(&path).is_err());
    }
}
