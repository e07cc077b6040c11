//! Pages without a browser: each is there for whoever may see it, and forms keep what was typed.

use scraper::{Html, Selector};

use crate::world::{Answer, World};

fn texts(page: &Answer, selector: &str) -> Vec<String> {
    let document = Html::parse_document(&page.text);
    let selector = Selector::parse(selector).unwrap();
    let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>().trim().to_owned();
    document.select(&selector).map(text).collect()
}

fn value(page: &Answer, selector: &str) -> String {
    let document = Html::parse_document(&page.text);
    let selector = Selector::parse(selector).unwrap();
    document.select(&selector).next().and_then(|field| field.value().attr("value")).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn w_10_w_22_w_25_g_7_pages_are_there_for_an_administrator() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let mei = world.person("Mei");
    let manager = world.role("workspace", "manager");
    let pages = [
        "/acme/bots".to_owned(),
        "/acme/bots/new".to_owned(),
        "/acme/bots/help-desk".to_owned(),
        "/acme/bots/help-desk/access".to_owned(),
        format!("/acme/bots/help-desk/access/{mei}"),
        "/acme/bots/help-desk/settings".to_owned(),
        "/acme/bots/help-desk/delete".to_owned(),
        "/acme/users".to_owned(),
        "/acme/users/new".to_owned(),
        format!("/acme/users/{mei}"),
        format!("/acme/users/{mei}/remove"),
        format!("/acme/users/{mei}/explain"),
        format!("/acme/users/{mei}/explain?bot=&permission=Role%3Acreate"),
        "/acme/invitations".to_owned(),
        "/acme/invitations/new".to_owned(),
        "/acme/roles".to_owned(),
        "/acme/roles/new".to_owned(),
        format!("/acme/roles/{manager}"),
        format!("/acme/roles/{manager}/delete"),
        "/acme/audit-log".to_owned(),
        "/acme/settings".to_owned(),
        "/acme/single-sign-on".to_owned(),
        "/acme/administration".to_owned(),
        "/profile".to_owned(),
    ];
    for path in pages {
        let page = ana.page(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        assert!(!texts(&page, "h1").is_empty(), "{path}");
        // A text that is missing shows its key.
        assert!(!page.text.contains("-title<") && !page.text.contains("{ $"), "{path}");
        // The same page is not there for a stranger or for nobody.
        let stranger = world.sign_in("Finn").await.page(&path).await;
        assert!(stranger.status == 404 || path == "/profile", "{path} for a stranger: {}", stranger.status);
        let nobody = world.anonymous().page(&path).await;
        assert_eq!(nobody.status, 303, "{path} for nobody");
    }
    for (short, long) in
        [("/roles", "/acme/roles"), ("/users", "/acme/users"), ("/", "/acme/bots"), ("/acme", "/acme/bots")]
    {
        assert_eq!(ana.page(short).await.location(), long);
    }
}

#[tokio::test]
async fn w_4_w_5_the_sidebar_is_what_the_map_allows() {
    let world = World::new().await;
    for (first, path, expected) in [
        (
            "Ana",
            "/acme/bots",
            vec![
                "Bots",
                "Users",
                "Invitations",
                "Roles",
                "Access map",
                "Partners",
                "Audit log",
                "Single sign-on",
                "Organization",
                "Team",
                "Guarded hosts",
                "Billing",
            ],
        ),
        ("Mei", "/acme/bots", vec!["Bots", "Organization"]),
        ("Chloe", "/brightside/bots", vec!["Bots"]),
        ("David", "/cobalt/bots", vec!["Bots", "Users", "Invitations", "Roles", "Audit log", "Organization", "Team"]),
        ("Finn", "/cobalt/bots", vec!["Bots"]),
        ("Ines", "/delta/bots", vec!["Projects", "Users", "Access map", "Team"]),
    ] {
        let page = world.sign_in(first).await.page(path).await;
        assert_eq!(texts(&page, ".side-link span:last-child"), expected, "{first}");
    }
}

#[tokio::test]
async fn every_page_shown_in_the_sidebar_opens_and_no_other() {
    let world = World::new().await;
    for organization in &world.demo.organizations {
        for person in &organization.people {
            let client = world.sign_in_as(&person.email, &world.demo.password).await;
            let home = client.page(&format!("/{}/bots", organization.slug)).await;
            let links = |page: &Answer| {
                let document = Html::parse_document(&page.text);
                let selector = Selector::parse(".side-link").unwrap();
                document.select(&selector).map(|link| link.value().attr("href").unwrap().to_owned()).collect::<Vec<_>>()
            };
            for area in ["bots", "users", "invitations", "roles", "audit-log", "settings"] {
                let path = format!("/{}/{area}", organization.slug);
                let opens = client.page(&path).await.status == 200;
                assert_eq!(opens, links(&home).contains(&path), "{} and {path}", person.name);
            }
        }
    }
}

#[tokio::test]
async fn g_7_one_page_leads_to_users_and_roles() {
    let world = World::new().await;
    let page = world.sign_in("Ana").await.page("/acme/administration").await;
    assert_eq!(texts(&page, "main h2"), ["Manage users", "Manage roles"]);
    let ines = world.sign_in("Ines").await.page("/delta/administration").await;
    assert_eq!(texts(&ines, "main h2"), ["Manage users"]);
    assert_eq!(world.sign_in("Mei").await.page("/acme/administration").await.status, 404);
}

#[tokio::test]
async fn lists_are_sorted_by_their_columns() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let page = ana.page("/acme/roles?sort=-name&q=a").await;
    assert_eq!(texts(&page, ".row-name"), ["manager", "admin"]);
    let document = Html::parse_document(&page.text);
    let link = document.select(&Selector::parse("[aria-sort=descending] a").unwrap()).next().unwrap();
    assert_eq!(link.value().attr("href"), Some("/acme/roles?q=a&sort=name"));
    assert_eq!(ana.page("/acme/users?sort=-created_at").await.status, 200);
    assert_eq!(ana.page("/acme/bots?sort=updated_at").await.status, 200);
    assert_eq!(ana.page("/acme/users?sort=password").await.status, 422);
}

