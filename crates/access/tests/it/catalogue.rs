//! The catalogue as design and API describe it.

use rolecall_access::catalogue::{self, Level};
use rolecall_access::{Name, Permission};

fn permission(text: &str) -> Permission {
    let (model, action) = text.split_once(' ').unwrap();
    Permission::new(model, action).unwrap()
}

#[test]
fn g_5_areas_of_the_platform_are_models_of_their_own() {
    let bot: Vec<&str> =
        catalogue::MODELS.iter().filter(|model| model.level == Level::Bot).map(|model| model.key).collect();
    for area in [
        "Flow",
        "TrainingData",
        "Content",
        "Integration",
        "BotSetting",
        "Analytics",
        "Conversation",
        "Playground",
        "Publication",
        "ApiKey",
        "Appearance",
        "Channel",
        "Team",
    ] {
        assert!(bot.contains(&area), "{area}");
    }
}

#[test]
fn only_what_a_visitor_needs_is_public() {
    let public: Vec<String> =
        catalogue::permissions().filter(catalogue::is_public).map(|permission| permission.to_string()).collect();
    assert_eq!(public, ["Content: read", "Publication: read", "Conversation: create"]);
}

#[test]
fn making_a_bot_is_an_ability_in_the_organization() {
    assert_eq!(catalogue::level(&permission("Bot create")), Some(Level::Organization));
    assert_eq!(catalogue::level(&permission("Bot read")), Some(Level::Bot));
    assert_eq!(catalogue::level(&permission("Ticket read")), None);
}

#[test]
fn names_are_open_but_well_formed() {
    for good in ["Role", "a", "crm.Ticket:v2", "A_b-c"] {
        assert!(good.parse::<Name>().is_ok(), "{good}");
    }
    let long = "a".repeat(65);
    for bad in ["", "1a", "a b", "é", "a/b", "a\n", long.as_str()] {
        assert!(bad.parse::<Name>().is_err(), "{bad:?}");
    }
}
