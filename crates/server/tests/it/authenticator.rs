//! An authenticator for passkeys (WebAuthn level 3, ES256, attestation "none"), as a phone or a key is one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::world::{Answer, URL};

/// It was touched, and has verified its person.
const PRESENT_AND_VERIFIED: u8 = 0b101;
/// What it says has a new credential in it.
const HAS_CREDENTIAL: u8 = 0b100_0000;

/// One authenticator, with one credential.
pub struct Authenticator {
    key: SigningKey,
    id: [u8; 16],
    user: String,
}

impl Authenticator {
    /// A new one, which has nothing on it.
    pub fn new() -> Self {
        let mut bytes = [0; 48];
        getrandom::fill(&mut bytes).unwrap();
        let (key, id) = bytes.split_at(32);
        Self { key: SigningKey::from_slice(key).unwrap(), id: id.try_into().unwrap(), user: String::new() }
    }

    /// `navigator.credentials.create`: what it answers to the ceremony, for the server.
    pub fn create(&mut self, asked: &Answer) -> Value {
        asked.body["publicKey"]["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let (_, client) = client("webauthn.create", asked);
        let data = self.data(HAS_CREDENTIAL, &self.credential());
        // {"fmt": "none", "attStmt": {}, "authData": bytes} in CBOR.
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        attestation.extend(data);
        let response = json!({ "clientDataJSON": client, "attestationObject": URL_SAFE_NO_PAD.encode(attestation) });
        self.answer(asked, &response)
    }

    /// `navigator.credentials.get`: the same for signing in.
    pub fn get(&self, asked: &Answer) -> Value {
        let (text, client) = client("webauthn.get", asked);
        let data = self.data(0, &[]);
        let signed = [&data[..], &Sha256::digest(text.as_bytes())[..]].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "clientDataJSON": client,
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": URL_SAFE_NO_PAD.encode(signature.to_der().as_bytes()),
            "userHandle": self.user,
        });
        self.answer(asked, &response)
    }

    fn answer(&self, asked: &Answer, response: &Value) -> Value {
        let id = URL_SAFE_NO_PAD.encode(self.id);
        let extensions = json!({});
        let credential = json!({
            "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": extensions,
        });
        json!({ "ceremony": asked.body["ceremony"], "credential": credential })
    }

    /// Authenticator data: the site's hash, flags, a counter that stays at 0, the credential.
    fn data(&self, flags: u8, credential: &[u8]) -> Vec<u8> {
        let site = Sha256::digest(url::Url::parse(URL).unwrap().domain().unwrap());
        [&site[..], &[PRESENT_AND_VERIFIED | flags], &[0; 4], credential].concat()
    }

    /// The model of authenticator (none), the credential's id, its public key as a COSE key.
    fn credential(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let key = [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", &point.x().unwrap()[..], b"\x22\x58\x20"].concat();
        [&[0; 16][..], &[0, 16], &self.id, &key, &point.y().unwrap()[..]].concat()
    }
}

/// What the browser says of itself: the text that is signed, and how it travels.
fn client(kind: &str, asked: &Answer) -> (String, String) {
    let challenge = &asked.body["publicKey"]["challenge"];
    let text = json!({ "type": kind, "challenge": challenge, "origin": URL, "crossOrigin": false }).to_string();
    let encoded = URL_SAFE_NO_PAD.encode(&text);
    (text, encoded)
}
