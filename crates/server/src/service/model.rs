//! The catalogue, as programs and dialogs read it (W-19).

use rolecall_access::catalogue::{self, Level, Model};
use rolecall_access::{OrganizationId, Scope};
use rolecall_store::resource::{Models, ProgramModel};
use rolecall_store::{Caller, Read};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::service::{ListView, Result, abilities};
use crate::state::App;

/// A model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// Of a model that a program registered: its id; null: one of Rolecall's own.
    pub id: Option<Uuid>,
    /// Its key, as in permissions.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What it guards.
    pub guards: String,
    /// `organization` or `bot`; `any` of a program's model, whose resources are attached to either.
    pub level: String,
    /// The actions that mean something.
    pub actions: Vec<String>,
    /// The actions an anonymous caller can have.
    pub public_actions: Vec<String>,
    /// The relations that can be chosen: `team` is for bot level only.
    pub relations: Vec<String>,
    /// What the caller may do with it: `read`, of a program's model `delete`.
    pub can: Vec<String>,
}

/// All models, with `Model: read`.
pub async fn list_models(app: &App, caller: Caller, organization: OrganizationId) -> Result<ListView<ModelView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Models, Read>(organization).await?;
    let mut items: Vec<ModelView> = catalogue::MODELS.iter().map(view).collect();
    let can = abilities(&access, "Model", &["read", "delete"], Scope::Organization(organization), None);
    items.extend(access.list_program_models(&of).await?.into_iter().map(|model| of_program(model, can.clone())));
    Ok(ListView { items, next_cursor: None })
}

fn of_program(model: ProgramModel, can: Vec<String>) -> ModelView {
    ModelView {
        id: Some(model.id),
        key: model.name,
        guards: format!("Registered by another program: {}.", model.label),
        label: model.label,
        level: "any".to_owned(),
        actions: model.actions,
        public_actions: Vec::new(),
        relations: ["role", "team", "owner"].map(str::to_owned).into(),
        can,
    }
}

fn view(model: &Model) -> ModelView {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    let (level, relations): (&str, &[&str]) = match model.level {
        Level::Organization => ("organization", &["role", "owner"]),
        Level::Bot => ("bot", &["role", "team", "owner"]),
    };
    ModelView {
        id: None,
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
