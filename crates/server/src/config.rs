//! The server's configuration, as the command line, environment and file have settled it.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use rolecall_store::Database;
use url::Url;

use crate::auth::provider::Provider;
use crate::auth::secret::Secret;

/// The provider whose pages bots answer at.
const FACEBOOK: &str = "facebook";
/// Where Facebook's Graph API is.
const GRAPH: &str = "https://graph.facebook.com/v23.0";

/// Settings of one server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The address people use; links, cookies and metadata come from it alone.
    pub public_url: Url,
    /// The database.
    pub database: Database,
    /// The file with the key that secrets are sealed with; made if it is not there.
    pub key_file: PathBuf,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The mail server; none: links are shown to be handed over.
    pub smtp_url: Option<Url>,
    /// The sender of mails.
    pub mail_from: String,
    /// Whether people make further organizations; else the operator alone does.
    pub people_make_organizations: bool,
    /// Whether this is a demo: every mail can be read at `/demo/mail`.
    pub demo: bool,
    /// Where people connect accounts of theirs.
    pub providers: Vec<Provider>,
    /// Endpoints of language models that bots may use beside public ones: on this machine, or within the network.
    pub language_models: Vec<Url>,
    /// Facebook Messenger.
    pub messenger: Messenger,
    /// Private networks in which integrations may reach other systems, also without TLS; none: public addresses only.
    pub private_networks: Vec<IpNet>,
    /// Limits.
    pub limits: Limits,
}

/// How Facebook Messenger is spoken with. Whose app it is, says the provider of connected accounts.
#[derive(Clone, Debug, Default)]
pub struct Messenger {
    /// The Graph API with its version, where it is not the public one.
    pub graph: Option<Url>,
    /// What Facebook shows when it first calls our webhook; none: one that follows from the installation's key.
    pub verify_token: Option<Secret>,
}

/// Limits, each per window or request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Seconds of the window in which failures count.
    pub failure_window_seconds: i64,
    /// Failures per account in the window.
    pub failures_per_account: u32,
    /// Failures per network address in the window.
    pub failures_per_address: u32,
    /// Requests per second of one network address, with as many in reserve; 0: no limit.
    pub requests_per_second: u32,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Seconds a request may take (event streams aside).
    pub request_seconds: u64,
    /// Seconds without use after which a session ends.
    pub session_idle_seconds: i64,
    /// Seconds after which a session ends in any case.
    pub session_absolute_seconds: i64,
    /// Seconds that an invitation is good for.
    pub invitation_seconds: i64,
    /// Milliseconds that another service may take to answer us.
    pub outgoing_milliseconds: u64,
    /// Milliseconds for which the other writers of the database may be unheard of before nothing is decided any more.
    pub follow_within_milliseconds: u64,
    /// Messages a minute that visitors at one network address may say to bots; 0: no limit.
    pub chat_per_address: u32,
    /// Messages a minute that may be said to a bot in one conversation; 0: no limit.
    pub chat_per_conversation: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            failure_window_seconds: 15 * 60,
            failures_per_account: 10,
            failures_per_address: 100,
            requests_per_second: 1000,
            body_bytes: 1 << 20,
            request_seconds: 30,
            session_idle_seconds: 24 * 3600,
            session_absolute_seconds: 14 * 24 * 3600,
            invitation_seconds: 7 * 24 * 3600,
            outgoing_milliseconds: 10_000,
            follow_within_milliseconds: 5_000,
            chat_per_address: 300,
            chat_per_conversation: 120,
        }
    }
}

impl Config {
    /// The settings of a server at this address, everything else as usual.
    #[must_use]
    pub fn at(public_url: Url) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url,
            database: Database::File(PathBuf::from("rolecall-data/rolecall.db")),
            key_file: PathBuf::from("rolecall-data/rolecall.key"),
            trusted_proxies: Vec::new(),
            smtp_url: None,
            mail_from: "Rolecall <rolecall@localhost>".to_owned(),
            people_make_organizations: true,
            demo: false,
            providers: Vec::new(),
            language_models: Vec::new(),
            messenger: Messenger::default(),
            private_networks: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// The provider of this key.
    #[must_use]
    pub fn provider(&self, key: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.key == key)
    }

    /// Whose app it is at Facebook; none: Messenger is not set up here.
    #[must_use]
    pub fn facebook(&self) -> Option<&Provider> {
        self.provider(FACEBOOK)
    }

    /// Facebook's Graph API; none: an address that is none.
    #[must_use]
    pub fn graph(&self) -> Option<Url> {
        self.messenger.graph.clone().or_else(|| GRAPH.parse().ok())
    }

    /// A link to one of our pages, below the public URL.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}
