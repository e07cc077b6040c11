//! What other programs registered, beside the rows of people: by id, by the names programs know, and by who holds what.
//!
//! Flat ordered maps: most organizations have none of this, and one that has a million subjects pays for those alone.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use uuid::Uuid;

use super::Directory;
use crate::facts::{Facts, GrantFacts, Holder, ModelFacts, ResourceFacts, SubjectFacts, Unit};
use crate::id::{BotId, GrantId, ModelId, OrganizationId, ResourceId, RoleId, SubjectId, UserId};

const FIRST: Uuid = Uuid::nil();
const LAST: Uuid = Uuid::max();

/// What is given on a resource or on all of a model, by holder.
type Given = (ModelId, Option<ResourceId>, Holder, GrantId);

/// Models, resources, subjects and grants.
#[derive(Clone, Default)]
pub(super) struct Programs {
    models: HashMap<ModelId, Arc<ModelFacts>>,
    model_names: OrdMap<(OrganizationId, Arc<str>), ModelId>,
    resources: HashMap<ResourceId, Arc<ResourceFacts>>,
    resource_names: OrdMap<(ModelId, Arc<str>), ResourceId>,
    on_bots: OrdSet<(BotId, ResourceId)>,
    owned: OrdSet<(UserId, ResourceId)>,
    subjects: HashMap<SubjectId, Arc<SubjectFacts>>,
    subject_names: OrdMap<(OrganizationId, Arc<str>, Arc<str>), SubjectId>,
    with_role: OrdSet<(RoleId, SubjectId)>,
    grants: HashMap<GrantId, Arc<GrantFacts>>,
    given: OrdSet<Given>,
    held: OrdSet<(Holder, GrantId)>,
}

fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

/// Takes a name away from whoever has it, unless another one has it by now.
fn release<K: Ord + Clone, V: PartialEq + Clone>(names: &mut OrdMap<K, V>, name: &K, of: &V) {
    if names.get(name) == Some(of) {
        names.remove(name);
    }
}

impl Programs {
    pub fn set_model(&mut self, facts: ModelFacts) {
        self.remove_model(facts.id);
        self.model_names.insert((facts.organization, text(facts.name.as_str())), facts.id);
        self.models.insert(facts.id, Arc::new(facts));
    }

    pub fn remove_model(&mut self, id: ModelId) {
        let Some(facts) = self.models.remove(&id) else { return };
        release(&mut self.model_names, &(facts.organization, text(facts.name.as_str())), &id);
    }

    pub fn set_resource(&mut self, facts: ResourceFacts) {
        self.remove_resource(facts.id);
        self.resource_names.insert((facts.model, facts.foreign_id.clone()), facts.id);
        self.on_bots.extend(facts.bot.map(|bot| (bot, facts.id)));
        self.owned.extend(facts.owner.map(|owner| (owner, facts.id)));
        self.resources.insert(facts.id, Arc::new(facts));
    }

    pub fn remove_resource(&mut self, id: ResourceId) {
        let Some(facts) = self.resources.remove(&id) else { return };
        release(&mut self.resource_names, &(facts.model, facts.foreign_id.clone()), &id);
        if let Some(bot) = facts.bot {
            self.on_bots.remove(&(bot, id));
        }
        if let Some(owner) = facts.owner {
            self.owned.remove(&(owner, id));
        }
    }

    pub fn set_subject(&mut self, facts: SubjectFacts) {
        self.remove_subject(facts.id);
        self.subject_names.insert((facts.organization, facts.kind.clone(), facts.foreign_id.clone()), facts.id);
        self.with_role.extend(facts.roles.iter().map(|grant| (grant.role, facts.id)));
        self.subjects.insert(facts.id, Arc::new(facts));
    }

    pub fn remove_subject(&mut self, id: SubjectId) {
        let Some(facts) = self.subjects.remove(&id) else { return };
        release(&mut self.subject_names, &(facts.organization, facts.kind.clone(), facts.foreign_id.clone()), &id);
        for grant in &facts.roles {
            self.with_role.remove(&(grant.role, id));
        }
    }

    pub fn set_grant(&mut self, facts: GrantFacts) {
        self.remove_grant(facts.id);
        self.given.insert((facts.model, facts.resource, facts.holder, facts.id));
        self.held.insert((facts.holder, facts.id));
        self.grants.insert(facts.id, Arc::new(facts));
    }