#[tokio::test]
async fn p_1_projects_are_called_projects() {
    let world = World::new().await;
    let page = world.sign_in("Dora").await.page("/delta/bots").await;
    assert_eq!(texts(&page, "h1"), ["Projects"]);
    assert!(texts(&page, ".head-actions a")[0].ends_with("New project"));
}

#[tokio::test]
async fn forms_say_what_is_wrong_beside_the_field_and_keep_what_was_typed() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let taken = ana.form("/acme/roles", &[("name", "Manager"), ("reach", "bots")]).await;
    assert_eq!(taken.status, 422);
    assert_eq!(texts(&taken, "#name-error"), ["This name is taken already."]);
    assert_eq!(value(&taken, "#name"), "Manager");
    assert!(value(&taken, "input[name=reach][checked]") == "bots");
    let user = ana.form("/acme/users", &[("name", "Nadia Petrova"), ("email", "nonsense")]).await;
    assert_eq!(value(&user, "#name"), "Nadia Petrova");
    assert_eq!(value(&user, "#email"), "nonsense");
    assert!(!texts(&user, "#email-error").is_empty());
    let wrong = world.anonymous().form("/sign-in", &[("email", "ana@acme.example"), ("password", "x")]).await;
    assert_eq!((wrong.status.as_u16(), value(&wrong, "#email").as_str()), (422, "ana@acme.example"));
    assert!(texts(&wrong, "[role=alert]")[0].contains("E-mail or password is wrong"));
}

#[tokio::test]
async fn names_are_shown_not_interpreted() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let name = "<img src=x onerror=alert(1)>";
    let made = ana.form("/acme/roles", &[("name", name), ("reach", "organization")]).await;
    assert_eq!(made.status, 303);
    let page = ana.page("/acme/roles").await;
    assert!(texts(&page, ".row-name").contains(&name.to_owned()));
    assert!(!page.text.contains(name));
}

#[tokio::test]
async fn w_14_deleting_asks_first_and_says_who_has_it() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let page = ana.page(&format!("/acme/roles/{}/delete", world.role("workspace", "manager"))).await;
    assert!(page.text.contains("2 people have this role"), "{}", page.text);
    assert!(texts(&page, "main li").contains(&"Mei Tanaka".to_owned()));
    assert!(texts(&page, "button.btn-danger").is_empty());
    let role = ana.form("/acme/roles", &[("name", "Unused"), ("reach", "organization")]).await.location().to_owned();
    let page = ana.page(&format!("{role}/delete")).await;
    assert_eq!(texts(&page, "button.btn-danger"), ["Delete role"]);
    let gone = ana.form(&format!("{role}/delete"), &[("version", &value(&page, "input[name=version]"))]).await;
    assert_eq!(gone.location(), "/acme/roles");
    assert_eq!(ana.page(&role).await.status, 404);
}

#[tokio::test]
async fn w_11_search_is_in_the_address() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let page = ana.page("/acme/roles?q=man").await;
    assert_eq!(texts(&page, ".row-name"), ["manager"]);
    assert_eq!(value(&page, "#q"), "man");
    let none = ana.page("/acme/roles?q=%3Cb%3Enothing").await;
    assert_eq!(texts(&none, ".empty-title"), ["Nothing matches “<b>nothing”."]);
}

