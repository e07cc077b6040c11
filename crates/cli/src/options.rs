//! The command line. Each option of `serve` can also be set in the environment and in one TOML file; the command line
//! wins over the environment, the environment over the file.

mod commands;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use rolecall_server::Config;
use rolecall_server::Database;
use rolecall_server::auth::provider::{ProviderSettings, providers};
use rolecall_server::auth::secret::Secret;
use rolecall_server::config::{Limits, Messenger};
use rolecall_server::outgoing;
use serde::Deserialize;
use url::Url;

use crate::logging::Format;

pub use commands::{Organization, User};

/// The workspace where a team builds, publishes and runs chatbots and always knows who may do what with which bot.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub struct Options {
    /// How logs are written (to standard error).
    #[arg(long, global = true, value_enum, default_value_t, env = "ROLECALL_LOG_FORMAT")]
    pub log: Format,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves console and API; an empty database prints a link for the set-up.
    Serve(Settings),
    /// Shows everything with made-up people, in a folder that is thrown away at the end.
    Demo(Demo),
    /// Makes and lists organizations (the operator's; a running server sees the change at once).
    #[command(subcommand)]
    Organization(Organization),
    /// Examines what is stored, says what is wrong and what to do; fails if anything is.
    Doctor {
        /// Verify the audit log alone, and print where it ends, to be noted elsewhere.
        #[arg(long, conflicts_with = "repair")]
        audit: bool,
        /// Mend what can be mended without deciding anything for anybody.
        #[arg(long)]
        repair: bool,
        /// As one line of JSON.
        #[arg(long)]
        json: bool,
        /// Where the data is.
        #[command(flatten)]
        settings: Settings,
    },
    /// Says what to enter at Facebook for Messenger: the webhook's address and the verify token.
    Messenger(Settings),
    /// Lists people and lets them back in (the operator's).
    #[command(subcommand)]
    User(User),
}

/// The demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Print one line of JSON with the address, the password and everybody, once it serves.
    #[arg(long)]
    pub json: bool,
    /// As for `serve`, the data folder aside.
    #[command(flatten)]
    pub settings: Settings,
}

/// Who makes organizations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Makers {
    /// Everybody who is signed in.
    People,
    /// The operator, with `rolecall organization create`.
    Operator,
}

