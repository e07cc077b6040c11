//! The providers at which people connect accounts of theirs (P-15), as the configuration has settled them.

mod settings;

use url::Url;

use crate::auth::secret::Secret;

pub use settings::{ProviderSettings, providers};

/// A service at which accounts are connected.
#[derive(Clone, Debug)]
pub struct Provider {
    /// What it is called in addresses and in the database.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Who it says it is in its answers (`iss`, RFC 9207), where that is to be checked.
    pub issuer: Option<String>,
    /// Where people are asked.
    pub authorize: Url,
    /// What else is sent along there.
    pub parameters: Vec<(String, String)>,
    /// Where tokens are had.
    pub token: Url,
    /// Where they are taken back, and how.
    pub revocation: Option<(Url, RevokeBy)>,
    /// Where it says who somebody is there.
    pub identity: Url,
    /// The field of that answer with their id; dots lead into it.
    pub identity_id: String,
    /// The field with their name.
    pub identity_name: String,
    /// Where it says what was granted, if its tokens do not.
    pub granted: Option<Granted>,
    /// The grant type by which it gives a token that lives longer for one that does not, if it has one.
    pub prolong: Option<String>,
    /// Who we are there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Secret,
    /// How both are sent.
    pub client_authentication: ClientAuthentication,
    /// What can be asked for.
    pub scopes: Vec<Scope>,
    /// Where people take back there themselves what they gave.
    pub remove_at: Option<Url>,
}

/// Where a provider says what was granted.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Granted {
    /// The address.
    pub url: Url,
    /// The field of its answer with the list.
    pub list: String,
    /// The field of an item with the name of a scope.
    pub name: String,
    /// The field that says whether it is granted, and what it says then.
    pub field: String,
    /// See above.
    pub value: String,
}

/// How a token is taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevokeBy {
    /// As RFC 7009 says: the token is posted.
    #[default]
    Post,
    /// `DELETE`, with the access token as bearer.
    Delete,
}

/// How our id and secret are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientAuthentication {
    /// In the header (HTTP Basic).
    #[default]
    Basic,
    /// In the body.
    Body,
}

/// A permission that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Its name at the provider.
    pub name: String,
    /// What it allows, in plain words.
    pub words: String,
    /// Whether it is always asked for.
    #[serde(default)]
    pub needed: bool,
}

impl Provider {
    /// What a scope allows, in words; one that the configuration does not know speaks for itself.
    #[must_use]
    pub fn words<'s>(&'s self, scope: &'s str) -> &'s str {
        self.scopes.iter().find(|one| one.name == scope).map_or(scope, |one| one.words.as_str())
    }
}
