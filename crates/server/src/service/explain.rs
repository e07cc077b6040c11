//! Why somebody may or may not: the facts that allow it, or what is missing and who could give it.

use std::collections::BTreeMap;

use rolecall_access::{
    Because, BotId, Decision, Missing, OrganizationId, Permission, RoleId, Step, SubjectId, UserId, catalogue,
};
use rolecall_store::resource::Explanation;
use rolecall_store::{Access, Caller};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{FieldError, Problem};
use crate::service::program::known_here;
use crate::service::{Named, Result};
use crate::state::App;
use crate::time::Time;

/// What is asked: may this person do this, there?
#[derive(Clone, Debug)]
pub struct ExplainQuestion {
    /// Who; none: whoever asks.
    pub user: Option<UserId>,
    /// A subject of programs instead.
    pub subject: Option<SubjectId>,
    /// The model.
    pub model: String,
    /// The action.
    pub action: String,
    /// On which bot; none: in the organization.
    pub bot: Option<BotId>,
}

/// The answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    /// Whether they may.
    pub allowed: bool,
    /// If so: every fact that allows it, the strongest first.
    pub because: Vec<ReasonView>,
    /// If not: what stands in the way (`membership`, `suspended`, `unconfirmed`, `team_entry`, `reserved`, `beyond_cap`, …).
    pub obstacles: Vec<String>,
    /// If not: the smallest grants that would allow it, as far as the asker may know of them. Empty: no grant helps.
    pub missing: Vec<MissingView>,
    /// The revision it is true at.
    pub revision: u64,
}

/// A fact that allows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// `organization_owner`, `bot_owner`, `on_team`, `organization_role`, `bot_role`, `organization_permission`,
    /// `bot_permission` or `grant` (on a program's model).
    pub fact: String,
    /// The role it comes from, if it is one.
    pub from: Option<Named>,
    /// By which relation of the role: `role`, `team` or `owner`.
    pub relation: Option<String>,
    /// Who gave it, as far as the asker may know.
    pub by: Option<Named>,
    /// Since when.
    pub since: Option<Time>,
    /// Until when; none: without end.
    pub until: Option<Time>,
}

/// A grant that would allow it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MissingView {
    /// What would have to be given, all of it.
    pub grant: Vec<StepView>,
    /// Some of those who could give it now, as far as the asker may know of them.
    pub who_can_give: Vec<Named>,
}

/// One fact of a grant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepView {
    /// `activate`, `team_entry`, `organization_role`, `bot_role`, `organization_permission` or `bot_permission`.
    pub kind: String,
    /// The role, if it is one.
    pub role: Option<Named>,
}

/// Explains, for members who may know.
pub async fn explain(
    app: &App,
    caller: Caller,
    organization: OrganizationId,
    question: Result<ExplainQuestion>,
) -> Result<ExplanationView> {
    let mut access = app.store.access(caller).await?;
    access.member_organization(organization).await?;
    let question = question?;
    if let Some(subject) = question.subject {
        if question.user.is_some() {
            let message = "Name one of `user` and `subject`.";
            return Err(Problem::invalid(vec![FieldError::new("subject", "invalid", message)]));
        }
        return explain_subject(&mut access, organization, subject, &question).await;
    }
    let user = match question.user {
        Some(user) => user,
        None => access.own_account().await?.id,
    };
    let of = access.require_explainable(organization, user, question.bot).await?;
    let permission = known_here(&access, organization, &question.model, &question.action)?;
    let revision = access.directory().revision().0;
    Ok(view(access.explain(&of, permission).await?, revision))
}

/// The same of a program's subject; there is nothing to advise, what it lacks is given through the API.
async fn explain_subject(
    access: &mut Access,
    organization: OrganizationId,
    subject: SubjectId,
    question: &ExplainQuestion,
) -> Result<ExplanationView> {
    let permission = known_here(access, organization, &question.model, &question.action)?;
    let of = (subject, question.bot);
    let (decision, spoken) = access.explain_subject(organization, of, permission).await?;
    Ok(ExplanationView {
        allowed: decision.allowed,
        because: reasons(&decision, &spoken.roles, &spoken.users),
        obstacles: decision.missing.iter().map(|missing| obstacle(missing).to_owned()).collect(),
        missing: Vec::new(),
        revision: access.directory().revision().0,
    })
}

