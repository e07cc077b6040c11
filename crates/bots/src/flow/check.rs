//! What would go wrong in a flow, each fault with its step.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::condition::same;
use super::{Flow, Step, StepName, variable};

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowFault {
    /// The step; nothing if it is the flow's own.
    pub step: Option<StepName>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The flow begins at a step that is not there.
    NoStart {
        /// Its name.
        start: StepName,
    },
    /// It leads to a step that is not there.
    NoSuchStep {
        /// Its name.
        target: StepName,
    },
    /// It goes on elsewhere, and does not say where.
    NoTarget,
    /// Nothing leads to it.
    Unreachable,
    /// It says or asks nothing.
    NoText,
    /// A question without choices, or a choice without a label.
    NoAnswer,
    /// Two choices say the same.
    SameAnswer {
        /// What they say.
        label: String,
    },
    /// A decision without conditions.
    NoCondition,
    /// An answer is kept, or a condition asked, without the name of a variable.
    NoVariable,
    /// It speaks of a variable that no step gives a value.
    NoSuchVariable {
        /// Its name.
        variable: String,
    },
    /// A call that names no integration.
    NoIntegration,
    /// From here on it goes in a circle without asking the person anything.
    EndlessLoop {
        /// The steps of the circle, in order of name.
        steps: Vec<StepName>,
    },
}

/// Every fault of a flow, in order of step; none if it may be published.
#[must_use]
pub fn check(flow: &Flow) -> Vec<FlowFault> {
    let mut faults = BTreeSet::new();
    if !flow.steps.contains_key(&flow.start) {
        faults.insert(FlowFault { step: None, fault: Fault::NoStart { start: flow.start.clone() } });
    }
    let reached = reached(flow, [&flow.start], |_| true);
    let given: BTreeSet<&str> = flow.steps.values().flat_map(Step::gives).map(String::as_str).collect();
    for (name, step) in &flow.steps {
        let mut add = |fault| {
            faults.insert(FlowFault { step: Some(name.clone()), fault });
        };
        for target in step.targets().into_iter().filter(|target| !flow.steps.contains_key(*target)) {
            let blank = target.trim().is_empty();
            add(if blank { Fault::NoTarget } else { Fault::NoSuchStep { target: target.clone() } });
        }
        for variable in speaks_of(step).filter(|variable| !given.contains(variable)) {
            add(Fault::NoSuchVariable { variable: variable.to_owned() });
        }
        if !reached.contains(name) && flow.steps.contains_key(&flow.start) {
            add(Fault::Unreachable);
        }
        own_faults(step).into_iter().for_each(add);
    }
    faults.extend(loops(flow));
    faults.into_iter().collect()
}

/// The variables that it needs: in what it says, and in its conditions.
fn speaks_of(step: &Step) -> impl Iterator<Item = &str> {
    let cases = if let Step::Decision { cases, .. } = step { cases.as_slice() } else { &[] };
    let asked = cases.iter().map(|case| case.condition.variable.as_str()).filter(|name| !name.trim().is_empty());
    step.text().into_iter().flat_map(variable::named).chain(asked)
}

fn own_faults(step: &Step) -> Vec<Fault> {
    let blank = |text: &str| text.trim().is_empty();
    let mut faults = Vec::new();
    match step {
        Step::Message { text, .. } | Step::HandOver { text } if blank(text) => faults.push(Fault::NoText),
        Step::Question { text, choices, .. } => {
            faults.extend(blank(text).then_some(Fault::NoText));
            let none = choices.is_empty() || choices.iter().any(|choice| blank(&choice.label));
            faults.extend(none.then_some(Fault::NoAnswer));
            for (at, choice) in choices.iter().enumerate() {
                if choices.iter().take(at).any(|before| same(&before.label, &choice.label)) {
                    faults.push(Fault::SameAnswer { label: choice.label.clone() });
                }
            }
        }
        Step::Collect { text, variable, .. } => {
            faults.extend(blank(text).then_some(Fault::NoText));
            faults.extend(blank(variable).then_some(Fault::NoVariable));
        }
        Step::Decision { cases, .. } => {
            faults.extend(cases.is_empty().then_some(Fault::NoCondition));
            let unnamed = cases.iter().any(|case| blank(&case.condition.variable));
            faults.extend(unnamed.then_some(Fault::NoVariable));
        }
        Step::Call { integration, .. } if blank(integration) => faults.push(Fault::NoIntegration),
        _ => {}
    }
    faults
}

/// The steps that can be reached, going on only from those that `passes` says.
fn reached<'a>(
    flow: &'a Flow,
    from: impl IntoIterator<Item = &'a StepName>,
    passes: impl Fn(&Step) -> bool,
) -> BTreeSet<&'a StepName> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&StepName> = from.into_iter().collect();
    while let Some(name) = next.pop() {
        let Some((name, step)) = flow.steps.get_key_value(name) else { continue };
        if found.insert(name) && passes(step) {
            next.extend(step.targets());
        }
    }
    found
}

/// Circles in which no step waits for the person, each once, at its first step by name.
fn loops(flow: &Flow) -> BTreeSet<FlowFault> {
    let ahead: BTreeMap<&StepName, BTreeSet<&StepName>> = (flow.steps.iter())
        .filter(|(_, step)| !step.pauses())
        .map(|(name, step)| (name, reached(flow, step.targets(), |step| !step.pauses())))
        .collect();
    let leads = |from: &StepName, to: &StepName| ahead.get(from).is_some_and(|reached| reached.contains(to));
    let mut faults = BTreeSet::new();
    for name in ahead.keys().filter(|name| leads(name, name)) {
        let circle = ahead.keys().filter(|other| leads(name, other) && leads(other, name));
        let steps: Vec<StepName> = circle.map(|other| (*other).clone()).collect();
        faults.insert(FlowFault { step: steps.first().cloned(), fault: Fault::EndlessLoop { steps } });
    }
    faults
}
