//! What would go wrong in a flow, each fault with its step.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::condition::sense;
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
    check_among(flow, &BTreeSet::new())
}

/// The same in a bot whose entities give these variables a value, too.
#[must_use]
pub fn check_among(flow: &Flow, entities: &BTreeSet<String>) -> Vec<FlowFault> {
    let mut faults = BTreeSet::new();
    if !flow.steps.contains_key(&flow.start) {
        faults.insert(FlowFault { step: None, fault: Fault::NoStart { start: flow.start.clone() } });
    }
    let reached = reached(flow);
    let given: BTreeSet<&str> = flow.steps.values().flat_map(Step::gives).chain(entities).map(String::as_str).collect();
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
            let mut said = BTreeSet::new();
            let again = choices.iter().filter(|choice| !said.insert(sense(&choice.label)));
            faults.extend(again.map(|choice| Fault::SameAnswer { label: choice.label.clone() }));
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

/// The steps that can be reached.
fn reached(flow: &Flow) -> BTreeSet<&StepName> {
    let mut found = BTreeSet::new();
    let mut next = vec![&flow.start];
    while let Some(name) = next.pop() {
        let Some((name, step)) = flow.steps.get_key_value(name) else { continue };
        if found.insert(name) {
            next.extend(step.targets());
        }
    }
    found
}

/// Circles in which no step waits for the person, each once, at its first step by name.
fn loops(flow: &Flow) -> BTreeSet<FlowFault> {
    let busy = |name: &StepName| flow.steps.get_key_value(name).filter(|(_, step)| !step.pauses());
    let mut ahead: Ways<'_> = BTreeMap::new();
    let mut behind: Ways<'_> = BTreeMap::new();
    for (name, step) in flow.steps.keys().filter_map(busy) {
        let onward: Vec<&StepName> = step.targets().into_iter().filter_map(busy).map(|(to, _)| to).collect();
        onward.iter().for_each(|to| behind.entry(to).or_default().push(name));
        ahead.insert(name, onward);
    }
    let mut faults = BTreeSet::new();
    for circle in circles(&ahead, &behind) {
        let steps: Vec<StepName> = circle.into_iter().cloned().collect();
        faults.insert(FlowFault { step: steps.first().cloned(), fault: Fault::EndlessLoop { steps } });
    }
    faults
}

type Ways<'a> = BTreeMap<&'a StepName, Vec<&'a StepName>>;

/// The steps that lead to each other and back (Kosaraju's two passes), in time that grows with steps and ways.
fn circles<'a>(ahead: &Ways<'a>, behind: &Ways<'a>) -> Vec<BTreeSet<&'a StepName>> {
    let mut seen = BTreeSet::new();
    let mut finished = Vec::new();
    for name in ahead.keys().copied() {
        let mut path = if seen.insert(name) { vec![(name, 0)] } else { Vec::new() };
        while let Some((at, way)) = path.pop() {
            let Some(to) = ahead.get(at).and_then(|ways| ways.get(way)).copied() else {
                finished.push(at);
                continue;
            };
            path.push((at, way + 1));
            if seen.insert(to) {
                path.push((to, 0));
            }
        }
    }
    let mut circles = Vec::new();
    let mut left = seen;
    while let Some(name) = finished.pop() {
        let mut circle = BTreeSet::new();
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            if left.remove(name) {
                circle.insert(name);
                next.extend(behind.get(name).into_iter().flatten());
            }
        }
        let itself = ahead.get(name).is_some_and(|ways| ways.contains(&name));
        if circle.len() > 1 || (circle.len() == 1 && itself) {
            circles.push(circle);
        }
    }
    circles
}
