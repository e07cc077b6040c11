//! The catalogue, as programs and dialogs read it (W-19).

use rolecall_access::OrganizationId;
use rolecall_access::catalogue::{self, Level, Model};
use rolecall_store::resource::Models;
use rolecall_store::{Caller, Read};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::{ListView, Result};
use crate::state::App;

/// A model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// Its key, as in permissions.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What it guards.
    pub guards: String,
    /// `organization` or `bot`.
    pub level: String,
    /// The actions that mean something.
    pub actions: Vec<String>,
    /// The actions an anonymous caller can have.
    pub public_actions: Vec<String>,
    /// The relations that can be chosen: `team` is for bot level only.
    pub relations: Vec<String>,
    /// What the caller may do with it: `read`.
    pub can: Vec<String>,
}

/// All models, with `Model: read`.
pub async fn list_models(app: &App, caller: Caller, organization: OrganizationId) -> Result<ListView<ModelView>> {
    let mut access = app.store.access(caller).await?;
    access.require::<Models, Read>(organization).await?;
    Ok(ListView { items: catalogue::MODELS.iter().map(view).collect(), next_cursor: None })
}

fn view(model: &Model) -> ModelView {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    let (level, relations): (&str, &[&str]) = match model.level {
        Level::Organization => ("organization", &["role", "owner"]),
        Level::Bot => ("bot", &["role", "team", "owner"]),
    };
    ModelView {
        key: model.key.to_owned(),
        label: model.label.to_owned(),
        guards: model.guards.to_owned(),
        level: level.to_owned(),
        actions: texts(model.actions),
        public_actions: texts(model.public),
        relations: texts(relations),
        can: texts(&["read"]),
    }
}