/// Settings of the server.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// A TOML file with any of these settings, by the same names.
    #[arg(long, value_name = "FILE", env = "ROLECALL_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8080].
    #[arg(long, value_name = "HOST:PORT", env = "ROLECALL_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// The address people use; links in mails and cookies come from it alone [default: http://localhost:PORT].
    #[arg(long, value_name = "URL", env = "ROLECALL_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// The folder of the database [default: ./rolecall-data].
    #[arg(long, value_name = "DIR", env = "ROLECALL_DATA")]
    pub data: Option<PathBuf>,
    /// A PostgreSQL database (15 or newer) in place of the folder: postgres://user:password@host/name.
    #[arg(long, value_name = "URL", env = "ROLECALL_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<Url>,
    /// The file with the key that secrets in the database are sealed with; made at the first start. Keep a copy of it
    /// apart from those of the database; several servers share one [default: rolecall.key in the data folder].
    #[arg(long, value_name = "FILE", env = "ROLECALL_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// A network whose X-Forwarded-For is believed; may be given several times.
    #[arg(long, value_name = "CIDR", env = "ROLECALL_TRUSTED_PROXY", value_delimiter = ',')]
    #[serde(default)]
    pub trusted_proxy: Vec<IpNet>,
    /// The mail server: smtp://[user:password@]host[:port] (STARTTLS, none on this machine) or smtps://…; without one,
    /// links are shown to be handed over.
    #[arg(long, value_name = "URL", env = "ROLECALL_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<Url>,
    /// The sender of mails [default: Rolecall <rolecall@HOST>].
    #[arg(long, value_name = "ADDRESS", env = "ROLECALL_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Who makes further organizations: people, or the operator alone [default: people].
    #[arg(long, value_enum, value_name = "WHO", env = "ROLECALL_NEW_ORGANIZATIONS")]
    pub new_organizations: Option<Makers>,
    /// Requests a second from one network address, 0 for no limit [default: 1000].
    #[arg(long, value_name = "NUMBER", env = "ROLECALL_RATE_LIMIT")]
    pub rate_limit: Option<u32>,
    /// Seconds without news of the other writers of the database after which no decision is given any more [default: 5].
    #[arg(long, value_name = "SECONDS", env = "ROLECALL_FOLLOW_WITHIN", value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub follow_within: Option<u32>,
    /// Messages a minute that visitors at one network address may say to bots, 0 for no limit [default: 300].
    #[arg(long, value_name = "NUMBER", env = "ROLECALL_CHAT_PER_ADDRESS")]
    pub chat_per_address: Option<u32>,
    /// Messages a minute in one conversation with a bot, 0 for no limit [default: 120].
    #[arg(long, value_name = "NUMBER", env = "ROLECALL_CHAT_PER_CONVERSATION")]
    pub chat_per_conversation: Option<u32>,
    /// Endpoints of language models that bots may use beside public https ones, such as http://localhost:11434/v1.
    #[arg(long, value_name = "URL", env = "ROLECALL_LANGUAGE_MODEL", value_delimiter = ',')]
    #[serde(default)]
    pub language_model: Vec<Url>,
    /// Facebook's Graph API with its version, for Messenger [default: https://graph.facebook.com/v23.0].
    #[arg(long, value_name = "URL", env = "ROLECALL_MESSENGER_GRAPH")]
    pub messenger_graph: Option<Url>,
    /// What Facebook shows when it verifies the webhook of Messenger [default: see `rolecall messenger`].
    #[arg(long, value_name = "TOKEN", env = "ROLECALL_MESSENGER_VERIFY_TOKEN", hide_env_values = true)]
    pub messenger_verify_token: Option<String>,
    /// Private networks in which integrations may reach other systems, also without TLS, such as 10.1.0.0/16 or
    /// 127.0.0.0/8; without one they reach public addresses by https alone.
    #[arg(long, value_name = "CIDR", env = "ROLECALL_ALLOW_PRIVATE_ADDRESSES", value_delimiter = ',')]
    #[serde(default)]
    pub allow_private_addresses: Vec<IpNet>,
    /// Failed sign-ins of one account within 15 minutes [default: 10].
    #[arg(long, value_name = "NUMBER", env = "ROLECALL_FAILURES_PER_ACCOUNT")]
    pub failures_per_account: Option<u32>,
    /// Failed guesses from one network address within 15 minutes [default: 100].
    #[arg(long, value_name = "NUMBER", env = "ROLECALL_FAILURES_PER_ADDRESS")]
    pub failures_per_address: Option<u32>,
    /// Hours without use after which somebody is signed out [default: 24].
    #[arg(long, value_name = "HOURS", env = "ROLECALL_SESSION_IDLE_HOURS", value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub session_idle_hours: Option<u32>,
    /// Hours after which somebody is signed out in any case [default: 336].
    #[arg(long, value_name = "HOURS", env = "ROLECALL_SESSION_HOURS", value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub session_hours: Option<u32>,
    /// Where people connect accounts of theirs: in the file alone.
    #[arg(skip)]
    #[serde(default)]
    pub provider: Vec<ProviderSettings>,
}

impl Settings {
    /// These, completed from the file.
    pub fn complete(self) -> Result<Self, String> {
        let Some(path) = self.config.clone() else { return Ok(self) };
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file: Self = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let trusted_proxy = if self.trusted_proxy.is_empty() { file.trusted_proxy } else { self.trusted_proxy };
        let own = self.allow_private_addresses;
        let allow_private_addresses = if own.is_empty() { file.allow_private_addresses } else { own };
        let language_model = if self.language_model.is_empty() { file.language_model } else { self.language_model };
        Ok(Self {
            config: Some(path),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            data: self.data.or(file.data),
            database_url: self.database_url.or(file.database_url),
            key_file: self.key_file.or(file.key_file),
            trusted_proxy,
            smtp_url: self.smtp_url.or(file.smtp_url),
            mail_from: self.mail_from.or(file.mail_from),
            new_organizations: self.new_organizations.or(file.new_organizations),
            rate_limit: self.rate_limit.or(file.rate_limit),
            follow_within: self.follow_within.or(file.follow_within),
            chat_per_address: self.chat_per_address.or(file.chat_per_address),
            chat_per_conversation: self.chat_per_conversation.or(file.chat_per_conversation),
            language_model,
            messenger_graph: self.messenger_graph.or(file.messenger_graph),
            messenger_verify_token: self.messenger_verify_token.or(file.messenger_verify_token),
            allow_private_addresses,
            failures_per_account: self.failures_per_account.or(file.failures_per_account),
            failures_per_address: self.failures_per_address.or(file.failures_per_address),
            session_idle_hours: self.session_idle_hours.or(file.session_idle_hours),
            session_hours: self.session_hours.or(file.session_hours),
            provider: file.provider,
        })
    }

