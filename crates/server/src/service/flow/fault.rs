//! What would go wrong in a flow, as people and programs are told it.

use std::collections::BTreeSet;

use rolecall_bots::flow::{Fault, Flow, Step, check_among};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Drawn, FlowBegins};

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FaultView {
    /// The step; null: the flow itself.
    pub step: Option<String>,
    /// `no_start`, `no_such_step`, `no_target`, `unreachable`, `no_text`, `no_answer`, `same_answer`, `no_condition`,
    /// `no_variable`, `no_such_variable`, `no_integration`, `no_such_integration`, `endless_loop` or
    /// `no_such_intent`.
    pub kind: &'static str,
    /// What it is about: the name of a step, an answer, a variable, an intent, or the steps of a circle.
    pub about: Option<String>,
    /// In words.
    pub message: String,
}

/// What of a bot its flows speak of.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The names of its intents; none for whoever may not know them.
    pub intents: Option<BTreeSet<String>>,
    /// The ids of its calls; none for whoever may not know them.
    pub calls: Option<BTreeSet<String>>,
    /// The names of its entities, which are variables.
    pub entities: BTreeSet<String>,
}

/// Every fault of the flow; that its intent or a call is not there is told only to whoever knows those.
pub fn faults(drawn: &Drawn, known: &Known) -> Vec<FaultView> {
    let unknown = known.intents.as_ref().is_some_and(|intents| !intents.contains(&drawn.intent));
    let intent = (drawn.begins == FlowBegins::Intent && unknown).then(|| FaultView {
        step: None,
        kind: "no_such_intent",
        about: Some(drawn.intent.clone()),
        message: format!("There is no intent `{}` to begin with.", drawn.intent),
    });
    let own = check_among(&drawn.flow, &known.entities).into_iter().map(|found| {
        let (kind, about) = parts(&found.fault);
        let message = words(&found.fault, found.step.as_deref().unwrap_or_default());
        FaultView { step: found.step, kind, about, message }
    });
    let missing = known.calls.iter().flat_map(|calls| missing_calls(&drawn.flow, calls));
    intent.into_iter().chain(own).chain(missing).collect()
}

/// Calls of what is not there, or is no call.
pub fn missing_calls(flow: &Flow, calls: &BTreeSet<String>) -> Vec<FaultView> {
    let missing = flow.steps.iter().filter_map(|(name, step)| match step {
        Step::Call { integration, .. } if !integration.trim().is_empty() && !calls.contains(integration) => {
            Some((name, integration))
        }
        _ => None,
    });
    let fault = |(name, integration): (&String, &String)| FaultView {
        step: Some(name.clone()),
        kind: "no_such_integration",
        about: Some(integration.clone()),
        message: format!("`{name}` calls an integration that is not there, or is no call."),
    };
    missing.map(fault).collect()
}

fn parts(fault: &Fault) -> (&'static str, Option<String>) {
    match fault {
        Fault::NoStart { start } => ("no_start", Some(start.clone())),
        Fault::NoSuchStep { target } => ("no_such_step", Some(target.clone())),
        Fault::NoTarget => ("no_target", None),
        Fault::Unreachable => ("unreachable", None),
        Fault::NoText => ("no_text", None),
        Fault::NoAnswer => ("no_answer", None),
        Fault::SameAnswer { label } => ("same_answer", Some(label.clone())),
        Fault::NoCondition => ("no_condition", None),
        Fault::NoVariable => ("no_variable", None),
        Fault::NoSuchVariable { variable } => ("no_such_variable", Some(variable.clone())),
        Fault::NoIntegration => ("no_integration", None),
        Fault::EndlessLoop { steps } => ("endless_loop", Some(steps.join(", "))),
    }
}

/// A fault of this step, as a sentence.
pub fn words(fault: &Fault, step: &str) -> String {
    match fault {
        Fault::NoStart { .. } => "The flow does not say where it begins: choose its first step.".to_owned(),
        Fault::NoSuchStep { target } => format!("`{step}` leads to `{target}`, which is not there."),
        Fault::NoTarget => format!("`{step}` goes on elsewhere, and does not say where."),
        Fault::Unreachable => format!("Nothing leads to `{step}`."),
        Fault::NoText => format!("`{step}` says nothing."),
        Fault::NoAnswer => format!("`{step}` asks, and has no answer to choose, or one without words."),
        Fault::SameAnswer { label } => format!("`{step}` has the answer `{label}` twice."),
        Fault::NoCondition => format!("`{step}` decides, and has no condition."),
        Fault::NoVariable => format!("`{step}` needs the name of a variable."),
        Fault::NoSuchVariable { variable } => {
            format!("`{step}` speaks of `{variable}`, which no step gives a value.")
        }
        Fault::NoIntegration => format!("`{step}` calls an integration, and does not say which."),
        Fault::EndlessLoop { steps } => {
            format!("From `{step}` on it goes in a circle without asking anything: {}.", steps.join(", "))
        }
    }
}
