//! What is said and answered about flows.

use std::collections::BTreeMap;

use rolecall_bots::flow::Flow;
use rolecall_store::resource::{Begins, FlowContent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::fault::FaultView;
use super::rule;
use crate::input::{Check, check_name};
use crate::problem::{FieldError, Problem};
use crate::service::Result;
use crate::time::Time;

/// Bytes of a flow's steps, as JSON.
const LARGEST: usize = 256 << 10;

/// When a flow begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlowBegins {
    /// With each conversation: one flow of a bot at most.
    Conversation,
    /// When its intent is understood, in place of the intent's answer: one flow of an intent at most.
    Intent,
    /// Never.
    #[default]
    Never,
}

/// Where a step is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepPlace {
    /// From the left.
    pub x: i32,
    /// From the top.
    pub y: i32,
}

/// Where the steps of a flow are drawn, by name.
pub type Places = BTreeMap<String, StepPlace>;

/// A flow.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FlowView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// When it begins.
    pub begins: FlowBegins,
    /// The intent that it begins with; empty: none.
    pub intent: String,
    /// `{start, steps: {NAME: {kind, …}}}`. Kinds: `message {text, next}`, `question {text, choices: [{label, next}],
    /// otherwise}`, `collect {text, variable, takes: text|email|phone|number|date, next, otherwise}`, `decision {cases:
    /// [{condition: {variable, test}, next}], otherwise}`, `go_to {to}`, `hand_over {text}`, `call {integration, keeps,
    /// next, failed}`. A test: `is_set`, `is_not_set`, `{is}`, `{is_not}`, `{contains}`, `{above}`, `{below}`.
    #[schema(value_type = Object)]
    pub flow: Flow,
    /// Where the steps are drawn, by name.
    #[schema(value_type = BTreeMap<String, StepPlace>)]
    pub places: Places,
    /// What would go wrong in it.
    pub faults: Vec<FaultView>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version, also the ETag.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// A flow in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FlowLineView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// When it begins.
    pub begins: FlowBegins,
    /// The intent that it begins with; empty: none.
    pub intent: String,
    /// How many steps it has.
    pub steps: usize,
    /// How many faults.
    pub faults: usize,
    /// When it last changed.
    pub updated_at: Time,
    /// Its version.
    pub version: i64,
    /// What the caller may do with it: `read`, `update`, `delete`.
    pub can: Vec<String>,
}

/// A flow to be made. One with faults is kept, but cannot be published.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFlowBody {
    /// Its name, unique in the bot.
    pub name: String,
    /// When it begins.
    #[serde(default)]
    pub begins: FlowBegins,
    /// The name of the intent that it begins with.
    #[serde(default)]
    pub intent: String,
    /// Its start and steps, as in the answer.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub flow: Flow,
    /// Where its steps are drawn.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, StepPlace>)]
    pub places: Places,
}

/// A change of a flow; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowChangeBody {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// When it begins.
    #[serde(default)]
    pub begins: Option<FlowBegins>,
    /// The name of the intent that it begins with.
    #[serde(default)]
    pub intent: Option<String>,
    /// Its start and all its steps.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub flow: Option<Flow>,
    /// Where its steps are drawn.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, StepPlace>>)]
    pub places: Option<Places>,
}

/// A flow to be checked.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// When it begins.
    #[serde(default)]
    pub begins: FlowBegins,
    /// The name of the intent that it begins with.
    #[serde(default)]
    pub intent: String,
    /// Its start and steps.
    #[schema(value_type = Object)]
    pub flow: Flow,
}

/// What would go wrong in a flow.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FaultsView {
    /// Each fault with its step; none: it may be published.
    pub faults: Vec<FaultView>,
}

/// A flow's file, as it was taken out.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowFileBody {
    /// Its text (TOML).
    pub text: String,
}

/// A flow as it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Its name.
    pub name: String,
    /// When it begins.
    pub begins: FlowBegins,
    /// The intent that it begins with; empty: none.
    pub intent: String,
    /// Its steps.
    pub flow: Flow,
    /// Where they are.
    pub places: Places,
}

