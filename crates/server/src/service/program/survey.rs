//! What programs registered, as a person looks at it: models with what there is of them, and who may do what with it.

use std::collections::BTreeSet;

use rolecall_access::facts::{GrantFacts, Holder};
use rolecall_access::{BotId, ModelId, OrganizationId, ResourceId, RoleId, Scope, SubjectId};
use rolecall_store::resource::{HolderNames, List, Models, ProgramModel, ProgramResource, ProgramSubject};
use rolecall_store::{Access, Caller, Read};
use uuid::Uuid;

use crate::problem::Problem;
use crate::service::{ListView, Result, abilities, may};
use crate::state::App;
use crate::time::Time;

/// So many facts are shown of a model; there may be more.
const SHOWN: usize = 500;

/// A model, in short.
#[derive(Clone, Debug)]
pub struct ModelSummary {
    /// Its id.
    pub id: Uuid,
    /// Its name in permissions.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its actions.
    pub actions: Vec<String>,
    /// How many resources it has.
    pub resources: usize,
    /// How many facts are given on it.
    pub grants: usize,
}

/// The organization's models.
#[derive(Clone, Debug)]
pub struct ModelsSurvey {
    /// By name.
    pub models: Vec<ModelSummary>,
    /// How many subjects programs registered.
    pub subjects: usize,
    /// What the caller may do: `create`, `delete`.
    pub can: Vec<String>,
}

/// What somebody is given.
#[derive(Clone, Debug)]
pub struct GivenView {
    /// What.
    pub action: String,
    /// On which resource, by its id there; none: on all of the model.
    pub resource: Option<String>,
    /// Of which model.
    pub model: String,
    /// `subject`, `user`, `role`.
    pub kind: &'static str,
    /// The holder's name, as far as the caller may know it.
    pub holder: Option<String>,
    /// The holder's id.
    pub id: Uuid,
    /// Until when; none: without end.
    pub until: Option<Time>,
    /// Whether it has ended.
    pub ended: bool,
}

/// A role that has actions on all of a model.
#[derive(Clone, Debug)]
pub struct RoleOnModel {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it gives, with by which relation; none: everything there is.
    pub gives: Option<Vec<(String, &'static str)>>,
}

/// A resource.
#[derive(Clone, Debug)]
pub struct ResourceSurvey {
    /// Its id there.
    pub foreign_id: String,
    /// Whether it is attached to a bot, and its name as far as the caller may know it.
    pub bot: Option<Option<String>>,
    /// What is given on it; none: the caller may not see it.
    pub given: Vec<GivenView>,
}

/// A model with its resources, and who may do what with them.
#[derive(Debug)]
pub struct ModelSurvey {
    /// The model.
    pub model: ModelSummary,
    /// A page of its resources.
    pub resources: ListView<ResourceSurvey>,
    /// What is given on all of it.
    pub given: Vec<GivenView>,
    /// The roles that have it.
    pub roles: Vec<RoleOnModel>,
    /// Whether the caller sees what is given.
    pub sees_grants: bool,
    /// What the caller may do: `delete`.
    pub can: Vec<String>,
}

/// A subject with what it holds.
#[derive(Clone, Debug)]
pub struct SubjectSurvey {
    /// Its type.
    pub kind: String,
    /// Its id there.
    pub foreign_id: String,
    /// The roles it has, with their end.
    pub roles: Vec<(Option<String>, Option<Time>)>,
    /// What it is given.
    pub given: Vec<GivenView>,
}

fn summary(access: &Access, model: ProgramModel) -> ModelSummary {
    let (directory, id) = (access.directory(), ModelId(model.id));
    ModelSummary {
        id: model.id,
        name: model.name,
        label: model.label,
        actions: model.actions,
        resources: directory.resources(id).count(),
        grants: directory.grants_on_model(id).count(),
    }
}

fn able(access: &Access, organization: OrganizationId) -> Vec<String> {
    abilities(access, "Model", &["create", "delete"], Scope::Organization(organization), None)
}

/// The models that programs registered.
pub async fn survey_models(app: &App, caller: Caller, organization: OrganizationId) -> Result<ModelsSurvey> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Models, Read>(organization).await?;
    let models = access.list_program_models(&of).await?;
    let models = models.into_iter().map(|model| summary(&access, model)).collect();
    let subjects = access.directory().subjects(organization).count();
    Ok(ModelsSurvey { models, subjects, can: able(&access, organization) })
}

