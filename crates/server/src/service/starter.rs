//! What a bot can be made with: examples that a team makes its own, kept in `starters/`, a folder a starter.

use rolecall_bots::Settings;
use rolecall_bots::understanding::{self as learning, TrainingSet};
use rolecall_store::resource::{FlowContent, NewIntent, Starter};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::appearance::Appearance;
use crate::input::Input;
use crate::problem::Problem;
use crate::service::content::file::File;
use crate::service::content::shipped::shipped;
use crate::service::entity::new_entity;
use crate::service::training::body::ImportBody;
use crate::service::{Result, flow};
use crate::state::App;
use crate::understanding;

#[derive(RustEmbed)]
#[folder = "starters/"]
#[include = "*.md"]
#[include = "*.json"]
#[include = "*.toml"]
struct Files;

/// A starter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StarterName {
    /// Answers questions from what it knows.
    Faq,
    /// Asks for name, e-mail address and need.
    Lead,
    /// Helps first, then hands over to a person.
    Support,
}

impl StarterName {
    /// All of them, the simplest first.
    pub const ALL: [Self; 3] = [Self::Faq, Self::Lead, Self::Support];

    /// Its name, which is its folder's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Faq => "faq",
            Self::Lead => "lead",
            Self::Support => "support",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// How a bot of a starter runs and looks: `starter.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    #[serde(default)]
    settings: Settings,
    #[serde(default)]
    appearance: Appearance,
}

/// The files of a folder that come with the product and end so.
pub fn files<E: RustEmbed>(folder: &str, end: &str) -> Vec<File> {
    let mut files = Vec::new();
    for path in E::iter() {
        let within = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        if let Some(name) = within.filter(|name| name.ends_with(end) && !name.contains('/')) {
            files.extend(E::get(&path).map(|file| File { name: name.to_owned(), bytes: file.data.into_owned() }));
        }
    }
    files
}

/// The file of this path as JSON that is taken in, if it comes with the product.
///
/// # Errors
/// If it cannot be read, which is a fault of ours.
pub fn lessons<E: RustEmbed>(path: &str) -> Result<Option<ImportBody>> {
    let Some(file) = E::get(path) else { return Ok(None) };
    let body: ImportBody = serde_json::from_slice(&file.data).map_err(|error| Problem::internal(&error))?;
    Input::of(body).get().map(Some).map_err(|problem| fault(path, &problem))
}

fn fault(path: &str, problem: &Problem) -> Problem {
    Problem::internal(&format!("{path}: {}", problem.detail))
}

/// All that a bot of this starter is made with, what it learns from that included.
///
/// # Errors
/// 503 if too many wait to learn; if a file cannot be read, which is a fault of ours.
pub async fn prepare(app: &App, name: StarterName) -> Result<Starter> {
    let folder = name.as_str();
    let frame = Files::get(&format!("{folder}/starter.toml")).ok_or_else(|| Problem::internal(&"no `starter.toml`"))?;
    let frame = String::from_utf8_lossy(&frame.data).into_owned();
    let Frame { settings, appearance } = toml::from_str(&frame).map_err(|error| Problem::internal(&error))?;
    let contents = shipped(&files::<Files>(folder, ".md"), settings.language())?;
    let taught = lessons::<Files>(&format!("{folder}/intents.json"))?;
    let taught = taught.ok_or_else(|| Problem::internal(&"no `intents.json`"))?;
    let flows = files::<Files>(&format!("{folder}/flows"), ".toml").into_iter().map(drawn).collect::<Result<_>>()?;
    let set =
        TrainingSet { intents: taught.intents.iter().map(lesson).collect(), out_of_scope: taught.out_of_scope.clone() };
    let (model, report) = understanding::learn_set(app, set).await?;
    let json = |value: serde_json::Result<serde_json::Value>| value.map_err(|error| Problem::internal(&error));
    Ok(Starter {
        key: folder,
        contents,
        intents: taught.intents.into_iter().map(intent).collect(),
        entities: taught.entities.iter().map(new_entity).collect::<Result<_>>()?,
        out_of_scope: taught.out_of_scope,
        flows,
        settings: json(serde_json::to_value(&settings))?,
        appearance: json(serde_json::to_value(&appearance))?,
        model,
        report: json(serde_json::to_value(&report))?,
    })
}

fn drawn(file: File) -> Result<FlowContent> {
    let fault = |problem: Problem| fault(&file.name, &problem);
    let body = flow::file::read(&String::from_utf8_lossy(&file.bytes)).map_err(fault)?;
    Input::of(body).get().and_then(|body| body.drawn().content()).map_err(fault)
}

fn lesson(one: &crate::service::training::body::ImportedIntent) -> learning::Intent {
    learning::Intent { name: one.name.clone(), examples: one.examples.clone() }
}

fn intent(one: crate::service::training::body::ImportedIntent) -> NewIntent {
    NewIntent { name: one.name, response: one.response.unwrap_or_default(), response_id: None, examples: one.examples }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_folder_is_a_starter() {
        let paths: Vec<_> = Files::iter().collect();
        let folders: BTreeSet<&str> = paths.iter().filter_map(|path| path.split('/').next()).collect();
        let names: BTreeSet<&str> = StarterName::ALL.map(StarterName::as_str).into();
        assert_eq!(folders, names);
    }
}
