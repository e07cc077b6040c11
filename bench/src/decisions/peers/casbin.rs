//! casbin: roles by domain; an organization and a bot are domains.

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use crate::decisions::world::{ABILITIES, ACTIONS, Asked, MODELS, ROLES, World};

const MODEL: &str = "
[request_definition]
r = sub, org, bot, obj, act

[policy_definition]
p = sub, obj, act

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.obj == p.obj && r.act == p.act && (g(r.sub, p.sub, r.org) || g(r.sub, p.sub, r.bot))
";

pub fn measure(world: &World, asked: &[Asked]) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let enforcer = runtime.block_on(enforcer(world)).expect("a policy");
    let questions: Vec<[String; 5]> = asked
        .iter()
        .map(|one| {
            let organization = world.organizations[one.bot_number / super::super::world::BOTS];
            let (model, action) = (MODELS[one.ability / 4], ACTIONS[one.ability % 4]);
            [one.user.to_string(), organization.to_string(), one.bot.to_string(), model.to_owned(), action.to_owned()]
        })
        .collect();
    super::median_of(asked, |at| {
        let [user, organization, bot, model, action] = &questions[at];
        let question = (user.as_str(), organization.as_str(), bot.as_str(), model.as_str(), action.as_str());
        enforcer.enforce(question).expect("an answer")
    })
}

async fn enforcer(world: &World) -> casbin::Result<Enforcer> {
    let model = DefaultModel::from_str(MODEL).await?;
    let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
    let mut rules = vec![vec!["team".to_owned(), "Bot".to_owned(), "read".to_owned()]];
    for (role, bits) in ROLES.iter().enumerate() {
        for ability in (0..ABILITIES).filter(|ability| bits >> ability & 1 == 1) {
            rules.push(vec![format!("role{role}"), MODELS[ability / 4].to_owned(), ACTIONS[ability % 4].to_owned()]);
        }
    }
    enforcer.add_policies(rules).await?;
    let grants = world.people.iter().flat_map(|person| {
        let (user, bot) = (person.id.to_string(), world.bots[person.bot].to_string());
        let organization = world.organizations[person.organization].to_string();
        [
            vec![user.clone(), format!("role{}", person.role), organization],
            vec![user.clone(), format!("role{}", person.bot_role), bot.clone()],
            vec![user, "team".to_owned(), bot],
        ]
    });
    enforcer.add_grouping_policies(grants.collect()).await?;
    Ok(enforcer)
}