#[tokio::test]
async fn without_mail_the_link_is_shown_once_to_hand_over() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let role = world.role("workspace", "manager");
    let page = ana.form("/acme/invitations", &[("email", "guest@example.com"), ("role_ids", &role)]).await;
    assert_eq!(page.status, 200);
    let link = value(&page, "#link");
    assert!(link.starts_with("http://localhost:8080/invitations/"), "{link}");
    assert!(!ana.page("/acme/invitations").await.text.contains(&link));
    let path = link.strip_prefix("http://localhost:8080").unwrap();
    let invited = world.anonymous().page(path).await;
    assert!(invited.text.contains("Join Acme"));
    let accepted = world.anonymous().form(path, &[("name", "Guest"), ("password", crate::world::PASSWORD)]).await;
    assert_eq!(accepted.status, 303, "{}", accepted.text);
    assert!(world.anonymous().page("/demo/mail").await.status == 404);
}

#[tokio::test]
async fn a_refused_page_says_what_is_missing_and_nothing_of_what_is_not_there() {
    let world = World::new().await;
    let mei = world.sign_in("Mei").await;
    let ana = world.sign_in("Ana").await;
    let refused = ana.page("/cobalt/users").await;
    let unknown = ana.page("/no-such-place/users").await;
    assert_eq!((refused.status.as_u16(), unknown.status.as_u16()), (404, 404));
    let main = |page: &Answer| texts(page, ".empty-title");
    assert_eq!(main(&refused), main(&unknown));
    // A settings page of an organization that one may read but not change has no form.
    let settings = mei.page("/acme/settings").await;
    assert!(texts(&settings, "form[action='/acme/settings']").is_empty());
    let form = mei.form("/acme/settings", &[("name", "Taken over")]).await;
    assert_eq!(form.status, 403);
    assert!(form.text.contains("You need the permission “Organization: update”"), "{}", form.text);
}

#[tokio::test]
async fn signing_in_leads_back_and_never_elsewhere() {
    let world = World::new().await;
    let redirect = world.anonymous().page("/acme/users?q=mei").await;
    assert_eq!(redirect.location(), "/sign-in?next=%2Facme%2Fusers%3Fq%3Dmei");
    let fields = |next| [("email", "ana@acme.example"), ("password", world.demo.password.as_str()), ("next", next)];
    let back = world.anonymous().form("/sign-in", &fields("/acme/users?q=mei")).await;
    assert_eq!(back.location(), "/acme/users?q=mei");
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        assert_eq!(world.anonymous().form("/sign-in", &fields(elsewhere)).await.location(), "/", "{elsewhere}");
    }
}

#[tokio::test]
async fn the_set_up_form_keeps_what_was_typed_and_signs_in() {
    let world = World::empty().await;
    let link = rolecall_server::service::operator::create_setup_link(&world.app).await.unwrap().unwrap();
    let token = link.split_once("token=").unwrap().1.to_owned();
    let fields = |password: &'static str| {
        [
            ("token", token.clone()),
            ("organization", "Vega".to_owned()),
            ("preset", "team".to_owned()),
            ("name", "Vera Vega".to_owned()),
            ("email", "vera@example.com".to_owned()),
            ("password", password.to_owned()),
        ]
    };
    let send = async |password| {
        let fields = fields(password);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.anonymous().form("/setup", &fields).await
    };
    let weak = send("short").await;
    assert_eq!(weak.status, 422);
    assert_eq!(texts(&weak, "#password-error").len(), 1);
    assert_eq!((value(&weak, "#organization"), value(&weak, "#name")), ("Vega".to_owned(), "Vera Vega".to_owned()));
    assert_eq!(value(&weak, "input[name=preset][checked]"), "team");
    assert_eq!(value(&weak, "#password"), "", "passwords are not sent back");
    let done = send(crate::world::PASSWORD).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/"), "{}", done.text);
    let vera = world.with_cookie(&done);
    assert_eq!(vera.page("/").await.location(), "/vega/bots");
    assert!(vera.page("/vega/bots").await.text.contains("No bots yet"));
    assert_eq!(send(crate::world::PASSWORD).await.status, 404);
}

#[tokio::test]
async fn an_invitation_for_another_account_offers_to_sign_in_as_it() {
    let world = World::new().await;
    let (bea, grace) = (world.sign_in("Bea").await, world.sign_in("Grace").await);
    let body = serde_json::json!({ "email": "finn@cobalt.example" });
    let token = bea.post(&world.path("agency", "/invitations"), body).await.token();
    let page = grace.page(&format!("/invitations/{token}")).await;
    assert!(page.text.contains("Sign in with it"), "{}", page.text);
    let document = Html::parse_document(&page.text);
    let link = document.select(&Selector::parse("a.btn-primary").unwrap()).next().unwrap();
    let form = grace.page(link.value().attr("href").unwrap()).await;
    assert_eq!(form.status, 200, "no going round in circles");
    let next = value(&form, "input[name=next]");
    assert_eq!(next, format!("/invitations/{token}"));
    let fields =
        [("email", "finn@cobalt.example"), ("password", world.demo.password.as_str()), ("next", next.as_str())];
    let finn = world.with_cookie(&grace.form("/sign-in", &fields).await);
    let joined = finn.form(&format!("/invitations/{token}"), &[]).await;
    assert_eq!(joined.status, 303, "{}", joined.text);
}

