//! What every request can reach: store, configuration, clock, hasher, mail.

use std::sync::Arc;

use rolecall_access::Timestamp;
use rolecall_store::Store;
use tokio_util::sync::CancellationToken;

use crate::auth::password::Hasher;
use crate::auth::vault::Vault;
use crate::chat::Chat;
use crate::clock::Clock;
use crate::config::Config;
use crate::mail::Outbox;
use crate::observe::Metrics;
use crate::outgoing::Outgoing;
use crate::router::revision::Waiting;
use crate::talks::Talks;
use crate::understanding::Models;
use crate::workshop::Workshops;

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the application.
pub struct Parts {
    /// Storage.
    pub store: Store,
    /// Settings.
    pub config: Config,
    /// Time.
    pub clock: Clock,
    /// Password hashing, off the request threads.
    pub hasher: Hasher,
    /// Other work off the request threads.
    pub workshops: Workshops,
    /// Seals secrets.
    pub vault: Vault,
    /// Wakes the mail worker.
    pub outbox: Outbox,
    /// Asks other services.
    pub outgoing: Outgoing,
    /// What bots have learned, as used last.
    pub models: Models,
    /// Tells of conversations that change.
    pub talks: Talks,
    /// Who waits for a revision.
    pub waiting: Waiting,
    /// Bots at work.
    pub chat: Chat,
    /// What operators count.
    pub metrics: Metrics,
    /// Cancelled when the server stops: event streams end then.
    pub stopping: CancellationToken,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The same parts under other settings.
    #[must_use]
    pub fn parts_with(&self, config: Config) -> Parts {
        Parts {
            store: self.store.clone(),
            config,
            clock: self.clock.clone(),
            hasher: self.hasher.clone(),
            workshops: self.workshops.clone(),
            vault: self.vault.clone(),
            outbox: self.outbox.clone(),
            outgoing: self.outgoing.clone(),
            models: self.models.clone(),
            talks: self.talks.clone(),
            waiting: self.waiting.clone(),
            chat: Chat::default(),
            metrics: Metrics::default(),
            stopping: self.stopping.clone(),
        }
    }

    /// Whether mail can be sent; if not, links are shown to be handed over.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.0.config.smtp_url.is_some()
    }

    /// The instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
