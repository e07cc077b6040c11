//! The presets, literally: each table once as a person reads it (snapshots), and once written down again here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rolecall_access::catalogue::{self, Level};
use rolecall_access::preset::{Preset, PresetRole, RELATION};
use rolecall_access::{Ownership, Permission, Reach, Relation};

/// `User RD` or `Flow all` or `BOT all` as permissions.
fn expand(text: &str) -> BTreeSet<Permission> {
    let mut all = BTreeSet::new();
    for item in text.split(';').map(str::trim).filter(|item| !item.is_empty()) {
        let (models, actions) = item.rsplit_once(' ').unwrap();
        for key in models.split(',').map(str::trim) {
            let models: Vec<&catalogue::Model> = match key {
                "BOT" => catalogue::MODELS.iter().filter(|model| model.level == Level::Bot).collect(),
                key => vec![catalogue::find(key).unwrap()],
            };
            for model in models {
                let meant = |letter: &str| actions == "all" || actions.contains(&letter[..1].to_uppercase());
                let actions = model.actions.iter().filter(|action| meant(action));
                all.extend(actions.map(|action| Permission::new(model.key, action).unwrap()));
            }
        }
    }
    all
}

fn role<'p>(preset: &'p Preset, name: &str) -> &'p PresetRole {
    preset.roles.iter().find(|role| role.name == name).unwrap_or_else(|| panic!("no role {name}"))
}

fn permissions(role: &PresetRole) -> BTreeSet<Permission> {
    role.permissions.iter().cloned().collect()
}

fn preset(key: &str) -> &'static Preset {
    Preset::find(key).unwrap()
}

fn names(preset: &Preset) -> Vec<&str> {
    preset.roles.iter().map(|role| role.name.as_str()).collect()
}

const TEMPLATES: [(&str, &str); 4] = [
    ("Developer", "BOT all; Model R"),
    ("Content creator", "Bot R; Content all; Playground C"),
    ("Marketer", "Bot R; Content all; Appearance RU; Analytics R; Playground C"),
    ("Service agent", "Bot R; Conversation RU; Content R"),
];

#[test]
fn w_6_workspace_seeds_admin_manager_and_public() {
    let workspace = preset("workspace");
    assert_eq!(names(workspace), ["admin", "manager", "public"]);
    assert!(role(workspace, "admin").everything);
    assert_eq!(permissions(role(workspace, "manager")), expand("BOT all; Organization R; Model R"));
    assert_eq!(
        (workspace.owner, workspace.bot_owner, workspace.manage_peers),
        (Ownership::None, Ownership::None, true)
    );
    assert!(workspace.reserved.is_empty());
    assert_eq!(workspace.default_invitation_role, None);
    assert_eq!(workspace.founder_role.as_deref(), Some("admin"));
}

#[test]
fn a_1_a_2_a_3_a_4_a_5_a_6_a_9_agency_has_admins_and_clients() {
    let agency = preset("agency");
    assert_eq!(names(agency), ["Admin", "Client", "public"]);
    let admin = expand(
        "Organization RU; Policy RU; User all; Invitation all; Role all; RoleAssignment all; Permission all; \
         UserPermission RU; Model R; AuditLog R; Partner all; SingleSignOn RU; BOT all",
    );
    let delete = expand("Bot D");
    assert_eq!(permissions(role(agency, "Admin")), admin.difference(&delete).cloned().chain(expand("Bot C")).collect());
    let client = "Bot RU; Flow, TrainingData, Content all; Appearance RU; Playground C; Conversation RU";
    assert_eq!(permissions(role(agency, "Client")), expand(client));
    assert_eq!((role(agency, "Admin").reach, role(agency, "Client").reach), (Reach::Organization, Reach::Bots));
    assert_eq!((agency.owner, agency.bot_owner, agency.manage_peers), (Ownership::None, Ownership::None, true));
    assert_eq!(agency.default_invitation_role.as_deref(), Some("Client"));
}

#[test]
fn t_1_t_2_t_3_t_4_t_5_t_6_t_7_t_8_t_9_t_10_t_11_t_12_t_13_t_14_team_is_the_table() {
    let team = preset("team");
    assert_eq!(names(team), ["Admin", "Member", "public"]);
    let admin: BTreeSet<Permission> =
        expand("Organization R; User RD; Invitation all; Role R; Model R; AuditLog R; BOT all")
            .difference(&expand("Team CUD"))
            .cloned()
            .collect();
    assert_eq!(permissions(role(team, "Admin")), admin);
    let member = "Bot, BotSetting, Flow, TrainingData, Content, Appearance, Publication R; Playground C; Analytics R; \
                  Conversation R";
    assert_eq!(permissions(role(team, "Member")), expand(member));
    let reserved = "Organization DU; Billing all; Policy U; SingleSignOn U; RoleAssignment all; Role CUD; Permission CD; \
                    UserPermission U";
    assert_eq!(team.reserved.iter().cloned().collect::<BTreeSet<_>>(), expand(reserved));
    assert_eq!((team.owner, team.bot_owner, team.manage_peers), (Ownership::One, Ownership::None, false));
    assert_eq!(team.default_invitation_role.as_deref(), Some("Member"));
    assert_eq!(team.former_owner_role.as_deref(), Some("Admin"));
}

