//! What proxies say and who passes, spoken as nginx, Traefik and Caddy speak; the way by the sign-in page.

use serde_json::json;

use super::{ASKED, forwarding, nginx, proxy, rule, rules};
use crate::world::{Answer, Client, World};

const HOST: &str = "bots.example";

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", answer.headers)).to_str().unwrap()
}

#[tokio::test]
async fn who_may_passes_and_the_program_is_told_who_it_is() {
    let world = World::new().await;
    rules(&world).await;
    let (ana, proxy) = (world.sign_in("Ana").await, proxy(&world));
    for asks in [nginx(&proxy, "GET", "http://bots.example/admin"), forwarding(&proxy, "GET", HOST, "/admin")] {
        let passed = asks.with(&ana).get(ASKED).await;
        assert_eq!(passed.status, 200, "{}", passed.text);
        assert_eq!(header(&passed, "remote-user"), world.person("Ana"));
        assert_eq!(header(&passed, "x-rolecall-user"), world.person("Ana"));
        assert!(header(&passed, "remote-email").starts_with("ana"), "{:?}", passed.headers);
        assert!(header(&passed, "remote-groups").contains("admin"), "{:?}", passed.headers);
        // Nobody: a program is told so, a browser is led to sign in.
        assert_eq!(asks.get(ASKED).await.status, 401);
    }
    // Another organization's person; a method that no rule is for; a host that nobody guards.
    let carla = world.sign_in("Carla").await;
    assert_eq!(nginx(&proxy, "GET", "http://bots.example/").with(&carla).get(ASKED).await.status, 403);
    assert_eq!(nginx(&proxy, "GET", "http://other.example/").with(&ana).get(ASKED).await.status, 403);
    assert_eq!(nginx(&proxy, "GET", "http://bots.example:8443/").with(&ana).get(ASKED).await.status, 403);
    // The proxy says whose rules it means.
    let whose = |preset: &str| format!("{ASKED}?organization={}", world.organization(preset).id);
    let asks = nginx(&proxy, "GET", "http://bots.example/").with(&ana);
    assert_eq!(asks.get(&whose("workspace")).await.status, 200);
    assert_eq!(asks.get(&whose("team")).await.status, 403);
    assert_eq!(asks.get(&format!("{ASKED}?organization=none")).await.status, 403);
    // A suspended member is out at once, and the log says who tried.
    let (mei, mei_id) = (world.sign_in("Mei").await, world.person("Mei"));
    assert_eq!(nginx(&proxy, "GET", "http://bots.example/").with(&mei).get(ASKED).await.status, 200);
    let member = world.path("workspace", &format!("/users/{mei_id}"));
    assert_eq!(ana.patch(&member, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(nginx(&proxy, "GET", "http://bots.example/").with(&mei).get(ASKED).await.status, 403);
    let log = ana.get(&world.path("workspace", "/audit-events?outcome=denied")).await;
    assert!(log.text.contains("Flow"), "{}", log.text);
}

#[tokio::test]
async fn keys_pass_as_far_as_their_scope_and_other_bearers_are_the_programs() {
    let world = World::new().await;
    rules(&world).await;
    let (ana, proxy) = (world.sign_in("Ana").await, proxy(&world));
    let asks = |client: &Client, secret: &str| client.header("authorization", format!("Bearer {secret}"));
    let scope = json!([{ "model": "Flow", "action": "read" }]);
    let keys = format!("/api/v1/bots/{}/api-keys", world.bot("workspace", 0));
    let key = ana.post(&keys, json!({ "name": "Pipeline, nightly", "scope": scope })).await;
    let secret = key.body["secret"].as_str().unwrap().to_owned();
    let passed = asks(&nginx(&proxy, "GET", "http://bots.example/"), &secret).get(ASKED).await;
    assert_eq!(passed.status, 200, "{}", passed.text);
    assert_eq!(header(&passed, "remote-user"), format!("key:{}", key.id()));
    assert_eq!(header(&passed, "remote-name"), "Pipeline%2C nightly");
    assert_eq!(asks(&nginx(&proxy, "GET", "http://bots.example/admin"), &secret).get(ASKED).await.status, 403);
    // A key that is not good is nobody's, whoever is signed in beside.
    let bad = asks(&nginx(&proxy, "GET", "http://bots.example/"), "rck_none").with(&ana).get(ASKED).await;
    assert_eq!(bad.status, 401);
    // What is for the program behind the proxy is not for us.
    let own = asks(&nginx(&proxy, "GET", "http://bots.example/"), "eyJhbGciOi").with(&ana).get(ASKED).await;
    assert_eq!(own.status, 200);
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed_and_only_in_its_own_words() {
    let world = World::new().await;
    rules(&world).await;
    let (ana, proxy) = (world.sign_in("Ana").await, proxy(&world));
    let url = "http://bots.example/";
    assert_eq!(nginx(&proxy, "GET", url).with(&ana).get(ASKED).await.status, 200);
    assert_eq!(nginx(&proxy.from("192.0.2.1"), "GET", url).with(&ana).get(ASKED).await.status, 403);
    assert_eq!(nginx(&world.anonymous().from("127.0.0.1"), "GET", url).with(&ana).get(ASKED).await.status, 403);
    let good = nginx(&proxy, "GET", url).with(&ana);
    let spoofed = [
        proxy.with(&ana),
        proxy.with(&ana).header("x-original-url", url),
        proxy.with(&ana).header("x-original-method", "GET"),
        nginx(&proxy, "get", url).with(&ana),
        // Two of one, and one proxy's words beside another's.
        good.header("x-original-url", "http://bots.example/admin"),
        good.header("x-original-method", "POST"),
        good.header("x-forwarded-uri", "/"),
        good.header("x-forwarded-method", "GET"),
        forwarding(&proxy, "GET", HOST, "/").with(&ana).header("x-original-url", url),
        forwarding(&proxy, "GET", "bots.example, bots.example", "/").with(&ana),
        forwarding(&proxy, "GET", HOST, "http://bots.example/").with(&ana),
        // By what some programs take a request for another one.
        good.header("x-http-method-override", "DELETE"),
        good.header("x-rewrite-url", "/admin"),
    ];
    for client in spoofed {
        let answer = client.get(ASKED).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
    }
    for path in
        ["/%2e%2e/admin", "/x/..%2fadmin", "//admin", "/x/../admin", "/Admin", "/x;/admin", "/%2fadmin", "/admin%00"]
    {
        let answer = nginx(&proxy, "GET", &format!("http://bots.example{path}")).with(&ana).get(ASKED).await;
        assert_eq!(answer.status, 403, "{path}");
    }
}

#[tokio::test]
async fn what_anybody_may_needs_nobody_signed_in() {
    let world = World::new().await;
    let bots = &world.organization("workspace").bots;
    let open = bots.iter().find(|bot| bot.published).unwrap().id.to_string();
    rule(&world, json!({ "host": HOST, "path": "/chat", "model": "Conversation", "action": "create", "bot_id": open }))
        .await;
    let proxy = proxy(&world);
    let passed = forwarding(&proxy, "POST", HOST, "/chat/messages").get(ASKED).await;
    assert_eq!((passed.status.as_u16(), header(&passed, "remote-user")), (200, "anonymous"));
    let carla = world.sign_in("Carla").await;
    let passed = forwarding(&proxy, "GET", HOST, "/chat").with(&carla).get(ASKED).await;
    assert_eq!((passed.status.as_u16(), header(&passed, "remote-user")), (200, "anonymous"), "a stranger is anybody");
}

fn cookie(answer: &Answer) -> String {
    header(answer, "set-cookie").split(';').next().unwrap().to_owned()
}

/// Where the page leads on to.
fn led(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    header(answer, "refresh").strip_prefix("0; url=").unwrap().to_owned()
}

/// A browser at a guarded host, by Traefik.
fn browser(proxy: &Client, uri: &str) -> Client {
    forwarding(proxy, "GET", HOST, uri).header("accept", "text/html").header("sec-fetch-mode", "navigate")
}

fn below(url: &str) -> String {
    url.strip_prefix("http://bots.example").unwrap_or_else(|| panic!("leads elsewhere: {url}")).to_owned()
}

/// Begins at the guarded host: what the browser holds then, and our address that it is led to.
async fn begin(proxy: &Client, uri: &str) -> (String, String) {
    let sent = browser(proxy, uri).get(ASKED).await;
    assert_eq!(sent.status, 302, "{}", sent.text);
    let to = sent.location().strip_prefix("http://localhost:8080").unwrap().to_owned();
    (cookie(&sent), to)
}

#[tokio::test]
async fn a_browser_signs_in_and_comes_back_with_a_ticket_for_that_host_alone() {
    let world = World::new().await;
    rules(&world).await;
    let (proxy, ana) = (proxy(&world), world.sign_in("Ana").await);
    let (held, to) = begin(&proxy, "/admin?tab=1").await;
    // Signed out: first the sign-in page, which leads back here.
    let first = world.anonymous().page(&to).await;
    assert!(first.location().starts_with("/sign-in?next=%2Fsign%2Din%2Fforward"), "{}", first.location());
    let back = led(&ana.page(&to).await);
    let browser_back = |cookie: &str| browser(&proxy, &below(&back)).holding(cookie);
    // Another browser (that of somebody who was sent the link) gets nothing, and the code is used up by its try.
    let other = begin(&proxy, "/").await.0;
    let bare = browser_back(&other).get(ASKED).await;
    assert_eq!((bare.status.as_u16(), bare.location()), (302, "http://bots.example/admin?tab=1"));
    assert!(!bare.headers.contains_key("set-cookie"), "no ticket in a browser that did not begin");
    assert_eq!(browser_back(&held).get(ASKED).await.status, 403, "a code is good once");
    let without = led(&ana.page(&to).await);
    assert_eq!(browser(&proxy, &below(&without)).get(ASKED).await.status, 403, "without cookies there is no way");
    let back = led(&ana.page(&to).await);
    let returned = browser(&proxy, &below(&back)).holding(held.clone()).get(ASKED).await;
    assert_eq!((returned.status.as_u16(), returned.location()), (302, "http://bots.example/admin?tab=1"));
    let ticket = cookie(&returned);
    assert!(ticket.starts_with("rolecall_guard=t."), "{ticket}");
    assert_eq!(browser(&proxy, &below(&back)).holding(held).get(ASKED).await.status, 403, "a code is good once");
    let passed = browser(&proxy, "/admin?tab=1").holding(ticket.clone()).get(ASKED).await;
    assert_eq!((passed.status.as_u16(), header(&passed, "remote-user")), (200, world.person("Ana").as_str()));
    // Another tab that was on its way is led to where it wanted to go.
    let tab = led(&ana.page(&to).await);
    let second = browser(&proxy, &below(&tab)).holding(ticket.clone()).get(ASKED).await;
    assert_eq!((second.status.as_u16(), second.location()), (302, "http://bots.example/admin?tab=1"));
    // The ticket is nothing to Rolecall itself, under whatever name, nor at another host.
    let secret = ticket.rsplit('.').next().unwrap();
    for cookie in [ticket.clone(), format!("rolecall_session={secret}")] {
        assert_eq!(world.anonymous().holding(cookie).get("/api/v1/me").await.status, 401);
    }
    rule(&world, json!({ "host": "other.example", "model": "Policy", "action": "read" })).await;
    let elsewhere = forwarding(&proxy, "GET", "other.example", "/").holding(ticket.clone()).get(ASKED).await;
    assert_eq!(elsewhere.status, 401);
    // It ends with the session.
    assert_eq!(ana.delete("/api/v1/session").await.status, 204);
    assert_eq!(browser(&proxy, "/admin").holding(ticket).get(ASKED).await.status, 302);
}

#[tokio::test]
async fn the_sign_in_page_leads_to_guarded_hosts_alone() {
    let world = World::new().await;
    rules(&world).await;
    let (proxy, ana) = (proxy(&world), world.sign_in("Ana").await);
    let (_, to) = begin(&proxy, "/").await;
    let challenge = to.split("challenge=").nth(1).unwrap().to_owned();
    for target in [
        "http://evil.example/",
        "//evil.example/",
        "http://bots.example@evil.example/",
        "http://bots.example:81/",
        "http://bots.example.evil.example/",
        "javascript:alert(1)",
        "http://bots.example/a/../b",
        "http://bots.example\\@evil.example/",
    ] {
        let target: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        let page = ana.page(&format!("/sign-in/forward?to={target}&challenge={challenge}")).await;
        assert_eq!(page.status, 404, "{target}: {}", page.text);
        assert!(!page.headers.contains_key("refresh"));
    }
    let page = ana.page("/sign-in/forward?to=http%3A%2F%2Fbots.example%2F&challenge=short").await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn a_code_ends_after_a_minute_and_a_ticket_with_an_idle_session() {
    let world = World::new().await;
    rules(&world).await;
    let (proxy, ana) = (proxy(&world), world.sign_in("Ana").await);
    let (held, to) = begin(&proxy, "/").await;
    let back = below(&led(&ana.page(&to).await));
    world.pass(61);
    assert_eq!(browser(&proxy, &back).holding(held.clone()).get(ASKED).await.status, 403);
    let back = below(&led(&ana.page(&to).await));
    let ticket = cookie(&browser(&proxy, &back).holding(held).get(ASKED).await);
    assert_eq!(browser(&proxy, "/").holding(ticket.clone()).get(ASKED).await.status, 200);
    world.pass(25 * 3600);
    assert_eq!(browser(&proxy, "/").holding(ticket).get(ASKED).await.status, 302);
}

#[tokio::test]
async fn a_required_second_factor_is_required_at_guarded_hosts_too() {
    let world = World::new().await;
    rules(&world).await;
    let (proxy, ana) = (proxy(&world), world.sign_in("Ana").await);
    let policies = world.path("workspace", "/policies");
    assert_eq!(ana.patch(&policies, json!({ "require_second_factor": true })).await.status, 200);
    let refused = browser(&proxy, "/").with(&ana).get(ASKED).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("two-factor") && refused.text.starts_with("<!doctype html>"), "{}", refused.text);
}

/// With https nothing is guarded without it, and cookies say so.
#[tokio::test]
async fn over_https_cookies_are_the_hosts_own() {
    let world = World::new().await;
    let made = json!({ "host": HOST, "model": "Policy", "action": "read" });
    rule(&world, made).await;
    let secure = world.with_config(|config| {
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.public_url = "https://rolecall.example".parse().unwrap();
    });
    let proxy = secure.from("127.0.0.1").header("accept", "text/html");
    let sent = nginx(&proxy, "GET", "https://bots.example/").get(ASKED).await;
    assert_eq!(sent.status, 401, "nginx takes no redirect");
    assert!(header(&sent, "x-rolecall-redirect").starts_with("https://rolecall.example/sign-in/forward?to=https"));
    let set = header(&sent, "set-cookie");
    assert!(
        set.starts_with("__Host-rolecall_guard=p.") && set.contains("; Secure") && set.contains("; HttpOnly"),
        "{set}"
    );
    assert_eq!(nginx(&proxy, "GET", "http://bots.example/").get(ASKED).await.status, 403);
}