    pub fn remove_grant(&mut self, id: GrantId) {
        let Some(facts) = self.grants.remove(&id) else { return };
        self.given.remove(&(facts.model, facts.resource, facts.holder, id));
        self.held.remove(&(facts.holder, id));
    }

    pub fn units(&self) -> impl Iterator<Item = Unit> {
        let models = self.models.keys().map(|id| Unit::Model(*id));
        models
            .chain(self.resources.keys().map(|id| Unit::Resource(*id)))
            .chain(self.subjects.keys().map(|id| Unit::Subject(*id)))
            .chain(self.grants.keys().map(|id| Unit::Grant(*id)))
    }

    pub fn facts(&self, unit: Unit) -> Option<Facts> {
        Some(match unit {
            Unit::Model(id) => Facts::Model(self.models.get(&id)?.as_ref().clone()),
            Unit::Resource(id) => Facts::Resource(self.resources.get(&id)?.as_ref().clone()),
            Unit::Subject(id) => Facts::Subject(self.subjects.get(&id)?.as_ref().clone()),
            Unit::Grant(id) => Facts::Grant(self.grants.get(&id)?.as_ref().clone()),
            _ => return None,
        })
    }

    fn within(&self, range: RangeInclusive<Given>) -> impl Iterator<Item = &Arc<GrantFacts>> {
        self.given.range(range).filter_map(|(.., id)| self.grants.get(id))
    }
}

/// Everything between two holders on these resources of a model.
fn between(model: ModelId, resources: [Option<ResourceId>; 2], [first, last]: [Holder; 2]) -> RangeInclusive<Given> {
    let [from, to] = resources;
    (model, from, first, GrantId(FIRST))..=(model, to, last, GrantId(LAST))
}

const ANYBODY: [Holder; 2] = [Holder::Subject(SubjectId(FIRST)), Holder::Role(RoleId(LAST))];

impl Directory {
    /// A program's model.
    #[must_use]
    pub fn model(&self, id: ModelId) -> Option<&Arc<ModelFacts>> {
        self.programs.models.get(&id)
    }

    /// The model that programs know by this name there.
    #[must_use]
    pub fn model_named(&self, organization: OrganizationId, name: &str) -> Option<&Arc<ModelFacts>> {
        if self.programs.models.is_empty() {
            return None;
        }
        self.model(*self.programs.model_names.get(&(organization, text(name)))?)
    }

