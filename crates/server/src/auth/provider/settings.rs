//! From what the operator wrote to a provider, or to what is wrong with it and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::{ClientAuthentication, Granted, Provider, RevokeBy, Scope};
use crate::auth::secret::Secret;

/// The providers known beforehand: data, like any that an operator writes.
const PRESETS: [(&str, &str); 2] = [
    ("facebook", include_str!("../../../providers/facebook.toml")),
    ("google", include_str!("../../../providers/google.toml")),
];
/// What we send ourselves, and nobody else decides.
const OURS: [&str; 8] = [
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];
/// The longest key.
const KEY_LENGTH: usize = 32;

/// A `[[provider]]` of the configuration file. What it leaves out comes from its preset.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProviderSettings {
    preset: Option<String>,
    key: Option<String>,
    name: Option<String>,
    issuer: Option<String>,
    authorize: Option<Url>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    token: Option<Url>,
    revoke: Option<Url>,
    revoke_by: Option<RevokeBy>,
    identity: Option<Url>,
    identity_id: Option<String>,
    identity_name: Option<String>,
    granted: Option<Granted>,
    prolong: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    client_secret_file: Option<PathBuf>,
    client_authentication: Option<ClientAuthentication>,
    #[serde(default)]
    scopes: Vec<Scope>,
    remove_at: Option<Url>,
}

