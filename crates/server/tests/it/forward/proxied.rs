//! A real nginx with the configuration of the documentation, between a browser and a small program.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use axum::Router;
use axum::extract::Request;
use rolecall_server::router::router;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};

use super::{rule, rules};
use crate::world::{Client, World};

const CONFIGURATION: &str = include_str!("../../../proxies/nginx.conf");

/// nginx before the program, listening at a socket of its own.
struct Nginx {
    folder: TempDir,
}

/// What came back: status line and headers, and the body.
struct Got {
    head: String,
    body: String,
}

impl Got {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Tells what it was asked: method and path, then the headers.
async fn program(request: Request) -> String {
    let mut told = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        told += &format!("{name}: {}\n", value.to_str().unwrap());
    }
    told
}

async fn serve(service: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

impl Nginx {
    /// Rolecall, the program, and nginx before it.
    async fn new(world: &World) -> (Self, Client) {
        let trust =
            |config: &mut rolecall_server::Config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        let (app, client) = world.configured(trust);
        let (ours, theirs) = (serve(router(app)).await, serve(Router::new().fallback(program)).await);
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let organization = world.organization("workspace").id.to_string();
        let guarded = CONFIGURATION
            .replace("listen 443 ssl;", &format!("listen unix:{};", socket.display()))
            .lines()
            .filter(|line| !line.contains("ssl_certificate"))
            .collect::<Vec<_>>()
            .join("\n")
            .replace("https://bots.example", "http://bots.example")
            .replace("127.0.0.1:8080", &ours.to_string())
            .replace("127.0.0.1:5000", &theirs.to_string())
            .replace("ORGANIZATION", &organization);
        let text = format!(
            "user root;\npid nginx.pid;\nerror_log error.log;\nevents {{}}\nhttp {{\naccess_log off;\n\
             client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\n\
             scgi_temp_path scgi;\n{guarded}\n}}\n"
        );
        fs::write(folder.path().join("nginx.conf"), text).unwrap();
        let nginx = Self { folder };
        // Its sockets are open before it goes on in the background.
        let begun = nginx.run(&[]);
        assert!(begun.0, "{}", begun.1);
        (nginx, client)
    }

    fn run(&self, more: &[&str]) -> (bool, String) {
        let folder = self.folder.path();
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from).into_iter().find(|path| path.exists());
        let program = program.unwrap_or_else(|| panic!("nginx is not installed: apt-get install nginx"));
        let mut command = Command::new(program);
        command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg(folder.join("error.log"));
        let output = command.args(more).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    async fn send(&self, first: &str, headers: &[(&str, &str)]) -> Got {
        let mut stream = UnixStream::connect(self.folder.path().join("socket")).await.unwrap();
        let mut text = format!("{first} HTTP/1.1\r\nHost: bots.example\r\nConnection: close\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Got { head: head.to_owned(), body: body.to_owned() }
    }

    /// A browser goes there.
    async fn browse(&self, path: &str, cookie: &str) -> Got {
        let headers = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Cookie", cookie)];
        self.send(&format!("GET {path}"), &headers).await
    }

    /// The ticket of whoever is signed in, by the whole way from the host to the sign-in page and back.
    async fn sign_in(&self, person: &Client) -> String {
        let sent = self.browse("/admin?tab=1", "theme=dark").await;
        assert_eq!(sent.status(), 302, "{}", sent.head);
        let held = sent.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let to = sent.header("location").unwrap().strip_prefix("http://localhost:8080").unwrap().to_owned();
        let page = person.page(&to).await;
        let back = page.headers["refresh"].to_str().unwrap().strip_prefix("0; url=http://bots.example").unwrap();
        let returned = self.browse(back, &format!("theme=dark; {held}")).await;
        assert_eq!((returned.status(), returned.header("location")), (302, Some("http://bots.example/admin?tab=1")));
        returned.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.run(&["-s", "stop"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_guards_a_program_that_knows_nothing_of_it() {
    let world = World::new().await;
    rules(&world).await;
    let (nginx, client) = Nginx::new(&world).await;
    let ana = client.with(&world.sign_in("Ana").await);
    let ticket = nginx.sign_in(&ana).await;
    let passed = nginx.browse("/admin?tab=1", &format!("a=1; {ticket}; b=2")).await;
    assert_eq!(passed.status(), 200, "{}", passed.head);
    assert!(passed.body.contains("GET /admin?tab=1\n"), "{}", passed.body);
    assert!(passed.body.contains(&format!("remote-user: {}\n", world.person("Ana"))), "{}", passed.body);
    // The program sees its own cookies and none of ours.
    assert!(passed.body.contains("cookie: a=1; b=2\n"), "{}", passed.body);
    for alone in [&ticket, &format!("a=1; {ticket}"), &format!("{ticket}; b=2")] {
        let passed = nginx.browse("/", alone).await;
        assert_eq!(passed.status(), 200, "{}", passed.head);
        assert!(!passed.body.contains("rolecall"), "{}", passed.body);
    }
    // Headers of the client's own: who it is, what it asks.
    let spoofed = [
        ("Cookie", ticket.as_str()),
        ("Remote-User", "root"),
        ("Remote-Groups", "admin"),
        ("X-Original-URL", "http://bots.example/open"),
        ("X-Forwarded-Uri", "/open"),
        ("X-Forwarded-Method", "GET"),
    ];
    let passed = nginx.send("GET /", &spoofed).await;
    assert_eq!(passed.status(), 200, "{}", passed.head);
    assert!(!passed.body.contains("root") && !passed.body.contains("x-original-url"), "{}", passed.body);
    // A session that ends takes the ticket along.
    assert_eq!(ana.delete("/api/v1/session").await.status, 204);
    assert_eq!(nginx.browse("/", &ticket).await.status(), 302);
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_lets_nobody_else_pass() {
    let world = World::new().await;
    rules(&world).await;
    rule(&world, json!({ "host": "open.example", "model": "Policy", "action": "read" })).await;
    let (nginx, client) = Nginx::new(&world).await;
    let admin = world.sign_in("Ana").await;
    // A program is told so; a page's request too.
    assert_eq!(nginx.send("GET /", &[]).await.status(), 401);
    assert_eq!(nginx.send("POST /", &[("Accept", "text/html"), ("Content-Length", "0")]).await.status(), 401);
    // Somebody of another organization, and a member who may less.
    let carla = nginx.sign_in(&client.with(&world.sign_in("Carla").await)).await;
    assert_eq!(nginx.browse("/", &carla).await.status(), 403);
    let mei = nginx.sign_in(&client.with(&world.sign_in("Mei").await)).await;
    assert_eq!((nginx.browse("/", &mei).await.status(), nginx.browse("/admin", &mei).await.status()), (200, 403));
    // However `/admin` is written, and whatever host is named.
    for path in [
        "/%61dmin",
        "/./admin",
        "//admin",
        "/x/../admin",
        "/x/..%2fadmin",
        "/%2e/admin",
        "/Admin",
        "/admin/",
        "/admin;x=1",
        "http://open.example/admin",
        "/admin%20",
        "/admin.",
    ] {
        let got = nginx.browse(path, &mei).await;
        assert!([400, 403].contains(&got.status()), "{path}: {} {}", got.head, got.body);
    }
    let hosted = nginx.send("GET /admin", &[("Cookie", &mei), ("X-Forwarded-Host", "open.example")]).await;
    assert_eq!(hosted.status(), 403);
    let overridden = nginx.send("GET /", &[("Cookie", &mei), ("X-HTTP-Method-Override", "DELETE")]).await;
    assert_eq!(overridden.status(), 403);
    // Suspended: at once.
    let member = world.path("workspace", &format!("/users/{}", world.person("Mei")));
    assert_eq!(admin.patch(&member, json!({ "status": "suspended" })).await.status, 200);
    assert_eq!(nginx.browse("/", &mei).await.status(), 403);
}

/// The documentation shows the very files that are tried here and shown in the console.
#[test]
fn the_documentation_shows_what_is_tried() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(folder.join("../../docs/forward-auth.md")).unwrap();
    for file in ["nginx.conf", "Caddyfile", "traefik.yml"] {
        let shown = fs::read_to_string(folder.join("proxies").join(file)).unwrap();
        assert!(text.contains(shown.trim_end()), "docs/forward-auth.md does not show proxies/{file} as it is");
    }
}
