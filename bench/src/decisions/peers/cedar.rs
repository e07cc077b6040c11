//! cedar-policy: roles are groups that people are in; a bot names the groups that its organization's and its own roles
//! are; one policy a role.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};

use crate::decisions::world::{ABILITIES, ACTIONS, Asked, BOTS, MODELS, ROLES, World};

fn uid(kind: &str, id: impl std::fmt::Display) -> EntityUid {
    format!("{kind}::\"{id}\"").parse().expect("an id")
}

fn action(ability: usize) -> EntityUid {
    uid("Action", format!("{}:{}", MODELS[ability / 4], ACTIONS[ability % 4]))
}

pub fn measure(world: &World, asked: &[Asked]) -> f64 {
    let (policies, entities, authorizer) = (policies(), entities(world), Authorizer::new());
    let requests: Vec<Request> = asked
        .iter()
        .map(|one| {
            let (user, bot) = (uid("User", one.user), uid("Bot", one.bot));
            Request::new(user, action(one.ability), bot, Context::empty(), None).expect("a request")
        })
        .collect();
    super::median_of(asked, |at| {
        authorizer.is_authorized(&requests[at], &policies, &entities).decision() == Decision::Allow
    })
}

fn policies() -> PolicySet {
    let mut text =
        "permit(principal, action == Action::\"Bot:read\", resource) when { principal in resource.team };".to_owned();
    for (role, bits) in ROLES.iter().enumerate() {
        let abilities = (0..ABILITIES).filter(|ability| bits >> ability & 1 == 1);
        let actions: Vec<String> = abilities.map(|ability| action(ability).to_string()).collect();
        text += &format!(
            "permit(principal, action in [{}], resource) when {{ principal in resource.role{role} }};",
            actions.join(", ")
        );
    }
    text.parse().expect("policies")
}

/// The group of a role: in the organization, or on the bot.
fn group(world: &World, bot: usize, role: usize) -> EntityUid {
    let scope = if role < 3 { world.organizations[bot / BOTS] } else { world.bots[bot] };
    uid("Group", format!("{scope}/{role}"))
}

fn entities(world: &World) -> Entities {
    let team = |bot: usize| uid("Group", format!("{}/team", world.bots[bot]));
    let people = world.people.iter().map(|person| {
        let roles = [person.role, person.bot_role].map(|role| group(world, person.bot, role));
        let groups: HashSet<EntityUid> = roles.into_iter().chain([team(person.bot)]).collect();
        Entity::new(uid("User", person.id), HashMap::new(), groups).expect("a person")
    });
    let bots = world.bots.iter().enumerate().map(|(number, id)| {
        let roles = (0..ROLES.len()).map(|role| (format!("role{role}"), group(world, number, role)));
        let all = roles.chain([("team".to_owned(), team(number))]);
        let attributes = all.map(|(name, group)| (name, RestrictedExpression::new_entity_uid(group))).collect();
        Entity::new(uid("Bot", id), attributes, HashSet::new()).expect("a bot")
    });
    Entities::from_entities(people.chain(bots), None).expect("entities")
}
