//! What is read alike, what is refused, which rule decides.

use rolecall_access::{OrganizationId, Permission, Timestamp};
use rolecall_store::resource::ForwardRule;
use uuid::Uuid;

use super::{Address, Unclear, choose, host, method, path};

#[test]
fn one_address_is_written_in_many_ways() {
    let plain = Address::parse("https://bots.example/admin").unwrap();
    for other in ["https://BOTS.Example/admin", "https://bots.example./admin", "https://bots.example:443/admin"] {
        assert_eq!(Address::parse(other).unwrap(), plain, "{other}");
    }
    let escaped = Address::parse("https://bots.example/%61dmin?next=//evil%2f..").unwrap();
    assert_eq!((escaped.path.as_str(), escaped.target.as_str()), ("/admin", "/%61dmin?next=//evil%2f.."));
    assert_eq!(host("bücher.example", true).unwrap(), "xn--bcher-kva.example");
    assert_eq!(host("[::0001]:8443", true).unwrap(), "[::1]:8443");
    assert_eq!(host("bots.example:443", false).unwrap(), "bots.example:443");
    assert_eq!(path("/%C3%BCber").unwrap(), "/über");
    assert_eq!(Address::parse("https://bots.example").unwrap().path, "/");
}

#[test]
fn what_programs_read_differently_is_refused() {
    use Unclear::{Address as NoAddress, Characters, Escape, Host, Method, Segments};
    let paths = [
        ("/a//b", Segments),
        ("//a", Segments),
        ("/a/../b", Segments),
        ("/a/./b", Segments),
        ("/a/..", Segments),
        ("/%2e%2e/b", Segments),
        ("/.%2E/b", Segments),
        ("/admin.", Segments),
        ("/admin%20", Segments),
        ("/%EF%BC%8E%EF%BC%8E/b", Segments),
        ("/a%EF%BC%8F/b", Segments),
        ("/a%2fb", Escape),
        ("/a%2Fb", Escape),
        ("/a%5cb", Escape),
        ("/%252e%252e/b", Escape),
        ("/a%00b", Escape),
        ("/a%0d%0ab", Escape),
        ("/a%3bb", Escape),
        ("/a%", Escape),
        ("/a%zz", Escape),
        ("/a%c0%ae", Escape),
        ("/a;x=1/b", Characters),
        ("/a\\b", Characters),
        ("/a b", Characters),
        ("a", NoAddress),
        ("", NoAddress),
    ];
    for (text, why) in paths {
        assert_eq!(path(text), Err(why), "{text}");
    }
    for text in [
        "",
        "a b",
        "user@bots.example",
        "bots..example",
        "bots.example:",
        "bots.example:080",
        "0x7f.1",
        "1.2.3",
        "bots.example:99999",
        "[::1",
        "bots.example\\x",
        "a,b",
        "bots.example:1:2",
    ] {
        assert_eq!(host(text, true), Err(Host), "{text}");
    }
    for text in ["ftp://bots.example/", "bots.example/", "HTTPS://bots.example/", "https:/bots.example"] {
        assert_eq!(Address::parse(text), Err(NoAddress), "{text}");
    }
    for text in ["https://bots.example/a#b", "https://bots.example/ü", "https://bots.example/a\u{7f}"] {
        assert_eq!(Address::parse(text), Err(Characters), "{text}");
    }
    for text in ["get", "", "GET POST", "G\u{cb}T"] {
        assert_eq!(method(text), Err(Method), "{text}");
    }
}

fn rule(path: &str, methods: &[&str]) -> ForwardRule {
    ForwardRule {
        id: Uuid::nil(),
        organization: OrganizationId(Uuid::nil()),
        host: "bots.example".to_owned(),
        path: path.to_owned(),
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        permission: Permission::new("Bot", "read").unwrap(),
        bot: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        version: 1,
    }
}

#[test]
fn the_longest_path_decides_and_then_the_method() {
    let rules = [
        rule("/", &[]),
        rule("/admin", &["GET"]),
        rule("/admin", &["PUT", "POST"]),
        rule("/api", &[]),
        rule("/api", &["GET"]),
    ];
    let chosen = |path: &str, method: &str| {
        let rule = choose(&rules, path, method).unwrap();
        rule.map(|rule| format!("{} {}", rule.path, rule.methods.join(",")))
    };
    assert_eq!(chosen("/", "GET").unwrap(), "/ ");
    assert_eq!(chosen("/administrator", "GET").unwrap(), "/ ");
    assert_eq!(chosen("/admin", "GET").unwrap(), "/admin GET");
    assert_eq!(chosen("/admin/", "HEAD").unwrap(), "/admin GET");
    assert_eq!(chosen("/admin/x", "POST").unwrap(), "/admin PUT,POST");
    // What the longest path says nothing of is not left to a shorter one.
    assert_eq!(chosen("/admin/x", "DELETE"), None);
    assert_eq!(chosen("/api/x", "GET").unwrap(), "/api GET");
    assert_eq!(chosen("/api/x", "DELETE").unwrap(), "/api ");
    for path in ["/Admin", "/ADMIN/x", "/ａdmin"] {
        assert_eq!(choose(&rules, path, "GET").err(), Some(Unclear::Case), "{path}");
    }
    assert!(choose(&rules[1..], "/", "GET").unwrap().is_none());
}
