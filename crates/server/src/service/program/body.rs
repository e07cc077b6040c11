//! What is sent and answered of programs' models.

use rolecall_access::{Name, catalogue};
use rolecall_store::resource::{ProgramGrant, ProgramModel, ProgramResource, ProgramSubject, SubjectRole};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::Check;
use crate::problem::FieldError;
use crate::service::decision::PERSON;
use crate::time::Time;

/// The most actions of a model.
const MOST: usize = 100;
/// The longest id of a program's own, and label.
const LENGTH: usize = 256;
/// The most bytes of properties, as JSON.
const PROPERTIES: usize = 8 << 10;

/// A model of a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramModelView {
    /// Its id.
    pub id: Uuid,
    /// Its name in permissions and questions.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its actions.
    pub actions: Vec<String>,
}

/// A model to be registered; one of that name is registered anew: its actions are those named, facts on others go.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgramModelBody {
    /// Its name, as in `crm:Ticket`; none of Rolecall's own.
    pub name: String,
    /// Its name for people; the name if left out.
    #[serde(default)]
    pub label: Option<String>,
    /// Its actions, as in `read` or `close`.
    pub actions: Vec<String>,
}

/// A resource of a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramResourceView {
    /// Its id here.
    pub id: Uuid,
    /// Its id there.
    pub foreign_id: String,
    /// The bot that it is attached to; null: the organization.
    pub bot: Option<Uuid>,
    /// Whose it is.
    pub owner: Option<Uuid>,
    /// What else is known of it.
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
}

/// A resource to be registered; one of that id is registered anew, and where its bot or its owner changes, facts on it go.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgramResourceBody {
    /// Its id there: any text.
    pub foreign_id: String,
    /// The bot to attach it to; left out: the organization.
    #[serde(default)]
    pub bot: Option<Uuid>,
    /// The member whose it is.
    #[serde(default)]
    pub owner: Option<Uuid>,
    /// What else is known of it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
}

/// A subject of a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramSubjectView {
    /// Its id here.
    pub id: Uuid,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id there.
    pub foreign_id: String,
    /// What else is known of it.
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
    /// The organization roles it holds.
    pub roles: Vec<SubjectRoleView>,
}

/// An organization role of a program's subject.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubjectRoleView {
    /// Which.
    pub role_id: Uuid,
    /// When it ends; null: never.
    pub expires_at: Option<Time>,
}

/// The roles of a program's subject, the whole set.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRolesBody {
    /// All that it is to hold.
    pub roles: Vec<SubjectRoleBody>,
}

/// A role to be held by a program's subject.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectRoleBody {
    /// Which.
    pub role_id: Uuid,
    /// When it ends; left out: never.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// A subject to be registered; one of that type and id is registered anew.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgramSubjectBody {
    /// Its type, as in `user` or `crm:Contact`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id there: any text; of the type `user` no UUID and no e-mail address, which name Rolecall's own people.
    pub foreign_id: String,
    /// What else is known of it.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
}

/// A fact on a program's model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramGrantView {
    /// Its id.
    pub id: Uuid,
    /// The model's id.
    pub model_id: Uuid,
    /// The action.
    pub action: String,
    /// On which resource; null: all of the model.
    pub resource_id: Option<Uuid>,
    /// The program's subject who has it.
    pub subject_id: Option<Uuid>,
    /// Or the member.
    pub user_id: Option<Uuid>,
    /// Or the role whose holders have it.
    pub role_id: Option<Uuid>,
    /// When it ends; null: never.
    pub expires_at: Option<Time>,
}

/// Facts to be given, one for each action.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProgramGrantBody {
    /// The model's id.
    pub model_id: Uuid,
    /// The actions.
    pub actions: Vec<String>,
    /// On which resource, by its id there; left out: all of the model.
    #[serde(default)]
    pub resource: Option<String>,
    /// The program's subject who gets it.
    #[serde(default)]
    pub subject_id: Option<Uuid>,
    /// Or the member.
    #[serde(default)]
    pub user_id: Option<Uuid>,
    /// Or the role whose holders get it.
    #[serde(default)]
    pub role_id: Option<Uuid>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

fn check_text(field: &str, text: &str, errors: &mut Vec<FieldError>) {
    if text.trim().is_empty() || text.trim() != text {
        errors.push(FieldError::new(field, "invalid", "Enter a text without space around it."));
    } else if text.chars().count() > LENGTH {
        errors.push(FieldError::new(field, "too_long", format!("Use at most {LENGTH} characters.")));
    } else if text.chars().any(char::is_control) {
        errors.push(FieldError::new(field, "invalid", "Leave out control characters."));
    }
}

