//! How long and how many: what every flow must keep to, finished or not.

use rolecall_bots::flow::{Condition, Flow, Step, Test, variable};

use super::body::Places;
use crate::input::NAME_LENGTH;
use crate::problem::FieldError;

/// The most steps of a flow, answers of a question, conditions of a decision, variables of a call.
const MOST_STEPS: usize = 300;
const MOST_OF_STEP: usize = 20;
/// Characters of a step's name, of what is said, of an answer, of a variable's name, of a condition's words.
const STEP_NAME: usize = 60;
const TEXT: usize = 4_000;
const LABEL: usize = 100;
const VARIABLE: usize = 40;
const WORDS: usize = 200;
/// The edge of the drawing.
const FAR: i32 = 100_000;
/// So many mistakes are told at once.
const MOST_ERRORS: usize = 50;

/// Trims the name of an intent, and reports if it is none.
pub fn check_intent(intent: &mut String, errors: &mut Vec<FieldError>) {
    *intent = intent.trim().to_owned();
    short("intent".to_owned(), intent, NAME_LENGTH, errors);
}

/// Reports places that are off the drawing, or too many.
pub fn check_places(places: &Places, errors: &mut Vec<FieldError>) {
    let near = |at: i32| (-FAR..=FAR).contains(&at);
    if places.len() > MOST_STEPS || !places.values().all(|place| near(place.x) && near(place.y)) {
        let message = format!("Give at most {MOST_STEPS} places, none further than {FAR}.");
        errors.push(FieldError::new("places", "invalid", message));
    }
}

/// Reports what is too long, too many or misnamed.
pub fn check_flow(flow: &Flow, errors: &mut Vec<FieldError>) {
    if flow.steps.len() > MOST_STEPS {
        errors.push(FieldError::new("flow.steps", "too_many", format!("A flow has at most {MOST_STEPS} steps.")));
        return;
    }
    short("flow.start".to_owned(), &flow.start, STEP_NAME, errors);
    for (name, step) in &flow.steps {
        let field = format!("flow.steps.{name}");
        if name.trim().is_empty() || name.trim() != name || name.chars().any(char::is_control) {
            let message = "A step needs a name, without space around it and without control characters.";
            errors.push(FieldError::new(field.clone(), "invalid", message));
        }
        short(field.clone(), name, STEP_NAME, errors);
        check_step(&field, step, errors);
    }
    errors.truncate(MOST_ERRORS);
}

fn check_step(field: &str, step: &Step, errors: &mut Vec<FieldError>) {
    let at = |rest: &str| format!("{field}.{rest}");
    for target in step.targets() {
        short(at("next"), target, STEP_NAME, errors);
    }
    if let Some(text) = step.text() {
        short(at("text"), text, TEXT, errors);
    }
    for name in step.gives() {
        check_variable(at("variable"), name, errors);
    }
    match step {
        Step::Question { choices, .. } => {
            few(at("choices"), choices.len(), errors);
            for (index, choice) in choices.iter().enumerate() {
                short(at(&format!("choices.{index}.label")), &choice.label, LABEL, errors);
            }
        }
        Step::Decision { cases, .. } => {
            few(at("cases"), cases.len(), errors);
            for (index, case) in cases.iter().enumerate() {
                check_condition(at(&format!("cases.{index}.condition")), &case.condition, errors);
            }
        }
        Step::Call { integration, keeps, .. } => {
            few(at("keeps"), keeps.len(), errors);
            short(at("integration"), integration, NAME_LENGTH, errors);
        }
        _ => {}
    }
}

fn check_condition(field: String, condition: &Condition, errors: &mut Vec<FieldError>) {
    check_variable(format!("{field}.variable"), &condition.variable, errors);
    if let Test::Is(words) | Test::IsNot(words) | Test::Contains(words) = &condition.test {
        short(format!("{field}.test"), words, WORDS, errors);
    }
}

fn check_variable(field: String, name: &str, errors: &mut Vec<FieldError>) {
    if !name.trim().is_empty() && !variable::is_name(name) {
        let message = "A variable's name has letters, digits, spaces, `_`, `-` and `.` only.";
        errors.push(FieldError::new(field, "invalid", message));
    } else {
        short(field, name, VARIABLE, errors);
    }
}

fn short(field: String, text: &str, most: usize, errors: &mut Vec<FieldError>) {
    if text.chars().count() > most {
        errors.push(FieldError::new(field, "too_long", format!("Use at most {most} characters.")));
    } else if text.contains('\0') {
        errors.push(FieldError::new(field, "invalid", "Leave out control characters."));
    }
}

fn few(field: String, count: usize, errors: &mut Vec<FieldError>) {
    if count > MOST_OF_STEP {
        errors.push(FieldError::new(field, "too_many", format!("Give at most {MOST_OF_STEP}.")));
    }
}