#[tokio::test]
async fn a_theme_and_a_profile_are_kept() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let dark = ana.form("/theme", &[("theme", "dark"), ("back", "/acme/users")]).await;
    assert_eq!(dark.location(), "/acme/users");
    assert!(dark.headers["set-cookie"].to_str().unwrap().starts_with("rolecall_theme=dark;"));
    let wrong = ana.form("/profile", &[("name", "Ana M."), ("time_zone", "Mars/Olympus")]).await;
    assert_eq!((wrong.status.as_u16(), value(&wrong, "#name").as_str()), (422, "Ana M."));
    let saved = ana.form("/profile", &[("name", "Ana M."), ("time_zone", "Asia/Tokyo")]).await;
    assert_eq!(saved.status, 303);
    assert!(ana.page("/profile").await.text.contains("Asia/Tokyo"));
}

#[tokio::test]
async fn w_17_every_permission_has_its_place_in_the_dialog() {
    let world = World::new().await;
    let ana = world.sign_in("Ana").await;
    let role = ana.form("/acme/roles", &[("name", "Fresh"), ("reach", "organization")]).await.location().to_owned();
    let page = ana.page(&role).await;
    let document = Html::parse_document(&page.text);
    for permission in rolecall_access::catalogue::permissions() {
        let (model, action) = (permission.model.as_str(), permission.action.as_str());
        let option = format!("#model-{model} select[name=action] option[value={action}]");
        assert_eq!(document.select(&Selector::parse(&option).unwrap()).count(), 1, "{permission}");
    }
    let relations = |model: &str| {
        let option = Selector::parse(&format!("#model-{model} select[name=relation] option")).unwrap();
        document.select(&option).map(|one| one.value().attr("value").unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(relations("Content"), ["role", "team", "owner"]);
    assert_eq!(relations("User"), ["role", "owner"]);
}

#[tokio::test]
async fn p_9_p_11_each_permission_of_a_project_is_a_switch_with_its_explanation() {
    let world = World::new().await;
    let dora = world.sign_in("Dora").await;
    let emil = world.person("Emil");
    let page = dora.page(&format!("/delta/bots/citizen-services/access/{emil}")).await;
    // Named switches with their explanations; what they do not cover by model; what is the owner's alone not at all.
    let explained = texts(&page, ".switches .form-hint");
    assert!(explained.len() > 14 && explained.iter().all(|text| text.len() > 10), "{explained:?}");
    for reserved in ["BotOwner:update", "Bot:delete", "BotSetting:update"] {
        assert!(!page.text.contains(reserved), "{reserved} is offered");
    }
    let on: Vec<String> = {
        let document = Html::parse_document(&page.text);
        let checked = Selector::parse("input[name=switches][checked]").unwrap();
        document.select(&checked).map(|input| input.value().attr("value").unwrap().to_owned()).collect()
    };
    assert_eq!(on, ["edit-content", "view-team"]);
    // P-11: what a switch needs comes along, without a script too.
    let version =
        dora.get(&format!("/api/v1/bots/{}/team", world.bot("projects", 0))).await.body["version"].to_string();
    let path = format!("/delta/bots/citizen-services/access/{emil}");
    let saved =
        dora.form(&path, &[("version", &version), ("switches", "deploy"), ("switches", "answer-conversations")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let emil = world.sign_in("Emil").await;
    let map = emil.get(&format!("/api/v1/me/permissions?bot={}", world.bot("projects", 0))).await;
    assert_eq!(map.body["permissions"]["Playground"], serde_json::json!(["create"]), "{}", map.text);
    assert_eq!(map.body["permissions"]["Conversation"], serde_json::json!(["read", "update"]), "{}", map.text);
    assert!(map.body["permissions"]["Content"].is_null(), "{}", map.text);
}

#[tokio::test]
async fn whoever_must_sign_in_first_is_led_there() {
    let world = World::new().await;
    for path in ["/profile", "/sign-in/second-factor", "/acme/bots"] {
        let answer = world.anonymous().page(path).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text);
        assert!(answer.location().starts_with("/sign-in"), "{path}: {}", answer.location());
    }
}