fn check_properties(properties: &Map<String, Value>, errors: &mut Vec<FieldError>) {
    if Value::Object(properties.clone()).to_string().len() > PROPERTIES {
        errors.push(FieldError::new("properties", "too_long", format!("Use at most {PROPERTIES} bytes.")));
    }
}

fn check_actions(actions: &[String], errors: &mut Vec<FieldError>) {
    let mut seen = std::collections::BTreeSet::new();
    if actions.is_empty() || actions.len() > MOST {
        errors.push(FieldError::new("actions", "invalid", format!("Name at least one action, {MOST} at most.")));
    }
    for (index, action) in actions.iter().enumerate() {
        if let Err(error) = action.parse::<Name>() {
            errors.push(FieldError::new(format!("actions.{index}"), "invalid", format!("{error}.")));
        } else if !seen.insert(action) {
            errors.push(FieldError::new(format!("actions.{index}"), "invalid", "Name it once."));
        }
    }
}

impl Check for NewProgramModelBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Err(error) = self.name.parse::<Name>() {
            errors.push(FieldError::new("name", "invalid", format!("{error}.")));
        } else if catalogue::MODELS.iter().any(|model| model.key.eq_ignore_ascii_case(&self.name)) {
            errors.push(FieldError::new("name", "invalid", "This is a model of Rolecall's own; choose another name."));
        }
        if let Some(label) = &self.label {
            check_text("label", label, &mut errors);
        }
        check_actions(&self.actions, &mut errors);
        errors
    }
}

impl Check for NewProgramResourceBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_text("foreign_id", &self.foreign_id, &mut errors);
        check_properties(&self.properties, &mut errors);
        errors
    }
}

impl Check for NewProgramSubjectBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Err(error) = self.kind.parse::<Name>() {
            errors.push(FieldError::new("type", "invalid", format!("{error}.")));
        }
        check_text("foreign_id", &self.foreign_id, &mut errors);
        if self.kind == PERSON && (self.foreign_id.contains('@') || self.foreign_id.parse::<Uuid>().is_ok()) {
            let message = "UUIDs and e-mail addresses name Rolecall's own people; use another type, or another id.";
            errors.push(FieldError::new("foreign_id", "invalid", message));
        }
        check_properties(&self.properties, &mut errors);
        errors
    }
}

impl Check for SubjectRolesBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        if self.roles.len() > MOST {
            errors.push(FieldError::new("roles", "invalid", format!("Name {MOST} roles at most.")));
        }
        for (index, role) in self.roles.iter().enumerate() {
            if !seen.insert(role.role_id) {
                errors.push(FieldError::new(format!("roles.{index}"), "duplicate", "Name each only once."));
            }
        }
        errors
    }
}

impl Check for NewProgramGrantBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_actions(&self.actions, &mut errors);
        let holders = [self.subject_id, self.user_id, self.role_id].iter().flatten().count();
        if holders != 1 {
            let message = "Name one holder: `subject_id`, `user_id` or `role_id`.";
            errors.push(FieldError::new("subject_id", "invalid", message));
        }
        errors
    }
}

pub(super) fn model_view(model: ProgramModel) -> ProgramModelView {
    ProgramModelView { id: model.id, name: model.name, label: model.label, actions: model.actions }
}

pub(super) fn resource_view(resource: ProgramResource) -> ProgramResourceView {
    ProgramResourceView {
        id: resource.id,
        foreign_id: resource.foreign_id,
        bot: resource.bot.map(|bot| bot.0),
        owner: resource.owner.map(|owner| owner.0),
        properties: resource.properties,
    }
}

pub(super) fn subject_view(subject: ProgramSubject) -> ProgramSubjectView {
    let ProgramSubject { id, kind, foreign_id, properties, roles } = subject;
    let role = |held: SubjectRole| SubjectRoleView { role_id: held.role.0, expires_at: held.expires_at.map(Time) };
    let roles = roles.into_iter().map(role).collect();
    ProgramSubjectView { id, kind, foreign_id, properties, roles }
}

pub(super) fn grant_view(grant: ProgramGrant) -> ProgramGrantView {
    ProgramGrantView {
        id: grant.id,
        model_id: grant.model,
        action: grant.action,
        resource_id: grant.resource,
        subject_id: grant.subject,
        user_id: grant.user.map(|user| user.0),
        role_id: grant.role.map(|role| role.0),
        expires_at: grant.expires_at.map(Time),
    }
}