    /// Where to listen.
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)))
    }

    /// The folder of what is kept in files.
    fn folder(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new("rolecall-data"))
    }

    /// The file with the key.
    fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.folder().join("rolecall.key"))
    }

    /// The database: the one named by its URL, else the file in the data folder.
    pub fn database(&self) -> Result<Database, String> {
        let Some(url) = &self.database_url else {
            return Ok(Database::File(self.folder().join("rolecall.db")));
        };
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(format!("--database-url: `{}` is no scheme of PostgreSQL; use postgres", url.scheme()));
        }
        Ok(Database::Url(url.to_string()))
    }

    /// The server's configuration, listening at this port.
    pub fn config(self, port: u16) -> Result<Config, String> {
        let public_url = match self.public_url.clone() {
            Some(url) => check_public_url(url)?,
            None => format!("http://localhost:{port}").parse().map_err(|error| format!("the public URL: {error}"))?,
        };
        let host = public_url.host_str().unwrap_or("localhost").to_owned();
        if let Some(url) = self.smtp_url.as_ref().filter(|url| !matches!(url.scheme(), "smtp" | "smtps")) {
            return Err(format!("--smtp-url: `{}` is no scheme for mail; use smtp or smtps", url.scheme()));
        }
        let usual = Limits::default();
        let seconds = |hours: Option<u32>, usual: i64| hours.map_or(usual, |hours| i64::from(hours) * 3600);
        let milliseconds =
            |seconds: Option<u32>, usual: u64| seconds.map_or(usual, |seconds| u64::from(seconds) * 1000);
        Ok(Config {
            listen: self.listen(),
            database: self.database()?,
            key_file: self.key_file(),
            trusted_proxies: self.trusted_proxy,
            smtp_url: self.smtp_url,
            mail_from: self.mail_from.unwrap_or_else(|| format!("Rolecall <rolecall@{host}>")),
            providers: providers(self.provider, |name| std::env::var(name).ok())?,
            people_make_organizations: self.new_organizations != Some(Makers::Operator),
            language_models: self.language_model,
            messenger: messenger(self.messenger_graph, self.messenger_verify_token)?,
            private_networks: self.allow_private_addresses,
            limits: Limits {
                follow_within_milliseconds: milliseconds(self.follow_within, usual.follow_within_milliseconds),
                chat_per_address: self.chat_per_address.unwrap_or(usual.chat_per_address),
                chat_per_conversation: self.chat_per_conversation.unwrap_or(usual.chat_per_conversation),
                requests_per_second: self.rate_limit.unwrap_or(usual.requests_per_second),
                failures_per_account: self.failures_per_account.unwrap_or(usual.failures_per_account),
                failures_per_address: self.failures_per_address.unwrap_or(usual.failures_per_address),
                session_idle_seconds: seconds(self.session_idle_hours, usual.session_idle_seconds),
                session_absolute_seconds: seconds(self.session_hours, usual.session_absolute_seconds),
                ..usual
            },
            ..Config::at(public_url)
        })
    }
}

/// How Messenger is spoken with.
fn messenger(graph: Option<Url>, verify_token: Option<String>) -> Result<Messenger, String> {
    if let Some(url) = &graph {
        let safe = outgoing::is_safe(url.scheme(), url.host_str().unwrap_or_default());
        if !safe || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(format!(
                "--messenger-graph: `{url}` is not like https://graph.facebook.com/v23.0 (http on this machine only)"
            ));
        }
    }
    let verify_token = verify_token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
    Ok(Messenger { graph, verify_token: verify_token.map(Secret::new) })
}

fn check_public_url(url: Url) -> Result<Url, String> {
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.host_str().is_some() && plain {
        return Ok(url);
    }
    Err(format!("--public-url: `{url}` is not like https://rolecall.example.com (no path, no query)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let folder = tempfile::tempdir().map(|folder| folder.path().to_owned()).unwrap_or_default();
        let _ = std::fs::create_dir_all(&folder);
        let file = folder.join("rolecall.toml");
        assert!(std::fs::write(&file, "rate-limit = 7\nfailures-per-account = 3\n").is_ok());
        let given = Settings { config: Some(file), rate_limit: Some(9), ..Settings::default() };
        let complete = given.complete().unwrap_or_default();
        assert_eq!((complete.rate_limit, complete.failures_per_account), (Some(9), Some(3)));
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let ok = |text: &str| text.parse().is_ok_and(|url| check_public_url(url).is_ok());
        assert!(ok("https://rolecall.example.com"));
        assert!(!ok("https://example.com/rolecall"));
        assert!(!ok("ftp://example.com"));
    }
}