/// The providers of these settings; `environment` reads a variable.
///
/// # Errors
/// What is wrong with one of them, and what to do.
pub fn providers(
    all: Vec<ProviderSettings>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Provider>, String> {
    let mut made: Vec<Provider> = Vec::new();
    for (index, settings) in all.into_iter().enumerate() {
        let key = settings.key.clone().or_else(|| settings.preset.clone());
        let named = key.clone().map_or_else(|| format!("number {}", index + 1), |key| format!("`{key}`"));
        let provider = settings.provider(key, &environment).map_err(|wrong| format!("provider {named}: {wrong}"))?;
        if made.iter().any(|other| other.key == provider.key) {
            return Err(format!("provider {named}: there are two of that key; give one another `key`"));
        }
        made.push(provider);
    }
    Ok(made)
}

impl ProviderSettings {
    fn provider(self, key: Option<String>, environment: impl Fn(&str) -> Option<String>) -> Result<Provider, String> {
        let key = key.ok_or("it needs a `preset` (facebook, google) or a `key` of its own")?;
        check_key(&key)?;
        let preset = self.preset.as_deref().map(preset).transpose()?.unwrap_or_default();
        let client_secret = self.secret(&key, environment)?;
        let revocation = self.revoke.or(preset.revoke);
        let revoke_by = self.revoke_by.or(preset.revoke_by).unwrap_or_default();
        let made = Provider {
            name: needed("name", self.name.or(preset.name))?,
            issuer: self.issuer.or(preset.issuer),
            authorize: needed("authorize", self.authorize.or(preset.authorize))?,
            parameters: preset.parameters.into_iter().chain(self.parameters).collect(),
            token: needed("token", self.token.or(preset.token))?,
            revocation: revocation.map(|url| (url, revoke_by)),
            identity: needed("identity", self.identity.or(preset.identity))?,
            identity_id: self.identity_id.or(preset.identity_id).unwrap_or_else(|| "sub".to_owned()),
            identity_name: self.identity_name.or(preset.identity_name).unwrap_or_else(|| "name".to_owned()),
            granted: self.granted.or(preset.granted),
            prolong: self.prolong.or(preset.prolong),
            client_id: needed("client-id", self.client_id.filter(|id| !id.trim().is_empty()))?,
            client_secret,
            client_authentication: self.client_authentication.or(preset.client_authentication).unwrap_or_default(),
            scopes: if self.scopes.is_empty() { preset.scopes } else { self.scopes },
            remove_at: self.remove_at.or(preset.remove_at),
            key,
        };
        check(&made)?;
        Ok(made)
    }

    /// The client secret: from the environment, else from its file, else as it stands here.
    fn secret(&self, key: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Secret, String> {
        let variable = format!("ROLECALL_{}_CLIENT_SECRET", key.to_ascii_uppercase().replace('-', "_"));
        let secret = match (environment(&variable), &self.client_secret_file, &self.client_secret) {
            (Some(secret), ..) => Secret::new(secret.trim()),
            (None, Some(_), Some(_)) => {
                return Err("give `client-secret` or `client-secret-file`, not both".to_owned());
            }
            (None, Some(file), None) => {
                let text = std::fs::read_to_string(file);
                let text = text.map_err(|error| format!("client-secret-file {}: {error}", file.display()))?;
                Secret::new(text.trim())
            }
            (None, None, Some(secret)) => secret.clone(),
            (None, None, None) => Secret::default(),
        };
        if secret.reveal().is_empty() {
            return Err(format!("it needs `client-secret-file`, `client-secret` or {variable} in the environment"));
        }
        Ok(secret)
    }
}

fn preset(name: &str) -> Result<ProviderSettings, String> {
    let known = PRESETS.iter().find(|(key, _)| *key == name);
    let (_, text) = known.ok_or_else(|| format!("`{name}` is no preset; there are facebook and google"))?;
    toml::from_str(text).map_err(|error| error.to_string())
}

fn needed<T>(name: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("it needs `{name}`"))
}

fn check_key(key: &str) -> Result<(), String> {
    let letters = key.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if letters && key.starts_with(|first: char| first.is_ascii_lowercase()) && key.len() <= KEY_LENGTH {
        return Ok(());
    }
    Err(format!("a key has at most {KEY_LENGTH} small letters, digits and hyphens, a letter first"))
}

fn check(provider: &Provider) -> Result<(), String> {
    let asked = [("authorize", &provider.authorize), ("token", &provider.token), ("identity", &provider.identity)];
    let more = [
        ("revoke", provider.revocation.as_ref().map(|(url, _)| url)),
        ("granted", provider.granted.as_ref().map(|granted| &granted.url)),
        ("remove-at", provider.remove_at.as_ref()),
    ];
    let more = more.into_iter().filter_map(|(name, url)| Some((name, url?)));
    for (name, url) in asked.into_iter().chain(more) {
        if !is_safe(url) {
            return Err(format!(
                "`{name}` must be an https:// address without user and fragment (http:// on this machine only)"
            ));
        }
    }
    if provider.name.trim().is_empty() || provider.identity_id.is_empty() || provider.identity_name.is_empty() {
        return Err("`name`, `identity-id` and `identity-name` cannot be empty".to_owned());
    }
    if let Some((name, _)) = provider.parameters.iter().find(|(name, _)| OURS.contains(&name.as_str())) {
        return Err(format!("`{name}` is no parameter to choose; leave it out of `parameters`"));
    }
    check_scopes(&provider.scopes)
}

fn check_scopes(scopes: &[Scope]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for scope in scopes {
        // RFC 6749, appendix A.4.
        let token = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if scope.name.is_empty() || !scope.name.bytes().all(token) {
            return Err(format!("`{}` is no scope; a scope is one word without quotes", scope.name));
        }
        if scope.words.trim().is_empty() {
            return Err(format!("the scope `{}` needs `words` that say what it allows", scope.name));
        }
        if !seen.insert(&scope.name) {
            return Err(format!("the scope `{}` is there twice", scope.name));
        }
    }
    Ok(())
}

fn is_safe(url: &Url) -> bool {
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    plain && crate::outgoing::is_safe(url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> Result<Vec<Provider>, String> {
        #[derive(Deserialize)]
        struct File {
            provider: Vec<ProviderSettings>,
        }
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        providers(file.provider, |name| (name == "ROLECALL_GOOGLE_CLIENT_SECRET").then(|| "from outside".to_owned()))
    }

    #[test]
    fn p_15_presets_are_complete_and_others_say_what_they_lack() {
        let text = "[[provider]]\npreset = \"google\"\nclient-id = \"us\"\n\
            [[provider]]\npreset = \"facebook\"\nclient-id = \"us\"\nclient-secret = \"s\"\n";
        let both = made(text).unwrap();
        assert_eq!(both.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["google", "facebook"]);
        assert!(both.iter().all(|one| one.revocation.is_some() && one.scopes.iter().any(|scope| scope.needed)));
        assert_eq!(both[0].client_secret.reveal(), "from outside");
        assert!(!format!("{both:?}").contains("from outside"));
        assert_eq!(both[0].words("openid"), "Know which account it is");
        assert_eq!(both[0].words("other"), "other");
    }

    #[test]
    fn p_15_bad_configuration_is_refused_with_what_to_do() {
        let own = "client-id = \"us\"\nclient-secret = \"s\"\nname = \"Forge\"\n";
        let urls = "authorize = \"https://f.example/a\"\ntoken = \"https://f.example/t\"\nidentity = \"https://f.example/i\"\n";
        assert!(made(&format!("[[provider]]\nkey = \"forge\"\n{own}{urls}")).is_ok());
        for (text, told) in [
            (own.to_owned(), "provider number 1: it needs a `preset`"),
            (format!("key = \"forge\"\n{own}"), "provider `forge`: it needs `authorize`"),
            (format!("key = \"Forge!\"\n{own}{urls}"), "small letters"),
            ("preset = \"mastodon\"\nclient-id = \"us\"\nclient-secret = \"s\"".to_owned(), "no preset"),
            ("preset = \"google\"".to_owned(), "it needs `client-id`"),
            ("preset = \"facebook\"\nclient-id = \"us\"".to_owned(), "ROLECALL_FACEBOOK_CLIENT_SECRET"),
            ("preset = \"facebook\"\nclient-id = \"us\"\nclient-secret-file = \"/none\"".to_owned(), "/none"),
            (format!("key = \"forge\"\n{own}{}", urls.replace("https://f.example/t", "http://f.example/t")), "`token`"),
            (format!("key = \"forge\"\n{own}{urls}[provider.parameters]\nstate = \"x\""), "`state`"),
            (format!("key = \"forge\"\n{own}{urls}[[provider.scopes]]\nname = \"a b\"\nwords = \"x\""), "no scope"),
            (format!("key = \"forge\"\n{own}{urls}[[provider.scopes]]\nname = \"a\"\nwords = \" \""), "`words`"),
            (format!("key = \"forge\"\n{own}{urls}colour = \"red\""), "unknown field"),
        ] {
            let wrong = made(&format!("[[provider]]\n{text}")).unwrap_err();
            assert!(wrong.contains(told), "{text}: {wrong}");
        }
        let twice = "[[provider]]\npreset = \"google\"\nclient-id = \"us\"\n".repeat(2);
        assert!(made(&twice).unwrap_err().contains("two of that key"));
    }
}
