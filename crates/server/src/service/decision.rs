//! Decisions for other programs: may this subject do this with this resource, as far as whoever asks may know.
//!
//! What the asker may not ask about is answered as what is not there: denied, with the same words. That holds for people,
//! bots and organizations of others, for models that nobody registered and for ids that nobody has.

pub mod ask;
pub mod search;

use rolecall_access::{
    Because, Decision, Missing, OrganizationId, Permission, Question, ResourceId, Revision, Scope, Subject, UserId,
    catalogue,
};
use rolecall_store::resource::Asks;
use rolecall_store::{Access, Caller, Freshness, Place};
use serde::Serialize;

use crate::problem::{Kind, Problem};
use crate::service::explain::{fact, obstacle};
use crate::service::{PermissionView, Result, may};
use crate::state::App;
use crate::time::Time;
use ask::{BatchAsk, Entity, Semantic, SingleAsk, wrong};

/// The type of our own people among subjects.
pub const PERSON: &str = "user";

/// A decision.
#[derive(Clone, Debug, Serialize)]
pub struct Decided {
    /// Whether it is allowed.
    pub decision: bool,
    /// Why, and as of when.
    pub context: DecidedContext,
}

/// Why, and as of when.
#[derive(Clone, Debug, Serialize)]
pub struct DecidedContext {
    /// The revision that it is true at.
    pub revision: u64,
    /// If allowed: every fact that allows it, the strongest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<GrantedBy>,
    /// If denied: what stands in the way; `unknown` for what is not there, or not the asker's to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<&'static str>,
    /// If denied: the permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<PermissionView>,
    /// Of a batch: what is wrong with this question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
}

/// What is wrong with one question of a batch.
#[derive(Clone, Debug, Serialize)]
pub struct Fault {
    /// As it would have been answered alone.
    pub status: u16,
    /// What to mend.
    pub message: String,
}

