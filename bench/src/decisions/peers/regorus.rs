//! regorus (Rego): grants by person and scope as data, the rule in four lines.

use std::collections::BTreeMap;

use regorus::{Engine, Value};
use serde_json::json;

use crate::decisions::world::{ABILITIES, Asked, BOTS, ROLES, World};

const POLICY: &str = "
package rolecall

import rego.v1

default allow := false

allow if {
    some scope in [input.bot, data.bots[input.bot]]
    some role in data.people[input.user][scope]
    data.roles[role][input.ability]
}
";

pub fn measure(world: &World, asked: &[Asked]) -> f64 {
    let mut engine = Engine::new();
    engine.add_policy("rolecall.rego".to_owned(), POLICY.to_owned()).expect("a policy");
    engine.add_data(data(world)).expect("data");
    let inputs: Vec<Value> = asked
        .iter()
        .map(|one| json!({ "user": one.user, "bot": one.bot, "ability": one.ability.to_string() }))
        .map(|input| Value::from_json_str(&input.to_string()).expect("an input"))
        .collect();
    super::median_of(asked, |at| {
        engine.set_input(inputs[at].clone());
        engine.eval_rule("data.rolecall.allow".to_owned()).expect("an answer") == Value::Bool(true)
    })
}

fn data(world: &World) -> Value {
    let mut roles: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    for (role, bits) in ROLES.iter().enumerate() {
        let abilities = (0..ABILITIES).filter(|ability| bits >> ability & 1 == 1);
        roles.insert(role.to_string(), abilities.map(|ability| (ability.to_string(), true)).collect());
    }
    roles.insert("team".to_owned(), BTreeMap::from([("1".to_owned(), true)]));
    let bots: BTreeMap<String, String> = (world.bots.iter().enumerate())
        .map(|(number, id)| (id.to_string(), world.organizations[number / BOTS].to_string()))
        .collect();
    let people: BTreeMap<String, BTreeMap<String, Vec<String>>> = (world.people.iter())
        .map(|person| {
            let organization = world.organizations[person.organization].to_string();
            let on_bot = vec![person.bot_role.to_string(), "team".to_owned()];
            let held = [(organization, vec![person.role.to_string()]), (world.bots[person.bot].to_string(), on_bot)];
            (person.id.to_string(), BTreeMap::from(held))
        })
        .collect();
    let all = json!({ "roles": roles, "bots": bots, "people": people });
    Value::from_json_str(&all.to_string()).expect("data")
}
