//! What is sent and shown of rules.

use rolecall_store::resource::ForwardRule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::forward::address;
use crate::input::{Check, nullable};
use crate::problem::FieldError;
use crate::service::Named;
use crate::time::Time;

/// Methods that rules usually speak of.
pub const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];
/// The most methods of a rule.
const MOST_METHODS: usize = 20;
/// The longest host or path.
const LENGTH: usize = 1000;

/// A rule: what requests to a host, below a path, need.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForwardRuleView {
    /// Its id.
    pub id: Uuid,
    /// The host, with its port unless that is the usual one.
    pub host: String,
    /// The path; the rule is for what is below it, too.
    pub path: String,
    /// The methods; none: every method.
    pub methods: Vec<String>,
    /// The model of the permission that is needed.
    pub model: String,
    /// Its action.
    pub action: String,
    /// On which bot; null: in the organization (or the bot is gone, and nobody passes).
    pub bot_id: Option<Uuid>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version (for If-Match).
    pub version: i64,
    /// What the caller may do with it.
    pub can: Vec<String>,
}

/// A rule to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewForwardRuleBody {
    /// The host, with its port unless that is the usual one: `bots.example`.
    #[schema(max_length = 1000)]
    pub host: String,
    /// The path, with what is below it: `/admin`.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub path: String,
    /// The methods; none: every method. GET is HEAD, too.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The model of the permission that is needed.
    pub model: String,
    /// Its action.
    pub action: String,
    /// On which bot, for a permission on bots.
    #[serde(default)]
    pub bot_id: Option<Uuid>,
}

/// A rule to be changed; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardRuleChangeBody {
    /// The path.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub path: Option<String>,
    /// The methods; none: every method.
    #[serde(default)]
    pub methods: Option<Vec<String>>,
    /// The model.
    #[serde(default)]
    pub model: Option<String>,
    /// The action.
    #[serde(default)]
    pub action: Option<String>,
    /// The bot; null: none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Uuid>)]
    pub bot_id: Option<Option<Uuid>>,
}

/// A request to be tried.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialBody {
    /// The address: `https://bots.example/admin?tab=1`.
    #[schema(max_length = 8000)]
    pub url: String,
    /// The method; GET if left out.
    #[serde(default)]
    pub method: Option<String>,
}

/// What would become of a request.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct TrialView {
    /// The method.
    pub method: String,
    /// The host, as it is read; null: the address cannot be read.
    pub host: Option<String>,
    /// The path, as it is read.
    pub path: Option<String>,
    /// The rule that decides; null: none does, and nobody passes.
    pub rule: Option<ForwardRuleView>,
    /// Why nobody passes, for programs: `no-rule`, `gone`, or what cannot be read (`address`, `host`, `method`,
    /// `characters`, `escape`, `segments`, `case`).
    pub refused: Option<String>,
    /// The same for people.
    pub detail: Option<String>,
    /// Who passes, by name, 50 at most; null: not the caller's to know.
    pub people: Option<Vec<Named>>,
    /// Whether there are more.
    pub more: bool,
}

impl TrialView {
    pub(super) fn refused(mut self, code: &str, detail: &dyn std::fmt::Display) -> Self {
        (self.refused, self.detail) = (Some(code.to_owned()), Some(detail.to_string()));
        self
    }
}

impl ForwardRuleView {
    pub(super) fn of(rule: ForwardRule, can: Vec<String>) -> Self {
        Self {
            id: rule.id,
            host: rule.host,
            path: rule.path,
            methods: rule.methods,
            model: rule.permission.model.to_string(),
            action: rule.permission.action.to_string(),
            bot_id: rule.bot.map(|bot| bot.0),
            created_at: Time(rule.created_at),
            updated_at: Time(rule.updated_at),
            version: rule.version,
            can,
        }
    }
}

fn check_length(name: &str, text: &str, most: usize, errors: &mut Vec<FieldError>) {
    if text.chars().count() > most {
        errors.push(FieldError::new(name, "too_long", format!("Use at most {most} characters.")));
    }
}

/// Puts methods into their order.
fn check_methods(methods: &mut Vec<String>, errors: &mut Vec<FieldError>) {
    if methods.len() > MOST_METHODS {
        errors.push(FieldError::new("methods", "too_long", format!("Name at most {MOST_METHODS} methods.")));
    }
    for (index, method) in methods.iter().enumerate() {
        if let Err(unclear) = address::method(method) {
            errors.push(FieldError::new(format!("methods.{index}"), "invalid", unclear.to_string()));
        }
    }
    methods.sort();
    methods.dedup();
}

impl Check for NewForwardRuleBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_length("host", &self.host, LENGTH, &mut errors);
        check_length("path", &self.path, LENGTH, &mut errors);
        check_methods(&mut self.methods, &mut errors);
        errors
    }
}

impl Check for ForwardRuleChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_length("path", self.path.as_deref().unwrap_or_default(), LENGTH, &mut errors);
        if let Some(methods) = &mut self.methods {
            check_methods(methods, &mut errors);
        }
        errors
    }
}

impl Check for TrialBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_length("url", &self.url, 8000, &mut errors);
        if let Some(Err(unclear)) = self.method.as_deref().map(address::method) {
            errors.push(FieldError::new("method", "invalid", unclear.to_string()));
        }
        errors
    }
}
