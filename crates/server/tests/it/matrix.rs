//! What everybody of the demo may do, as a table that a person can read against the presets.

use std::fmt::Write as _;

use serde_json::Value;

use crate::world::World;

fn write_map(table: &mut String, map: &Value) {
    for (model, actions) in map["permissions"].as_object().unwrap() {
        let actions: Vec<&str> = actions.as_array().unwrap().iter().map(|action| action.as_str().unwrap()).collect();
        writeln!(table, "    {model:<15} {}", actions.join(" ")).unwrap();
    }
}

#[tokio::test]
async fn w_4_a_6_p_6_everybody_has_what_the_preset_says() {
    let world = World::new().await;
    for organization in &world.demo.organizations {
        let mut table = String::new();
        for person in &organization.people {
            let client = world.sign_in_as(&person.email, &world.demo.password).await;
            writeln!(table, "{} ({})", person.name, person.roles.join(", ")).unwrap();
            writeln!(table, "  in the organization").unwrap();
            let map = client.get(&format!("/api/v1/me/permissions?organization={}", organization.id)).await;
            write_map(&mut table, &map.body);
            for bot in &organization.bots {
                writeln!(table, "  on {}", bot.name).unwrap();
                let map = client.get(&format!("/api/v1/me/permissions?bot={}", bot.id)).await;
                match map.status.as_u16() {
                    404 => writeln!(table, "    nothing: it is not there").unwrap(),
                    _ => write_map(&mut table, &map.body),
                }
            }
        }
        insta::assert_snapshot!(format!("matrix_{}", organization.preset), table);
    }
}
