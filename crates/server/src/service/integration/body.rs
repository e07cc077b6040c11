//! What is said and answered about integrations.

use std::collections::BTreeMap;

use rolecall_store::resource::{
    Delivery, DeliveryFilter, DeliveryStatus, Integration, IntegrationKind, WrittenIntegration,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::rules;
use super::wrong;
use crate::input::{Check, check_name};
use crate::integration::private::Private;
use crate::problem::FieldError;
use crate::service::Result;
use crate::time::Time;

/// What an integration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationKindBody {
    /// Tells another system what happens.
    Webhook,
    /// Is called by flows.
    Call,
}

/// Whether an integration is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationStatusBody {
    /// It is.
    Active,
    /// It sends nothing, and what happens meanwhile is not kept for it.
    Paused,
}

impl IntegrationStatusBody {
    fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Paused }
    }
}

/// An integration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IntegrationView {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: IntegrationKindBody,
    /// Its name.
    pub name: String,
    /// The machine that it leads to.
    pub host: String,
    /// Its whole address, for whoever may change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What a webhook tells of.
    pub events: Vec<String>,
    /// The names of the headers that a call sends; what they say is not shown again.
    pub headers: Vec<String>,
    /// Seconds that a call may take; null: it is a webhook.
    pub time_limit: Option<i64>,
    /// Whether it is in use.
    pub status: IntegrationStatusBody,
    /// Why the server paused it: `failing` for days, or `gone` (it answered 410); null: it did not.
    pub paused_because: Option<String>,
    /// Attempts that failed since the last one that did not.
    pub failures: i64,
    /// Since when they fail.
    pub failing_since: Option<Time>,
    /// What it signs with (`whsec_…`). Shown where it is made or replaced, and not again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, for `If-Match`.
    pub version: i64,
    /// What the caller may do with it.
    pub can: Vec<String>,
}

impl IntegrationView {
    /// The view of an integration for somebody who can do this with it.
    pub(super) fn of(integration: Integration, private: &Private, can: Vec<String>) -> Self {
        let is_call = integration.kind == IntegrationKind::Call;
        Self {
            id: integration.id,
            kind: if is_call { IntegrationKindBody::Call } else { IntegrationKindBody::Webhook },
            name: integration.written.name,
            host: private.host(),
            url: can.iter().any(|can| can == "update").then(|| private.url.clone()),
            events: integration.written.events,
            headers: private.headers.keys().cloned().collect(),
            time_limit: is_call.then_some(integration.written.time_limit),
            status: IntegrationStatusBody::of(integration.written.active),
            paused_because: Some(integration.paused_because).filter(|because| !because.is_empty()),
            failures: integration.failures,
            failing_since: integration.failing_since.map(Time),
            secret: None,
            created_at: integration.created_at.into(),
            updated_at: integration.updated_at.into(),
            version: integration.version,
            can,
        }
    }

    /// With the secret, this once.
    pub(super) fn with_secret(mut self, private: &Private) -> Self {
        self.secret = Some(private.secret());
        self
    }
}

/// An integration to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntegrationBody {
    /// What it is.
    pub kind: IntegrationKindBody,
    /// Its name, unique in the bot.
    pub name: String,
    /// Where it leads: https, without name and password.
    pub url: String,
    /// What a webhook tells of: `conversation.started`, `message.received`, `message.sent`, `handover.asked`,
    /// `conversation.closed`, `contact.left`, `bot.published`.
    #[serde(default)]
    pub events: Vec<String>,
    /// What a call sends along, by name; kept sealed.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Seconds that a call may take: 1 to 10; left out: 5.
    #[serde(default)]
    pub time_limit: Option<i64>,
}

impl NewIntegrationBody {
    /// As it is kept.
    pub(super) fn written(self, sealed: Vec<u8>) -> WrittenIntegration {
        let time_limit = self.time_limit.unwrap_or(rules::TIME_LIMIT);
        WrittenIntegration { name: self.name, events: self.events, time_limit, active: true, sealed }
    }
}

/// A change of an integration; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrationChangeBody {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it leads.
    #[serde(default)]
    pub url: Option<String>,
    /// All that a webhook tells of.
    #[serde(default)]
    pub events: Option<Vec<String>>,
    /// All headers of a call; null as a value keeps what that header says.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, Option<String>>>,
    /// Seconds that a call may take.
    #[serde(default)]
    pub time_limit: Option<i64>,
    /// Whether it is in use.
    #[serde(default)]
    pub status: Option<IntegrationStatusBody>,
}