impl Drawn {
    /// A stored flow.
    pub fn of(content: FlowContent) -> Self {
        Self {
            name: content.name,
            begins: match content.begins {
                Begins::Conversation => FlowBegins::Conversation,
                Begins::Intent => FlowBegins::Intent,
                Begins::Never => FlowBegins::Never,
            },
            intent: content.intent,
            flow: serde_json::from_value(content.steps).unwrap_or_default(),
            places: serde_json::from_value(content.places).unwrap_or_default(),
        }
    }

    /// As it is stored: an intent only where it counts, places only of steps.
    ///
    /// # Errors
    /// If it begins with an intent and names none.
    pub fn content(mut self) -> Result<FlowContent> {
        let begins = match self.begins {
            FlowBegins::Conversation => Begins::Conversation,
            FlowBegins::Intent => Begins::Intent,
            FlowBegins::Never => Begins::Never,
        };
        if begins != Begins::Intent {
            self.intent.clear();
        } else if self.intent.is_empty() {
            return Err(Problem::invalid(vec![FieldError::new("intent", "empty", "Name the intent it begins with.")]));
        }
        self.places.retain(|name, _| self.flow.steps.contains_key(name));
        let value = |value: serde_json::Result<serde_json::Value>| value.map_err(|error| Problem::internal(&error));
        let (steps, places) = (value(serde_json::to_value(&self.flow))?, value(serde_json::to_value(&self.places))?);
        if steps.to_string().len() > LARGEST {
            let message = format!("A flow has at most {} KiB; lead on to another one.", LARGEST >> 10);
            return Err(Problem::invalid(vec![FieldError::new("flow", "too_long", message)]));
        }
        Ok(FlowContent { name: self.name, begins, intent: self.intent, steps, places })
    }
}

impl NewFlowBody {
    /// The flow.
    pub fn drawn(self) -> Drawn {
        let Self { name, begins, intent, flow, places } = self;
        Drawn { name, begins, intent, flow, places }
    }
}

impl CheckBody {
    /// The flow.
    pub fn drawn(self) -> Drawn {
        Drawn { begins: self.begins, intent: self.intent, flow: self.flow, ..Drawn::default() }
    }
}

impl FlowChangeBody {
    /// The flow as it will be.
    pub fn over(self, before: Drawn) -> Drawn {
        Drawn {
            name: self.name.unwrap_or(before.name),
            begins: self.begins.unwrap_or(before.begins),
            intent: self.intent.unwrap_or(before.intent),
            flow: self.flow.unwrap_or(before.flow),
            places: self.places.unwrap_or(before.places),
        }
    }
}

impl FlowLineView {
    /// The line of a flow.
    pub fn of(view: FlowView) -> Self {
        Self {
            id: view.id,
            name: view.name,
            begins: view.begins,
            intent: view.intent,
            steps: view.flow.steps.len(),
            faults: view.faults.len(),
            updated_at: view.updated_at,
            version: view.version,
            can: view.can,
        }
    }
}

impl Check for NewFlowBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_name("name", &mut self.name, &mut errors);
        rule::check_intent(&mut self.intent, &mut errors);
        rule::check_flow(&self.flow, &mut errors);
        rule::check_places(&self.places, &mut errors);
        errors
    }
}

impl Check for FlowChangeBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(name) = &mut self.name {
            check_name("name", name, &mut errors);
        }
        if let Some(intent) = &mut self.intent {
            rule::check_intent(intent, &mut errors);
        }
        if let Some(flow) = &self.flow {
            rule::check_flow(flow, &mut errors);
        }
        if let Some(places) = &self.places {
            rule::check_places(places, &mut errors);
        }
        errors
    }
}

impl Check for CheckBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        rule::check_intent(&mut self.intent, &mut errors);
        rule::check_flow(&self.flow, &mut errors);
        errors
    }
}

impl Check for FlowFileBody {
    fn check(&mut self) -> Vec<FieldError> {
        Vec::new()
    }
}
