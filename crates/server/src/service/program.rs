//! Models of other programs: registering them with their resources and subjects, and giving facts on them, by a person or by
//! the program itself with a key.

pub mod body;
pub mod survey;

use rolecall_access::{Name, OrganizationId, Permission, RoleId, SubjectId, Timestamp, UserId};
use rolecall_store::resource::{
    List, Models, NewGrant, NewProgramModel, NewProgramResource, NewProgramSubject, ProgramGrants, SubjectRole,
};
use rolecall_store::{Caller, Create, Delete, Read, Update};
use uuid::Uuid;

use crate::input::Input;
use crate::problem::{FieldError, Problem};
use crate::service::{ListView, Result, Written};
use crate::state::App;
use crate::time::Time;
use body::{
    NewProgramGrantBody, NewProgramModelBody, NewProgramResourceBody, NewProgramSubjectBody, ProgramGrantView,
    ProgramModelView, ProgramResourceView, ProgramSubjectView, SubjectRolesBody, grant_view, model_view, resource_view,
    subject_view,
};

/// Registers a model.
pub async fn register_model(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewProgramModelBody>,
) -> Result<Written<ProgramModelView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Models, Create>(organization).await?;
    let body = input.get()?;
    let label = body.label.unwrap_or_else(|| body.name.clone());
    let new = NewProgramModel { name: body.name, label, actions: body.actions };
    let model = change.register_model(&of, &new).await?;
    Ok(Written { value: model_view(model), revision: change.commit().await? })
}

/// Forgets a model with everything of it.
pub async fn delete_model(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Models, Delete>(organization).await?;
    let model = change.program_model_of(&of, id).await?.ok_or_else(Problem::not_found)?;
    change.delete_model(&of, &model).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// The resources of a model.
pub async fn list_resources(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
    list: Result<List>,
) -> Result<ListView<ProgramResourceView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Models, Read>(organization).await?;
    let model = access.program_model_of(&of, id).await?.ok_or_else(Problem::not_found)?;
    Ok(ListView::of(access.list_program_resources(&model, &list?).await?, resource_view))
}

/// Registers a resource.
pub async fn register_resource(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
    input: Input<NewProgramResourceBody>,
) -> Result<Written<ProgramResourceView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Models, Create>(organization).await?;
    let model = change.program_model_of(&of, id).await?.ok_or_else(Problem::not_found)?;
    let body = input.get()?;
    let new = NewProgramResource {
        foreign_id: body.foreign_id,
        bot: body.bot.map(Into::into),
        owner: body.owner.map(UserId),
        properties: body.properties,
    };
    let resource = change.register_resource(&of, &model, &new).await?;
    Ok(Written { value: resource_view(resource), revision: change.commit().await? })
}

/// Forgets a resource.
pub async fn delete_resource(
    app: &App,
    caller: Caller,
    (organization, id, resource): (OrganizationId, Uuid, Uuid),
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Models, Delete>(organization).await?;
    let model = change.program_model_of(&of, id).await?.ok_or_else(Problem::not_found)?;
    change.delete_resource(&of, &model, resource).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// The subjects of programs.
pub async fn list_subjects(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
) -> Result<ListView<ProgramSubjectView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Models, Read>(organization).await?;
    Ok(ListView::of(access.list_program_subjects(&of, &list?).await?, subject_view))
}

/// Registers a subject.
pub async fn register_subject(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewProgramSubjectBody>,
) -> Result<Written<ProgramSubjectView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Models, Create>(organization).await?;
    let body = input.get()?;
    let new = NewProgramSubject { kind: body.kind, foreign_id: body.foreign_id, properties: body.properties };
    let subject = change.register_subject(&of, &new).await?;
    Ok(Written { value: subject_view(subject), revision: change.commit().await? })
}

