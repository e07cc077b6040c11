//! A step as the fields of a form: read from it and filled into it.

use rolecall_bots::flow::{Case, Choice, Condition, Step, Takes, Test};
use serde_json::Value;

use crate::console::form::Fields;
use crate::console::shell::Shell;
use crate::problem::FieldError;
use crate::service::Named;
use crate::service::flow::body::StepPlace;

/// The kinds of steps, as a flow has them.
pub const KINDS: [&str; 7] = ["message", "question", "collect", "decision", "go_to", "hand_over", "call"];
/// What can be asked of a variable.
const TESTS: [&str; 7] = ["is_set", "is_not_set", "is", "is_not", "contains", "above", "below"];
/// What is taken for an answer.
const TAKES: [&str; 5] = ["text", "email", "phone", "number", "date"];

/// A step's kind.
pub fn kind_of(step: &Step) -> &'static str {
    match step {
        Step::Message { .. } => "message",
        Step::Question { .. } => "question",
        Step::Collect { .. } => "collect",
        Step::Decision { .. } => "decision",
        Step::GoTo { .. } => "go_to",
        Step::HandOver { .. } => "hand_over",
        Step::Call { .. } => "call",
    }
}

/// The text key of a kind.
pub fn kind_key(kind: &str) -> String {
    format!("flow-kind-{}", kind.replace('_', "-"))
}

/// A condition's row.
#[derive(Clone, Default)]
pub struct CaseRow {
    pub variable: String,
    pub test: String,
    pub value: String,
    pub next: String,
}

/// The fields of a step's form; those that its kind does not have are empty.
#[derive(Clone, Default)]
pub struct StepForm {
    pub kind: &'static str,
    pub name: String,
    pub text: String,
    pub variable: String,
    pub takes: String,
    pub integration: String,
    pub keeps: String,
    pub next: String,
    pub otherwise: String,
    pub failed: String,
    pub to: String,
    /// What can be answered, and where it leads.
    pub choices: Vec<(String, String)>,
    pub cases: Vec<CaseRow>,
    pub x: String,
    pub y: String,
}

fn known(kind: &str) -> Option<&'static str> {
    KINDS.into_iter().find(|known| *known == kind)
}

/// A value as the file has it: one word.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