/// The permission, if the catalogue has it.
pub(crate) fn known(model: &str, action: &str) -> Result<Permission> {
    let unknown = |field, message: String| Problem::invalid(vec![FieldError::new(field, "not_found", message)]);
    let found = catalogue::find(model).ok_or_else(|| unknown("model", format!("There is no model `{model}`.")))?;
    if !found.actions.contains(&action) {
        return Err(unknown("action", format!("`{model}` has: {}.", found.actions.join(", "))));
    }
    Permission::new(model, action).map_err(|_| unknown("model", format!("There is no model `{model}`.")))
}

fn view(explanation: Explanation, revision: u64) -> ExplanationView {
    let Explanation { decision, remedies, roles, users } = explanation;
    let role = |id: RoleId| roles.get(&id).map(|name| Named { id: id.0, name: name.clone() });
    let user = |id: UserId| users.get(&id).map(|name| Named { id: id.0, name: name.clone() });
    let step = |step: &Step| {
        let (kind, of) = match *step {
            Step::Activate => ("activate", None),
            Step::TeamEntry => ("team_entry", None),
            Step::OrganizationRole(id) => ("organization_role", Some(id)),
            Step::BotRole(id) => ("bot_role", Some(id)),
            Step::OrganizationPermission => ("organization_permission", None),
            Step::BotPermission => ("bot_permission", None),
        };
        StepView { kind: kind.to_owned(), role: of.and_then(role) }
    };
    ExplanationView {
        allowed: decision.allowed,
        because: reasons(&decision, &roles, &users),
        obstacles: decision.missing.iter().map(|missing| obstacle(missing).to_owned()).collect(),
        missing: remedies
            .iter()
            .map(|(remedy, givers)| {
                let mut who_can_give: Vec<Named> = givers.iter().filter_map(|giver| user(*giver)).collect();
                who_can_give.sort_by(|one, other| one.name.cmp(&other.name));
                MissingView { grant: remedy.0.iter().map(step).collect(), who_can_give }
            })
            .collect(),
        revision,
    }
}

/// The facts that allow, in words for programs.
pub(crate) fn reasons(
    decision: &Decision,
    roles: &BTreeMap<RoleId, String>,
    users: &BTreeMap<UserId, String>,
) -> Vec<ReasonView> {
    let role = |id: RoleId| roles.get(&id).map(|name| Named { id: id.0, name: name.clone() });
    let user = |id: UserId| users.get(&id).map(|name| Named { id: id.0, name: name.clone() });
    let reason = |because: &Because| {
        let given = because.provenance();
        ReasonView {
            fact: fact(because).to_owned(),
            from: because.role().and_then(role),
            relation: because.relation().map(|relation| relation.as_str().to_owned()),
            by: given.and_then(|given| given.given_by).and_then(user),
            since: given.map(|given| given.given_at.into()),
            until: given.and_then(|given| given.expires_at).map(Into::into),
        }
    };
    decision.because.iter().map(reason).collect()
}

pub(crate) fn fact(because: &Because) -> &'static str {
    match because {
        Because::OrganizationOwner(_) => "organization_owner",
        Because::BotOwner(_) => "bot_owner",
        Because::OnTeam(..) => "on_team",
        Because::OrganizationRole { .. } => "organization_role",
        Because::BotRole { .. } => "bot_role",
        Because::OrganizationPermission(_) => "organization_permission",
        Because::BotPermission(_) => "bot_permission",
        Because::PublicRole(_) => "public_role",
        Because::KeyScope(_) => "key_scope",
        Because::Grant { .. } => "grant",
    }
}

pub(crate) fn obstacle(missing: &Missing) -> &'static str {
    match missing {
        Missing::Unknown => "unknown",
        Missing::OrganizationDeleted => "organization_deleted",
        Missing::Membership => "membership",
        Missing::Suspended => "suspended",
        Missing::Unconfirmed => "unconfirmed",
        Missing::TeamEntry => "team_entry",
        Missing::Reserved => "reserved",
        Missing::BeyondCap => "beyond_cap",
        Missing::NotPublished => "not_published",
        Missing::NotPublic => "not_public",
        Missing::KeyScope => "key_scope",
        Missing::Grant => "grant",
    }
}