/// A fact that allows.
#[derive(Clone, Debug, Serialize)]
pub struct GrantedBy {
    /// As in explanations (`organization_role`, `bot_role`, …); `grant` for one on a program's own model.
    pub fact: &'static str,
    /// The role it comes from, as far as the asker may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<uuid::Uuid>,
    /// By which relation of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<&'static str>,
    /// Until when; left out: without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// The answers of a batch, in the order of its questions.
#[derive(Clone, Debug, Serialize)]
pub struct DecidedMany {
    /// One each, as far as the batch went.
    pub evaluations: Vec<Decided>,
}

/// What a question is about, found.
pub(crate) enum Target {
    /// A record of one of our own models.
    Own(Place),
    /// A resource of a program, and where it is.
    Program(ResourceId, Place),
    /// Not there.
    Unknown,
}

/// Decides one question.
pub async fn evaluate(app: &App, caller: Caller, ask: SingleAsk) -> Result<(Decided, Revision)> {
    let mut access = allowed(app.store.recall(caller.clone()).await?)?;
    let mut decided = decide(&mut access, &ask).await?;
    if !access.is_settled().await? {
        access = begin(app, caller).await?;
        decided = decide(&mut access, &ask).await?;
    }
    Ok((decided, access.directory().revision()))
}

/// Decides a batch at one revision; a question that is none is denied, and the others are answered.
pub async fn evaluate_many(app: &App, caller: Caller, batch: BatchAsk) -> Result<(DecidedMany, Revision)> {
    let mut access = allowed(app.store.recall(caller.clone()).await?)?;
    let mut evaluations = decide_many(&mut access, &batch).await?;
    if !access.is_settled().await? {
        access = begin(app, caller).await?;
        evaluations = decide_many(&mut access, &batch).await?;
    }
    Ok((DecidedMany { evaluations }, access.directory().revision()))
}

async fn decide_many(access: &mut Access, batch: &BatchAsk) -> Result<Vec<Decided>> {
    let revision = access.directory().revision();
    let mut evaluations = Vec::new();
    for ask in &batch.asks {
        let decided = match ask {
            Ok(ask) => decide(access, ask).await,
            Err(detail) => Err(wrong(detail.clone())),
        };
        let decided = match decided {
            Err(problem) if problem.kind == Kind::BadQuestion => faulty(revision, problem),
            decided => decided?,
        };
        let allowed = decided.decision;
        evaluations.push(decided);
        match batch.semantic {
            Semantic::DenyOnFirstDeny if !allowed => break,
            Semantic::PermitOnFirstPermit if allowed => break,
            _ => {}
        }
    }
    Ok(evaluations)
}

/// Begins answering, for whoever may ask about anybody at all.
pub(crate) async fn begin(app: &App, caller: Caller) -> Result<Access> {
    if app.store.freshness() != Freshness::Unfollowed {
        app.store.snapshot()?;
    }
    allowed(app.store.access(caller).await?)
}

fn allowed(access: Access) -> Result<Access> {
    if access.asks_anywhere() {
        return Ok(access);
    }
    let detail = "This key may ask about nobody: its scope, and its sponsor, need `UserPermission: read` in an \
                  organization, or `Team: read` on a bot.";
    Err(Problem::new(Kind::Forbidden, detail))
}

fn faulty(revision: Revision, problem: Problem) -> Decided {
    let mut decided = denied(revision, Vec::new(), None);
    decided.context.error = Some(Fault { status: problem.status().as_u16(), message: problem.detail });
    decided
}

fn denied(revision: Revision, obstacles: Vec<&'static str>, missing: Option<PermissionView>) -> Decided {
    let revision = revision.0;
    Decided {
        decision: false,
        context: DecidedContext { revision, reasons: Vec::new(), obstacles, missing, error: None },
    }
}

fn unknown(access: &Access) -> Decided {
    denied(access.directory().revision(), vec!["unknown"], None)
}

async fn decide(access: &mut Access, ask: &SingleAsk) -> Result<Decided> {
    let Ok(permission) = Permission::new(&ask.resource.kind, &ask.action) else { return Ok(unknown(access)) };
    let target = target(access, ask.organization, &permission, &ask.resource).await?;
    let Some(place) = target.place() else { return Ok(unknown(access)) };
    let meant = Meant::of(access, &ask.subject).await?;
    let Some(subject) = meant.at(access, place.scope) else { return Ok(unknown(access)) };
    let decision = target.decide(access, subject, &permission);
    Ok(answer(access, &permission, place, &decision))
}

impl Target {
    /// Where it is; none: not there.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Own(place) | Self::Program(_, place) => Some(*place),
            Self::Unknown => None,
        }
    }

    /// The decision about it, with its reason.
    fn decide(&self, access: &Access, subject: Subject, permission: &Permission) -> Decision {
        let (directory, now) = (access.directory(), access.caller().now);
        match self {
            Self::Own(place) => directory.decide(&question(subject, permission, *place), now),
            Self::Program(resource, _) => directory.decide_on(subject, permission.action.as_str(), *resource, now),
            Self::Unknown => Decision { allowed: false, because: Vec::new(), missing: vec![Missing::Unknown] },
        }
    }

    /// The same answer, without its reason.
    pub(crate) fn allows(&self, access: &Access, subject: Subject, permission: &Permission) -> bool {
        let (directory, now) = (access.directory(), access.caller().now);
        match self {
            Self::Own(place) => directory.allows(&question(subject, permission, *place), now),
            Self::Program(resource, _) => directory.allows_on(subject, permission.action.as_str(), *resource, now),
            Self::Unknown => false,
        }
    }
}

fn question(subject: Subject, permission: &Permission, place: Place) -> Question {
    Question { subject, permission: permission.clone(), scope: place.scope, owner: place.owner }
}

/// The record that the question is about, if the model has the action.
pub(crate) async fn target(
    access: &mut Access,
    organization: Option<OrganizationId>,
    permission: &Permission,
    resource: &Entity,
) -> Result<Target> {
    let named = named_organization(organization, resource)?;
    if catalogue::find(permission.model.as_str()).is_some() {
        if !catalogue::means_something(permission) {
            return Ok(Target::Unknown);
        }
        let within = named.or_else(|| only(access));
        let found = access.place_of(permission, &resource.id, within).await?;
        let elsewhere = |place: &Place| named.is_some_and(|named| access.organization_of(place.scope) != Some(named));
        let Some(mut place) = found.filter(|place| !elsewhere(place)) else { return Ok(Target::Unknown) };
        place.owner = place.owner.or_else(|| owner_said(resource));
        return Ok(Target::Own(place));
    }
    let Some(organization) = place_of_programs(access, named)? else { return Ok(Target::Unknown) };
    Ok(of_program(access, organization, permission, &resource.id).unwrap_or(Target::Unknown))
}