impl IntegrationChangeBody {
    /// What is sealed of it afterwards.
    pub(super) fn over(&self, before: &Private) -> Result<Private> {
        let mut after = before.clone();
        if let Some(url) = &self.url {
            after.url.clone_from(url);
        }
        let Some(headers) = &self.headers else { return Ok(after) };
        after.headers.clear();
        for (name, value) in headers {
            let unknown = || wrong(&format!("headers.{name}"), "empty", "Say what this header says.");
            let value = value.as_ref().or_else(|| before.headers.get(name)).ok_or_else(unknown)?;
            after.headers.insert(name.clone(), value.clone());
        }
        Ok(after)
    }

    /// Changes the rest.
    pub(super) fn change(self, written: &mut WrittenIntegration) {
        if let Some(name) = self.name {
            written.name = name;
        }
        if let Some(events) = self.events {
            written.events = events;
        }
        if let Some(time_limit) = self.time_limit {
            written.time_limit = time_limit;
        }
        if let Some(status) = self.status {
            written.active = status == IntegrationStatusBody::Active;
        }
    }
}

/// Something that was sent, or will be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Its id, which the receiver gets as `webhook-id`.
    pub id: Uuid,
    /// What it tells of; `integration.test`: somebody tried it.
    pub event: String,
    /// `waiting`, `delivered` or `failed`.
    pub status: &'static str,
    /// How often it was sent.
    pub attempts: i64,
    /// When it happened.
    pub created_at: Time,
    /// When it is sent next; null: not again.
    pub next_at: Option<Time>,
    /// When it was sent last.
    pub sent_at: Option<Time>,
    /// The status of the last answer; null: none came.
    pub http_status: Option<i64>,
    /// How long the last attempt took, in milliseconds.
    pub took_milliseconds: Option<i64>,
    /// The first kilobyte of the last answer.
    pub answer: String,
    /// What kept the last answer from coming.
    pub fault: Option<String>,
    /// What the caller may do with it: `resend`.
    pub can: Vec<String>,
}

impl DeliveryView {
    /// The view of a delivery.
    pub(super) fn of(delivery: Delivery, can: Vec<String>) -> Self {
        let waits = delivery.status == DeliveryStatus::Waiting;
        Self {
            id: delivery.id,
            event: delivery.event,
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            created_at: delivery.created_at.into(),
            next_at: waits.then(|| delivery.next_at.into()),
            sent_at: delivery.sent_at.map(Time),
            http_status: delivery.http_status,
            took_milliseconds: delivery.took.map(|took| took / 1_000),
            answer: delivery.answer,
            fault: Some(delivery.fault).filter(|fault| !fault.is_empty()),
            can,
        }
    }
}

/// Which deliveries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// `waiting`, `delivered` or `failed`.
    #[serde(default)]
    pub status: Option<String>,
    /// What they tell of.
    #[serde(default)]
    pub event: Option<String>,
}

impl DeliveryQuery {
    /// As the store takes it.
    pub(super) fn filter(self) -> Result<DeliveryFilter> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let message = "A status is `waiting`, `delivered` or `failed`.";
        let status = given(self.status)
            .map(|status| DeliveryStatus::parse(&status).ok_or_else(|| wrong("status", "invalid", message)));
        let event = given(self.event);
        if event.as_ref().is_some_and(|event| event.contains('\0') || event.len() > 100) {
            return Err(wrong("event", "invalid", "There is no such event."));
        }
        Ok(DeliveryFilter { status: status.transpose()?, event })
    }
}

impl Check for NewIntegrationBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        rules::check_url(&mut self.url, &mut errors);
        let (events, headers) = (!self.events.is_empty(), !self.headers.is_empty());
        errors.extend(rules::misplaced(self.kind.into(), events, headers, self.time_limit.is_some()));
        if self.kind == IntegrationKindBody::Webhook {
            rules::check_events(&mut self.events, &mut errors);
        }
        rules::check_headers(self.headers.iter().map(|(name, value)| (name, Some(value))), &mut errors);
        if let Some(seconds) = self.time_limit {
            rules::check_time_limit(seconds, &mut errors);
        }
        errors
    }
}

impl Check for IntegrationChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &mut self.name {
            check_name("name", name, &mut errors);
        }
        if let Some(url) = &mut self.url {
            rules::check_url(url, &mut errors);
        }
        if let Some(events) = &mut self.events {
            rules::check_events(events, &mut errors);
        }
        if let Some(headers) = &self.headers {
            rules::check_headers(headers.iter().map(|(name, value)| (name, value.as_ref())), &mut errors);
        }
        if let Some(seconds) = self.time_limit {
            rules::check_time_limit(seconds, &mut errors);
        }
        errors
    }
}