impl StepForm {
    /// An empty form, for the script.
    pub fn empty(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }.with_blanks()
    }

    /// The form of a new step; none if there is no such kind.
    pub fn new(kind: &str) -> Option<Self> {
        known(kind).map(Self::empty)
    }

    /// The form of a step, with rows to spare.
    pub fn of(name: &str, step: &Step, place: Option<&StepPlace>) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut form = Self { kind: kind_of(step), name: name.to_owned(), ..Self::default() };
        form.text = step.text().unwrap_or_default().to_owned();
        if let Some(place) = place {
            (form.x, form.y) = (place.x.to_string(), place.y.to_string());
        }
        match step {
            Step::Message { next, .. } => form.next = text(next),
            Step::Question { choices, otherwise, .. } => {
                form.choices = choices.iter().map(|choice| (choice.label.clone(), text(&choice.next))).collect();
                form.otherwise = text(otherwise);
            }
            Step::Collect { variable, takes, next, otherwise, .. } => {
                (form.variable, form.takes) = (variable.clone(), word(takes));
                (form.next, form.otherwise) = (text(next), text(otherwise));
            }
            Step::Decision { cases, otherwise } => {
                form.cases = cases.iter().map(CaseRow::of).collect();
                form.otherwise = text(otherwise);
            }
            Step::GoTo { to } => form.to.clone_from(to),
            Step::HandOver { .. } => {}
            Step::Call { integration, keeps, next, failed } => {
                (form.integration, form.keeps) = (integration.clone(), keeps.join(", "));
                (form.next, form.failed) = (text(next), text(failed));
            }
        }
        form.with_blanks()
    }

    /// What a form was filled in with; rows that were left empty are none.
    pub fn read(kind: &str, fields: &Fields) -> Option<Self> {
        let pairs = fields.all("choice_label").into_iter().zip(fields.all("choice_next"));
        let choices = pairs.map(|(label, next)| (label.trim().to_owned(), next));
        let cases = fields.all("case_variable").into_iter().zip(fields.all("case_test"));
        let ends = fields.all("case_value").into_iter().zip(fields.all("case_next"));
        let cases = cases.zip(ends).map(|((variable, test), (value, next))| CaseRow {
            variable: variable.trim().to_owned(),
            test,
            value: value.trim().to_owned(),
            next,
        });
        Some(Self {
            kind: known(kind)?,
            name: fields.text("step"),
            text: fields.text("text").replace("\r\n", "\n"),
            variable: fields.text("variable"),
            takes: fields.text("takes"),
            integration: fields.text("integration"),
            keeps: fields.text("keeps"),
            next: fields.raw("next"),
            otherwise: fields.raw("otherwise"),
            failed: fields.raw("failed"),
            to: fields.raw("to"),
            choices: choices.filter(|(label, next)| !label.is_empty() || !next.is_empty()).collect(),
            cases: cases.filter(|row| !row.variable.is_empty() || !row.value.is_empty()).collect(),
            x: fields.text("x"),
            y: fields.text("y"),
        })
    }

    /// With rows to fill in.
    #[must_use]
    pub fn with_blanks(mut self) -> Self {
        if self.kind == "question" {
            self.choices.extend([(String::new(), String::new()), (String::new(), String::new())]);
        }
        if self.kind == "decision" {
            self.cases.push(CaseRow::default());
        }
        self
    }

    /// The step that it stands for.
    pub fn step(&self) -> Step {
        let target = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
        let text = self.text.clone();
        let (next, otherwise) = (target(&self.next), target(&self.otherwise));
        match self.kind {
            "question" => {
                let filled = self.choices.iter().filter(|(label, next)| !label.is_empty() || !next.is_empty());
                let choices = filled.map(|(label, next)| Choice { label: label.clone(), next: target(next) });
                Step::Question { text, choices: choices.collect(), otherwise }
            }
            "collect" => {
                let takes = serde_json::from_value(Value::String(self.takes.clone())).unwrap_or(Takes::Text);
                Step::Collect { text, variable: self.variable.clone(), takes, next, otherwise }
            }
            "decision" => {
                let filled = self.cases.iter().filter(|row| !row.variable.is_empty() || !row.value.is_empty());
                let cases = filled.map(|row| Case { condition: row.condition(), next: target(&row.next) });
                Step::Decision { cases: cases.collect(), otherwise }
            }
            "go_to" => Step::GoTo { to: self.to.clone() },
            "hand_over" => Step::HandOver { text },
            "call" => {
                let keeps = self.keeps.split(',').map(str::trim).filter(|name| !name.is_empty());
                let (integration, keeps) = (self.integration.clone(), keeps.map(ToOwned::to_owned).collect());
                Step::Call { integration, keeps, next, failed: target(&self.failed) }
            }
            _ => Step::Message { text, next },
        }
    }

    /// Whether it names this call.
    pub fn calls(&self, call: &Named) -> bool {
        self.integration == call.id.to_string()
    }

    /// Whether it names a call that is not among these.
    pub fn calls_unknown(&self, calls: &[Named]) -> bool {
        !self.integration.is_empty() && !calls.iter().any(|call| self.calls(call))
    }

    /// What is typed in it that means nothing.
    pub fn errors(&self) -> Vec<FieldError> {
        let bad = |row: &&CaseRow| matches!(row.test.as_str(), "above" | "below") && row.value.parse::<i64>().is_err();
        let message = |row: &CaseRow| format!("`{}`: more and less need a whole number.", row.variable);
        self.cases.iter().filter(bad).map(|row| FieldError::new("case_value", "invalid", message(row))).collect()
    }

    /// Where it is drawn, if that is said.
    pub fn place(&self) -> Option<(i32, i32)> {
        Some((self.x.parse().ok()?, self.y.parse().ok()?))
    }

    /// What is asked of variables, with words.
    pub fn tests(&self, shell: &Shell) -> Vec<(&'static str, String)> {
        TESTS.into_iter().map(|test| (test, shell.t(format!("flow-test-{}", test.replace('_', "-"))))).collect()
    }

    /// What is taken for an answer, with words.
    pub fn takings(&self, shell: &Shell) -> Vec<(&'static str, String)> {
        TAKES.into_iter().map(|takes| (takes, shell.t(format!("flow-takes-{takes}")))).collect()
    }

    /// The step in lines, for people to compare.
    pub fn told(&self, shell: &Shell) -> String {
        let step = self.step();
        let ways = lead(shell, &step).into_iter().map(|(by, to)| format!("{by} → {to}"));
        let further = [&self.variable, &self.integration, &self.keeps].map(ToOwned::to_owned);
        let head = [self.name.clone(), self.text.clone()].into_iter().chain(further);
        head.chain(ways).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

impl CaseRow {
    fn of(case: &Case) -> Self {
        let (test, value) = match &case.condition.test {
            Test::IsSet => ("is_set", String::new()),
            Test::IsNotSet => ("is_not_set", String::new()),
            Test::Is(words) => ("is", words.clone()),
            Test::IsNot(words) => ("is_not", words.clone()),
            Test::Contains(words) => ("contains", words.clone()),
            Test::Above(bound) => ("above", bound.to_string()),
            Test::Below(bound) => ("below", bound.to_string()),
        };
        let (variable, next) = (case.condition.variable.clone(), case.next.clone().unwrap_or_default());
        Self { variable, test: test.to_owned(), value, next }
    }

    fn condition(&self) -> Condition {
        let words = self.value.clone();
        let bound = words.parse().unwrap_or(0);
        let test = match self.test.as_str() {
            "is_not_set" => Test::IsNotSet,
            "is" => Test::Is(words),
            "is_not" => Test::IsNot(words),
            "contains" => Test::Contains(words),
            "above" => Test::Above(bound),
            "below" => Test::Below(bound),
            _ => Test::IsSet,
        };
        Condition { variable: self.variable.clone(), test }
    }
}

/// Where a step leads: by what, to which step ("" if nowhere).
pub fn lead(shell: &Shell, step: &Step) -> Vec<(String, String)> {
    let way = |key: &str, to: &Option<String>| (shell.t(format!("flow-way-{key}")), to.clone().unwrap_or_default());
    match step {
        Step::Message { next, .. } => vec![way("next", next)],
        Step::Question { choices, otherwise, .. } => {
            let choices = choices.iter().map(|choice| (choice.label.clone(), choice.next.clone().unwrap_or_default()));
            choices.chain(otherwise.is_some().then(|| way("otherwise", otherwise))).collect()
        }
        Step::Collect { next, otherwise, .. } => {
            let otherwise = otherwise.is_some().then(|| way("otherwise", otherwise));
            [way("next", next)].into_iter().chain(otherwise).collect()
        }
        Step::Decision { cases, otherwise } => {
            let case = |case: &Case| (condition(shell, case), case.next.clone().unwrap_or_default());
            cases.iter().map(case).chain([way("otherwise", otherwise)]).collect()
        }
        Step::GoTo { to } => vec![way("to", &Some(to.clone()))],
        Step::HandOver { .. } => Vec::new(),
        Step::Call { next, failed, .. } => {
            [way("next", next)].into_iter().chain(failed.is_some().then(|| way("failed", failed))).collect()
        }
    }
}

fn condition(shell: &Shell, case: &Case) -> String {
    let row = CaseRow::of(case);
    let test = shell.t(format!("flow-test-{}", row.test.replace('_', "-")));
    [row.variable, test, row.value].join(" ").trim_end().to_owned()
}