/// The program's resource of that id, if its model has the action.
fn of_program(
    access: &Access,
    organization: OrganizationId,
    permission: &Permission,
    foreign_id: &str,
) -> Option<Target> {
    let directory = access.directory();
    let model = directory.model_named(organization, permission.model.as_str())?;
    let resource = directory.resource_named(model.id, foreign_id)?.id;
    // Whoever asks, the place is the same.
    let question = directory.question_on(Subject::Anybody, permission.action.as_str(), resource)?;
    Some(Target::Program(resource, Place { scope: question.scope, owner: question.owner }))
}

/// The organization that the question names, in its context or as a property of the resource.
pub(crate) fn named_organization(
    organization: Option<OrganizationId>,
    resource: &Entity,
) -> Result<Option<OrganizationId>> {
    let Some(property) = resource.properties.get("organization") else { return Ok(organization) };
    let property = property.as_str().and_then(|text| text.parse::<OrganizationId>().ok());
    let property =
        property.ok_or_else(|| wrong("`resource.properties.organization` must be the id of an organization."))?;
    match organization {
        Some(named) if named != property => Err(wrong("The question names two organizations.")),
        _ => Ok(Some(property)),
    }
}

/// The organization, where the asker's questions can be about one only.
fn only(access: &Access) -> Option<OrganizationId> {
    let all = access.asked_organizations();
    all.first().copied().filter(|_| all.len() == 1)
}

/// The organization whose programs' models are meant; none: the asker may ask about none there.
pub(crate) fn place_of_programs(access: &Access, named: Option<OrganizationId>) -> Result<Option<OrganizationId>> {
    let all = access.asked_organizations();
    match named {
        Some(named) => Ok(Some(named).filter(|named| all.contains(named))),
        None if all.len() > 1 => {
            Err(wrong("You may ask about several organizations: name one, by its id, in `context.organization`."))
        }
        None => Ok(all.first().copied()),
    }
}

/// Whose the record is, by the question's own word.
fn owner_said(resource: &Entity) -> Option<UserId> {
    resource.properties.get("owner").and_then(|owner| owner.as_str()).and_then(|owner| owner.parse().ok())
}

/// Who is meant by a question's subject: our own people of that id or address, or a program's subject.
pub(crate) struct Meant<'a> {
    people: Vec<UserId>,
    subject: &'a Entity,
}

impl<'a> Meant<'a> {
    pub(crate) async fn of(access: &mut Access, subject: &'a Entity) -> Result<Self> {
        let people = if subject.kind == PERSON { access.people_named(&subject.id).await? } else { Vec::new() };
        Ok(Self { people, subject })
    }

    /// The one of them about whom the asker may ask there.
    pub(crate) fn at(&self, access: &Access, scope: Scope) -> Option<Subject> {
        if let Some(user) = self.people.iter().find(|user| access.knows(**user, scope)) {
            return Some(Subject::User(*user));
        }
        let organization = access.organization_of(scope)?;
        let found = access.directory().subject_named(organization, &self.subject.kind, &self.subject.id)?;
        (access.asks(scope) == Asks::Everybody).then_some(Subject::Program(found.id))
    }
}

/// Whether the asker may see which roles there are.
fn sees_roles(access: &Access, place: Place) -> bool {
    let organization = access.organization_of(place.scope);
    organization.is_some_and(|id| may(access, "Role", "read", Scope::Organization(id), None))
}

fn answer(access: &Access, permission: &Permission, place: Place, decision: &Decision) -> Decided {
    let revision = access.directory().revision();
    if decision.allowed {
        let sees_roles = sees_roles(access, place);
        let reasons = decision.because.iter().map(|because| reason(because, sees_roles)).collect();
        let context =
            DecidedContext { revision: revision.0, reasons, obstacles: Vec::new(), missing: None, error: None };
        return Decided { decision: true, context };
    }
    // Of a place that one may not know of, one is told no more than of one that is not there.
    if !access.knows_place(place.scope) {
        return unknown(access);
    }
    let obstacles: Vec<&'static str> = decision.missing.iter().map(obstacle).collect();
    let missing = decision.missing.contains(&Missing::Grant).then(|| PermissionView::of(permission));
    denied(revision, obstacles, missing)
}

fn reason(because: &Because, sees_roles: bool) -> GrantedBy {
    GrantedBy {
        fact: fact(because),
        role: because.role().filter(|_| sees_roles).map(|role| role.0),
        relation: because.relation().map(rolecall_access::Relation::as_str),
        until: because.provenance().and_then(|provenance| provenance.expires_at).map(Into::into),
    }
}