/// One of them.
pub async fn survey_model(
    app: &App,
    caller: Caller,
    (organization, id): (OrganizationId, Uuid),
    list: Result<List>,
) -> Result<ModelSurvey> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Models, Read>(organization).await?;
    let model = access.program_model_of(&of, id).await?.ok_or_else(Problem::not_found)?;
    let page = access.list_program_resources(&model, &list?).await?;
    let sees_grants = sees_grants(&access, organization);
    let given = shown(&access, &page.items, ModelId(id), sees_grants);
    let roles = roles_on(&access, organization, &model.name);
    let bots: Vec<BotId> = page.items.iter().filter_map(|resource| resource.bot).collect();
    let names = access.holder_names(&of, &given, &roles, &bots).await?;
    let resources = ListView::of(page, |resource| {
        let on = given.iter().filter(|grant| grant.resource == Some(ResourceId(resource.id)));
        ResourceSurvey {
            given: on.filter_map(|grant| given_view(&access, &names, grant)).collect(),
            bot: resource.bot.map(|bot| names.bots.get(&bot).cloned()),
            foreign_id: resource.foreign_id,
        }
    });
    let on_all = given.iter().filter(|grant| grant.resource.is_none());
    let given = on_all.filter_map(|grant| given_view(&access, &names, grant)).collect();
    let roles = roles.into_iter().filter_map(|role| role_on_model(&access, &names, role, &model.name)).collect();
    let can = able(&access, organization);
    Ok(ModelSurvey { model: summary(&access, model), resources, given, roles, sees_grants, can })
}

fn sees_grants(access: &Access, organization: OrganizationId) -> bool {
    may(access, "UserPermission", "read", Scope::Organization(organization), None)
}

/// What is given on all of the model and on these resources.
fn shown(access: &Access, resources: &[ProgramResource], model: ModelId, sees: bool) -> Vec<GrantFacts> {
    let directory = access.directory();
    let on_each = resources.iter().flat_map(|one| directory.grants_on(model, Some(ResourceId(one.id))));
    let all = directory.grants_on(model, None).take(SHOWN).chain(on_each.take(SHOWN));
    all.filter(|_| sees).map(|grant| GrantFacts::clone(grant)).collect()
}

/// The roles that give something on the model.
fn roles_on(access: &Access, organization: OrganizationId, model: &str) -> Vec<RoleId> {
    let gives = |permission: &rolecall_access::Permission| permission.model.as_str() == model;
    let roles = access.directory().roles(organization);
    let roles = roles.filter(|role| role.everything || role.permissions.iter().any(|(one, _)| gives(one)));
    roles.map(|role| role.id).collect()
}

fn role_on_model(access: &Access, names: &HolderNames, id: RoleId, model: &str) -> Option<RoleOnModel> {
    let role = access.directory().role(id)?;
    let gives = role.permissions.iter().filter(|(permission, _)| permission.model.as_str() == model);
    let gives = gives.map(|(permission, relation)| (permission.action.to_string(), relation.as_str())).collect();
    Some(RoleOnModel { id: id.0, name: names.roles.get(&id)?.clone(), gives: (!role.everything).then_some(gives) })
}

fn given_view(access: &Access, names: &HolderNames, grant: &GrantFacts) -> Option<GivenView> {
    let directory = access.directory();
    let (kind, holder, id) = match grant.holder {
        Holder::Subject(id) => {
            let subject = directory.subject(id)?;
            ("subject", Some(format!("{} {}", subject.kind, subject.foreign_id)), id.0)
        }
        Holder::User(id) => ("user", names.users.get(&id).cloned(), id.0),
        Holder::Role(id) => ("role", names.roles.get(&id).cloned(), id.0),
    };
    let resource = grant.resource.and_then(|id| directory.resource(id));
    Some(GivenView {
        action: grant.action.to_string(),
        resource: resource.map(|resource| resource.foreign_id.to_string()),
        model: directory.model(grant.model)?.name.to_string(),
        kind,
        holder,
        id,
        until: grant.provenance.expires_at.map(Time),
        ended: !grant.provenance.holds(access.caller().now),
    })
}

/// A page of the subjects, with what they hold.
pub async fn survey_subjects(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    list: Result<List>,
) -> Result<ListView<SubjectSurvey>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Models, Read>(organization).await?;
    let page = access.list_program_subjects(&of, &list?).await?;
    let sees_grants = sees_grants(&access, organization);
    let roles: BTreeSet<RoleId> =
        page.items.iter().flat_map(|subject| subject.roles.iter().map(|held| held.role)).collect();
    let roles: Vec<RoleId> = roles.into_iter().collect();
    let names = access.holder_names(&of, &[], &roles, &[]).await?;
    Ok(ListView::of(page, |subject| subject_survey(&access, &names, subject, sees_grants)))
}

fn subject_survey(access: &Access, names: &HolderNames, subject: ProgramSubject, sees: bool) -> SubjectSurvey {
    let given = access.directory().grants_of(Holder::Subject(SubjectId(subject.id)));
    let given = given.filter(|_| sees).take(SHOWN).filter_map(|grant| given_view(access, names, grant)).collect();
    let roles = subject.roles.iter().map(|held| (names.roles.get(&held.role).cloned(), held.expires_at.map(Time)));
    SubjectSurvey { roles: roles.collect(), given, kind: subject.kind, foreign_id: subject.foreign_id }
}