/// Forgets a subject.
pub async fn delete_subject(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Models, Delete>(organization).await?;
    change.delete_subject(&of, id).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// Sets the organization roles of a subject.
pub async fn set_subject_roles(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
    input: Input<SubjectRolesBody>,
) -> Result<Written<ProgramSubjectView>> {
    let now = caller.now;
    let mut change = app.store.change(caller).await?;
    let assignable = change.require_assignable_subjects(organization).await?;
    let mut roles = Vec::new();
    for role in input.get()?.roles {
        let role_id = RoleId(role.role_id);
        // What has ended can stay as it is, and is not given anew.
        let ended = change.directory().subject(SubjectId(id)).is_some_and(|subject| {
            subject
                .roles
                .iter()
                .any(|held| held.role == role_id && held.provenance.expires_at == role.expires_at.map(|end| end.0))
        });
        let expires_at = if ended { role.expires_at.map(|end| end.0) } else { ends_later(now, role.expires_at)? };
        roles.push(SubjectRole { role: role_id, expires_at });
    }
    let subject = change.set_subject_roles(&assignable, id, &roles).await?;
    Ok(Written { value: subject_view(subject), revision: change.commit().await? })
}

/// The facts on programs' models.
pub async fn list_grants(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
) -> Result<ListView<ProgramGrantView>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<ProgramGrants, Read>(organization).await?;
    Ok(ListView::of(access.list_program_grants(&of, &list?).await?, grant_view))
}

/// Gives facts on a program's model.
pub async fn give_grants(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    input: Input<NewProgramGrantBody>,
) -> Result<Written<ListView<ProgramGrantView>>> {
    let now = caller.now;
    let mut change = app.store.change(caller).await?;
    let of = change.require::<ProgramGrants, Update>(organization).await?;
    let body = input.get()?;
    let unknown = |field: &str| {
        let message = format!("`{field}` names something that is not here.");
        Problem::invalid(vec![FieldError::new(field, "not_found", message)])
    };
    let model = change.program_model_of(&of, body.model_id).await?.ok_or_else(|| unknown("model_id"))?;
    if let Some(index) = body.actions.iter().position(|action| !model.actions.contains(action)) {
        return Err(unknown(&format!("actions.{index}")));
    }
    let resource = match &body.resource {
        Some(id) => Some(change.find_program_resource(&model, id).await?.ok_or_else(|| unknown("resource"))?),
        None => None,
    };
    let expires_at = ends_later(now, body.expires_at)?;
    let new = NewGrant {
        actions: body.actions,
        resource,
        subject: body.subject_id,
        user: body.user_id.map(UserId),
        role: body.role_id.map(RoleId),
        expires_at,
    };
    let given = change.give_grants(&of, &model, &new).await?;
    let value = ListView { items: given.into_iter().map(grant_view).collect(), next_cursor: None };
    Ok(Written { value, revision: change.commit().await? })
}

fn ends_later(now: Timestamp, end: Option<Time>) -> Result<Option<Timestamp>> {
    match end {
        Some(end) if end.0 <= now => {
            Err(Problem::invalid(vec![FieldError::new("expires_at", "invalid", "The end is in the past.")]))
        }
        end => Ok(end.map(|end| end.0)),
    }
}

/// Takes a fact back.
pub async fn take_grant(app: &App, caller: Caller, (organization, id): (OrganizationId, Uuid)) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<ProgramGrants, Update>(organization).await?;
    change.delete_grant(&of, id).await?;
    Ok(Written { value: (), revision: change.commit().await? })
}

/// The permission, if the catalogue has it or a program registered it in the organization.
pub(crate) fn known_here(
    access: &rolecall_store::Access,
    organization: OrganizationId,
    model: &str,
    action: &str,
) -> Result<Permission> {
    let Some(found) = access.directory().model_named(organization, model) else {
        return crate::service::explain::known(model, action);
    };
    found.permission(action).ok_or_else(|| {
        let actions: Vec<&str> = found.actions.iter().map(Name::as_str).collect();
        let message = format!("`{model}` has: {}.", actions.join(", "));
        Problem::invalid(vec![FieldError::new("action", "not_found", message)])
    })
}
