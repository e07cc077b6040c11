//! A flow: what a bot says and asks, step by step, before intents and knowledge have their turn.
//!
//! [`check`] finds what would go wrong, each fault with its step; [`advance`] goes through a flow. Both are total: any
//! flow, also one that a check refuses, and any answer lead to an end of each turn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub mod advance;
pub mod check;
pub mod condition;
pub mod takes;
pub mod variable;

pub use advance::{Input, Output, State, advance};
pub use check::{Fault, FlowFault, check, check_among};
pub use condition::{Condition, Test};
pub use takes::Takes;

/// The name of a step within its flow.
pub type StepName = String;

/// A flow. It begins at `start`; a step that leads nowhere ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The first step.
    pub start: StepName,
    /// The steps by name.
    pub steps: BTreeMap<StepName, Step>,
}

/// A step. In texts `{name}` stands for the variable of that name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Says something.
    Message {
        /// What.
        text: String,
        /// Where it goes on.
        #[serde(default)]
        next: Option<StepName>,
    },
    /// Asks, and waits for one of the choices.
    Question {
        /// What.
        text: String,
        /// What can be answered.
        choices: Vec<Choice>,
        /// Where another answer leads; if nowhere, the question is asked again.
        #[serde(default)]
        otherwise: Option<StepName>,
    },
    /// Asks, waits, and keeps the answer.
    Collect {
        /// What is asked.
        text: String,
        /// The variable that gets the answer.
        variable: String,
        /// What is taken for an answer.
        #[serde(default)]
        takes: Takes,
        /// Where it goes on.
        #[serde(default)]
        next: Option<StepName>,
        /// Where it goes on if that was none; if nowhere, it is asked again.
        #[serde(default)]
        otherwise: Option<StepName>,
    },
    /// Goes on where the first condition that holds leads.
    Decision {
        /// The conditions, in order.
        cases: Vec<Case>,
        /// Where it goes on if none holds.
        #[serde(default)]
        otherwise: Option<StepName>,
    },
    /// Goes on elsewhere.
    GoTo {
        /// Where.
        to: StepName,
    },
    /// Hands the conversation over to a person.
    HandOver {
        /// What is said before.
        text: String,
    },
    /// Calls an integration, and waits for what it answers.
    Call {
        /// The integration's id.
        integration: String,
        /// The variables that get what it answers under these names; what it answers besides is not kept.
        #[serde(default)]
        keeps: Vec<String>,
        /// Where it goes on.
        #[serde(default)]
        next: Option<StepName>,
        /// Where it goes on if the call fails; if nowhere, as if it had not.
        #[serde(default)]
        failed: Option<StepName>,
    },
}

/// An answer that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What it says.
    pub label: String,
    /// Where it leads.
    #[serde(default)]
    pub next: Option<StepName>,
}

/// A condition and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What must hold.
    pub condition: Condition,
    /// Where it leads.
    #[serde(default)]
    pub next: Option<StepName>,
}

impl Step {
    /// Every step that it may lead to.
    #[must_use]
    pub fn targets(&self) -> Vec<&StepName> {
        match self {
            Self::Message { next, .. } => next.iter().collect(),
            Self::Collect { next, otherwise, .. } => next.iter().chain(otherwise).collect(),
            Self::Question { choices, otherwise, .. } => {
                choices.iter().filter_map(|choice| choice.next.as_ref()).chain(otherwise).collect()
            }
            Self::Decision { cases, otherwise } => {
                cases.iter().filter_map(|case| case.next.as_ref()).chain(otherwise).collect()
            }
            Self::GoTo { to } => vec![to],
            Self::HandOver { .. } => Vec::new(),
            Self::Call { next, failed, .. } => next.iter().chain(failed).collect(),
        }
    }

    /// The names of the steps that it may lead to, to be changed.
    pub fn targets_mut(&mut self) -> Vec<&mut StepName> {
        match self {
            Self::Message { next, .. } => next.iter_mut().collect(),
            Self::Collect { next, otherwise, .. } => next.iter_mut().chain(otherwise).collect(),
            Self::Question { choices, otherwise, .. } => {
                choices.iter_mut().filter_map(|choice| choice.next.as_mut()).chain(otherwise).collect()
            }
            Self::Decision { cases, otherwise } => {
                cases.iter_mut().filter_map(|case| case.next.as_mut()).chain(otherwise).collect()
            }
            Self::GoTo { to } => vec![to],
            Self::HandOver { .. } => Vec::new(),
            Self::Call { next, failed, .. } => next.iter_mut().chain(failed).collect(),
        }
    }

    /// Lets what leads to this step lead nowhere.
    pub fn forget(&mut self, step: &str) {
        let clear = |next: &mut Option<StepName>| {
            if next.as_deref() == Some(step) {
                *next = None;
            }
        };
        match self {
            Self::Message { next, .. } => clear(next),
            Self::Collect { next, otherwise, .. } => [next, otherwise].into_iter().for_each(clear),
            Self::Question { choices, otherwise, .. } => {
                choices.iter_mut().map(|choice| &mut choice.next).chain([otherwise]).for_each(clear);
            }
            Self::Decision { cases, otherwise } => {
                cases.iter_mut().map(|case| &mut case.next).chain([otherwise]).for_each(clear);
            }
            Self::GoTo { to } if to == step => to.clear(),
            Self::GoTo { .. } | Self::HandOver { .. } => {}
            Self::Call { next, failed, .. } => [next, failed].into_iter().for_each(clear),
        }
    }

    /// What it says, if it says something.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Message { text, .. }
            | Self::Question { text, .. }
            | Self::Collect { text, .. }
            | Self::HandOver { text } => Some(text),
            Self::Decision { .. } | Self::GoTo { .. } | Self::Call { .. } => None,
        }
    }

    /// The variables that it gives a value.
    #[must_use]
    pub fn gives(&self) -> &[String] {
        match self {
            Self::Collect { variable, .. } => std::slice::from_ref(variable),
            Self::Call { keeps, .. } => keeps,
            _ => &[],
        }
    }

    /// Whether it waits for the person.
    #[must_use]
    pub fn pauses(&self) -> bool {
        matches!(self, Self::Question { .. } | Self::Collect { .. })
    }
}