    /// The models registered in the organization, by name.
    pub fn models(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<ModelFacts>> {
        let names = self.programs.model_names.range((organization, text(""))..);
        names.take_while(move |((of, _), _)| *of == organization).filter_map(|(_, id)| self.model(*id))
    }

    /// A resource of a program.
    #[must_use]
    pub fn resource(&self, id: ResourceId) -> Option<&Arc<ResourceFacts>> {
        self.programs.resources.get(&id)
    }

    /// The resource that programs know by this id.
    #[must_use]
    pub fn resource_named(&self, model: ModelId, foreign_id: &str) -> Option<&Arc<ResourceFacts>> {
        self.resource(*self.programs.resource_names.get(&(model, text(foreign_id)))?)
    }

    /// The model's resources, by their ids there.
    pub fn resources(&self, model: ModelId) -> impl Iterator<Item = &Arc<ResourceFacts>> {
        let names = self.programs.resource_names.range((model, text(""))..);
        names.take_while(move |((of, _), _)| *of == model).filter_map(|(_, id)| self.resource(*id))
    }

    /// A subject of programs.
    #[must_use]
    pub fn subject(&self, id: SubjectId) -> Option<&Arc<SubjectFacts>> {
        self.programs.subjects.get(&id)
    }

    /// The subject that programs know by this type and id.
    #[must_use]
    pub fn subject_named(
        &self,
        organization: OrganizationId,
        kind: &str,
        foreign_id: &str,
    ) -> Option<&Arc<SubjectFacts>> {
        let name = (organization, text(kind), text(foreign_id));
        self.subject(*self.programs.subject_names.get(&name)?)
    }

    /// The organization's subjects, by type and id.
    pub fn subjects(&self, organization: OrganizationId) -> impl Iterator<Item = &Arc<SubjectFacts>> {
        let names = self.programs.subject_names.range((organization, text(""), text(""))..);
        names.take_while(move |((of, ..), _)| *of == organization).filter_map(|(_, id)| self.subject(*id))
    }

    /// The subjects that hold the role, expired ones included.
    pub fn subjects_with(&self, role: RoleId) -> impl Iterator<Item = &Arc<SubjectFacts>> {
        let held = self.programs.with_role.range((role, SubjectId(FIRST))..=(role, SubjectId(LAST)));
        held.filter_map(|(_, id)| self.subject(*id))
    }

    /// What is given on a program's model.
    #[must_use]
    pub fn grant(&self, id: GrantId) -> Option<&Arc<GrantFacts>> {
        self.programs.grants.get(&id)
    }

    /// All that is given to the holder, expired facts included.
    pub fn grants_of(&self, holder: Holder) -> impl Iterator<Item = &Arc<GrantFacts>> {
        let held = self.programs.held.range((holder, GrantId(FIRST))..=(holder, GrantId(LAST)));
        held.filter_map(|(_, id)| self.grant(*id))
    }

    /// What is given on the resource, or (none) on all of the model, expired facts included.
    pub fn grants_on(&self, model: ModelId, resource: Option<ResourceId>) -> impl Iterator<Item = &Arc<GrantFacts>> {
        self.programs.within(between(model, [resource, resource], ANYBODY))
    }

    /// All that is given on the model and its resources, expired facts included.
    pub fn grants_on_model(&self, model: ModelId) -> impl Iterator<Item = &Arc<GrantFacts>> {
        self.programs.within(between(model, [None, Some(ResourceId(LAST))], ANYBODY))
    }

    /// The same for one holder.
    pub(crate) fn grants_to(
        &self,
        model: ModelId,
        resource: Option<ResourceId>,
        holder: Holder,
    ) -> impl Iterator<Item = &Arc<GrantFacts>> {
        self.programs.within(between(model, [resource, resource], [holder, holder]))
    }

    /// The units of programs that go, or differ, when this one goes.
    #[must_use]
    pub fn leaning_on(&self, unit: Unit) -> BTreeSet<Unit> {
        let mut units = BTreeSet::new();
        let programs = &self.programs;
        match unit {
            Unit::Organization(id) => {
                let models = self.models(id).map(|model| Unit::Model(model.id));
                units.extend(models.chain(self.subjects(id).map(|subject| Unit::Subject(subject.id))));
            }
            Unit::Account(user) => {
                let owned = programs.owned.range((user, ResourceId(FIRST))..=(user, ResourceId(LAST)));
                units.extend(owned.map(|(_, id)| Unit::Resource(*id)));
            }
            Unit::Member(_, user) => units.extend(self.grants_of(Holder::User(user)).map(|one| Unit::Grant(one.id))),
            Unit::Role(role) => {
                units.extend(self.grants_of(Holder::Role(role)).map(|one| Unit::Grant(one.id)));
                units.extend(self.subjects_with(role).map(|subject| Unit::Subject(subject.id)));
            }
            Unit::Bot(bot) => {
                let on = programs.on_bots.range((bot, ResourceId(FIRST))..=(bot, ResourceId(LAST)));
                units.extend(on.map(|(_, id)| Unit::Resource(*id)));
            }
            Unit::Model(id) => {
                units.extend(self.resources(id).map(|one| Unit::Resource(one.id)));
                units.extend(self.grants_on_model(id).map(|one| Unit::Grant(one.id)));
            }
            Unit::Resource(id) => {
                let model = self.resource(id).map(|resource| resource.model);
                let on = model.into_iter().flat_map(|model| self.grants_on(model, Some(id)));
                units.extend(on.map(|one| Unit::Grant(one.id)));
            }
            Unit::Subject(id) => units.extend(self.grants_of(Holder::Subject(id)).map(|one| Unit::Grant(one.id))),
            Unit::Grant(_) | Unit::Partnership(_) | Unit::Key(_) => {}
        }
        let further: Vec<Unit> = units.iter().flat_map(|unit| self.leaning_on(*unit)).collect();
        units.extend(further);
        units
    }
}