#[test]
fn p_1_p_2_p_3_projects_has_owners_and_single_permissions() {
    let projects = preset("projects");
    assert_eq!(names(projects), ["public"]);
    let reserved = "BotSetting U; Bot D; BotOwner U; Organization D; Policy U; SingleSignOn U; Billing U";
    assert_eq!(projects.reserved.iter().cloned().collect::<BTreeSet<_>>(), expand(reserved));
    assert_eq!((projects.owner, projects.bot_owner, projects.manage_peers), (Ownership::One, Ownership::One, false));
    assert_eq!(projects.default_invitation_role, None);
    assert_eq!((projects.words.bot.as_str(), projects.words.bots.as_str()), ("project", "projects"));
}

#[test]
fn w_7_public_is_the_same_in_every_preset() {
    for preset in Preset::all() {
        let public = role(preset, "public");
        assert!(public.public, "{}", preset.key);
        assert_eq!(permissions(public), expand("Publication R; Conversation C"), "{}", preset.key);
    }
}

#[test]
fn g_6_templates_are_offered_in_every_preset() {
    for preset in Preset::all() {
        for (name, expected) in TEMPLATES {
            let template = preset.templates.iter().find(|template| template.name == name).unwrap();
            assert_eq!(permissions(template), expand(expected), "{} in {}", name, preset.key);
        }
    }
}

/// A table that a person can read against the presets' own: role × model × action × relation.
fn table(preset: &Preset) -> String {
    let mut table = String::new();
    for role in preset.roles.iter().chain(&preset.templates) {
        let flags = if role.everything { ", everything" } else { "" };
        writeln!(table, "{} (reach {}{flags})", role.name, role.reach.as_str()).unwrap();
        for model in catalogue::MODELS {
            let has = |action: &&&str| role.permissions.contains(&Permission::new(model.key, action).unwrap());
            let actions: Vec<&str> = model.actions.iter().filter(has).copied().collect();
            if !actions.is_empty() {
                writeln!(table, "  {:<15} {:<28} {}", model.key, actions.join(" "), RELATION.as_str()).unwrap();
            }
        }
    }
    table
}

#[test]
fn w_3_the_relation_of_presets_is_role() {
    assert_eq!(RELATION, Relation::Role);
}

#[test]
fn preset_tables() {
    for preset in Preset::all() {
        insta::assert_snapshot!(format!("preset_{}", preset.key), table(preset));
    }
}

const FIFTH: &str = r#"
key = "school"
owner = "one"
bot_owner = "none"
manage_peers = false
reserved = ["Billing all"]
default_invitation_role = "Pupil"
words = { bot = "tutor", bots = "tutors", owner = "Head", bot_owner = "Tutor owner" }

[[roles]]
name = "Teacher"
permissions = ["Bot CRU", "Content all", "User R"]

[[roles]]
name = "Pupil"
reach = "bots"
permissions = ["Bot R", "Playground C"]

[[roles]]
name = "public"
public = true
permissions = ["Publication R", "Conversation C"]
"#;

#[test]
fn a_fifth_preset_needs_no_program_change() {
    let school = Preset::parse(FIFTH).unwrap();
    assert_eq!(permissions(role(&school, "Teacher")), expand("Bot CRU; Content all; User R"));
    assert_eq!(role(&school, "Pupil").reach, Reach::Bots);
    assert_eq!(school.reserved.iter().cloned().collect::<BTreeSet<_>>(), expand("Billing all"));
    assert_eq!(school.words.bots, "tutors");
}

#[test]
fn a_broken_preset_is_refused_with_a_reason() {
    for (good, bad) in [
        ("Content all", "Contents all"),
        ("User R", "User X"),
        ("Pupil\"\nwords", "Nobody\"\nwords"),
        ("manage_peers = false", "manage_pears = false"),
    ] {
        let broken = FIFTH.replacen(good, bad, 1);
        assert_ne!(broken, FIFTH);
        assert!(Preset::parse(&broken).is_err(), "{bad}");
    }
}
