//! Going through a flow: one turn from where it waits, by what came in, to where it waits again or ends.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::condition::same;
use super::variable::filled;
use super::{Flow, Step, StepName};

/// The longest value of a variable, in characters.
const LONGEST: usize = 2_000;

/// Where somebody is in a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The step that waits; nothing before the flow begins and after it has ended.
    pub waits_at: Option<StepName>,
    /// What was collected.
    pub variables: BTreeMap<String, String>,
}

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The flow begins.
    Begin,
    /// The person wrote something, or chose what says this.
    Text(String),
    /// The integration answered: values for variables, or nothing if the call failed.
    Answer(Option<BTreeMap<String, String>>),
}

/// What comes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Output {
    /// Something is said.
    Say {
        /// The step that says it.
        step: StepName,
        /// What.
        text: String,
    },
    /// Answers are offered.
    Offer {
        /// What they say.
        choices: Vec<String>,
    },
    /// A person is asked for.
    HandOver {
        /// The step that asks.
        step: StepName,
    },
    /// An integration is to be called; its answer is the next input.
    Call {
        /// The integration's id.
        integration: String,
    },
    /// The flow has ended; what comes next is for intents and knowledge.
    End,
    /// What came in is not for the flow: none has begun, or it waits for something else.
    NotForFlow,
    /// The flow is broken here (a step that is not there, or a circle) and has ended.
    Broken {
        /// Where.
        step: StepName,
    },
}

/// One turn. It never fails and never runs on: see [`Output::Broken`].
#[must_use]
pub fn advance(flow: &Flow, state: State, input: Input) -> (State, Vec<Output>) {
    let mut turn = Turn { flow, state, outputs: Vec::new() };
    let mut next = turn.take(input);
    // Nothing that decides changes within a turn: a step that comes twice in one comes for ever.
    for _ in 0..=flow.steps.len() {
        match next {
            Next::At(name) => next = turn.step(&name),
            Next::Waits => return (turn.state, turn.outputs),
            Next::Ends => {
                turn.state.waits_at = None;
                turn.outputs.push(Output::End);
                return (turn.state, turn.outputs);
            }
        }
    }
    if let Next::At(step) = next {
        turn.outputs.push(Output::Broken { step });
        turn.state.waits_at = None;
    }
    (turn.state, turn.outputs)
}

enum Next {
    At(StepName),
    Waits,
    Ends,
}

struct Turn<'a> {
    flow: &'a Flow,
    state: State,
    outputs: Vec<Output>,
}

impl Turn<'_> {
    /// Where what came in leads.
    fn take(&mut self, input: Input) -> Next {
        if input == Input::Begin {
            self.state.waits_at = None;
            return Next::At(self.flow.start.clone());
        }
        let waiting = self.state.waits_at.clone();
        let step = waiting.as_ref().and_then(|name| self.flow.steps.get(name));
        match (step, input) {
            (Some(Step::Question { choices, otherwise, .. }), Input::Text(text)) => {
                match choices.iter().find(|choice| same(&choice.label, &text)) {
                    Some(choice) => onward(choice.next.as_ref()),
                    None => otherwise.clone().or(waiting).map_or(Next::Ends, Next::At),
                }
            }
            (Some(Step::Collect { variable, takes, next, otherwise, .. }), Input::Text(text)) => {
                match takes.read(&text) {
                    Some(value) => {
                        self.keep(variable, &value);
                        onward(next.as_ref())
                    }
                    None => otherwise.clone().or(waiting).map_or(Next::Ends, Next::At),
                }
            }
            (Some(Step::Call { keeps, next, .. }), Input::Answer(Some(values))) => {
                let kept = keeps.iter().filter_map(|variable| Some((variable, values.get(variable)?)));
                kept.for_each(|(variable, value)| self.keep(variable, value));
                onward(next.as_ref())
            }
            (Some(Step::Call { next, failed, .. }), Input::Answer(None)) => onward(failed.as_ref().or(next.as_ref())),
            _ => {
                self.outputs.push(Output::NotForFlow);
                Next::Waits
            }
        }
    }

    fn keep(&mut self, variable: &str, value: &str) {
        self.state.variables.insert(variable.to_owned(), value.trim().chars().take(LONGEST).collect());
    }

    /// Does a step and says where it leads.
    fn step(&mut self, name: &StepName) -> Next {
        let Some(step) = self.flow.steps.get(name) else {
            self.outputs.push(Output::Broken { step: name.clone() });
            return Next::Ends;
        };
        match step {
            Step::Message { text, next } => {
                self.say(name, text);
                onward(next.as_ref())
            }
            Step::Question { text, choices, .. } => {
                self.say(name, text);
                let choices = choices.iter().map(|choice| choice.label.clone()).collect();
                self.outputs.push(Output::Offer { choices });
                self.wait(name)
            }
            Step::Collect { text, .. } => {
                self.say(name, text);
                self.wait(name)
            }
            Step::Decision { cases, otherwise } => {
                let case = cases.iter().find(|case| case.condition.holds(&self.state.variables));
                onward(case.map_or(otherwise.as_ref(), |case| case.next.as_ref()))
            }
            Step::GoTo { to } => Next::At(to.clone()),
            Step::HandOver { text } => {
                self.say(name, text);
                self.outputs.push(Output::HandOver { step: name.clone() });
                Next::Ends
            }
            Step::Call { integration, .. } => {
                self.outputs.push(Output::Call { integration: integration.clone() });
                self.wait(name)
            }
        }
    }

    fn say(&mut self, step: &StepName, text: &str) {
        let text = filled(text, &self.state.variables);
        self.outputs.push(Output::Say { step: step.clone(), text });
    }

    fn wait(&mut self, at: &StepName) -> Next {
        self.state.waits_at = Some(at.clone());
        Next::Waits
    }
}

fn onward(next: Option<&StepName>) -> Next {
    next.map_or(Next::Ends, |name| Next::At(name.clone()))
}
