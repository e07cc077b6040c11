//! The program as it is started: what it prints, how it ends.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use rolecall_store::Database;
use rolecall_store::scratch::Scratch;

struct Server {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

fn rolecall(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command.args(arguments).env("ROLECALL_LOG", "error");
    command
}

fn run(arguments: &[&str]) -> Output {
    rolecall(arguments).output().unwrap()
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = rolecall(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line_with(&mut self, text: &str) -> String {
        self.lines.by_ref().map(Result::unwrap).find(|line| line.contains(text)).unwrap()
    }

    /// Asks it to stop; the exit code.
    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// An event stream of the first person, just opened.
fn follow(address: &str, demo: &serde_json::Value) -> TcpStream {
    let person = &demo["organizations"][0]["people"][0];
    let body = serde_json::json!({ "email": person["email"], "password": demo["password"] }).to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /api/v1/session HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let organization = demo["organizations"][0]["id"].as_str().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /events?organization={organization} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n")
        .unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    stream
}

fn address(text: &str) -> String {
    text.split("http://").nth(1).unwrap().split('/').next().unwrap().replace("localhost", "127.0.0.1")
}

/// A database, as the command line names it.
struct Place(Scratch, String);

impl Place {
    fn new() -> Self {
        let scratch = tokio::runtime::Runtime::new().unwrap().block_on(Scratch::new()).unwrap();
        let text = match &scratch.database {
            Database::File(file) => file.parent().unwrap().to_str().unwrap().to_owned(),
            Database::Url(url) => url.clone(),
        };
        Self(scratch, text)
    }

    fn option(&self) -> (&'static str, &str) {
        let option = if matches!(self.0.database, Database::File(_)) { "--data" } else { "--database-url" };
        (option, &self.1)
    }
}

#[test]
fn an_empty_database_prints_a_link_and_sigterm_ends_it_cleanly() {
    let database = Place::new();
    let (option, data) = database.option();
    let mut server = Server::start(&["serve", option, data, "--listen", "127.0.0.1:0"]);
    let link = server.line_with("/setup?token=");
    let address = address(&link);
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    let path = link.trim().split_once(&address.replace("127.0.0.1", "localhost")).unwrap().1.to_owned();
    assert!(get(&address, &path).contains("Set up Rolecall"));
    // While it serves, the operator makes an organization, and the server knows it at once.
    let made = run(&[
        "organization",
        "create",
        "--name",
        "Vega",
        "--preset",
        "team",
        "--owner",
        "vera@example.com",
        "--owner-name",
        "Vera Vega",
        option,
        data,
    ]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(String::from_utf8_lossy(&made.stdout).contains("/recover?token="));
    assert!(get(&address, &path).starts_with("HTTP/1.1 404"));
    let list = run(&["organization", "list", "--json", option, data]);
    assert!(String::from_utf8_lossy(&list.stdout).contains("\"slug\":\"vega\""));
    let users = run(&["user", "list", "--organization", "vega", option, data]);
    assert!(String::from_utf8_lossy(&users.stdout).contains("vera@example.com"));
    let link = run(&["user", "recovery-link", "vera@example.com", option, data]);
    assert!(String::from_utf8_lossy(&link.stdout).contains("/recover?token="));
    let reset = run(&["user", "reset-second-factor", "vera@example.com", option, data]);
    assert!(String::from_utf8_lossy(&reset.stdout).contains("signed out everywhere"));
    let nobody = run(&["user", "reset-second-factor", "nobody@example.com", option, data]);
    assert!(!nobody.status.success() && String::from_utf8_lossy(&nobody.stderr).contains("nobody@example.com"));
    assert_eq!(server.stop(), Some(0));
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn t_15_ownership_is_handed_over_by_the_operator_alone() {
    let place = Place::new();
    let (option, data) = place.option();
    if option == "--data" {
        std::fs::create_dir_all(data).unwrap();
    }
    let vega = ["--preset", "team", "--owner", "vera@example.com", "--owner-name", "Vera Vega", option, data];
    let make = [&["organization", "create", "--name", "Vega"], &vega[..]].concat();
    let mut first = Server::start(&["serve", "--listen", "127.0.0.1:0", option, data]);
    first.line_with("/setup?token=");
    assert_eq!(first.stop(), Some(0));
    assert!(run(&make).status.success());
    let other =
        [&["organization", "create", "--name", "Wega"], &vega[..2], &["--owner", "otto@example.com"], &vega[4..]];
    assert!(run(&other.concat()).status.success());
    let hand = |slug: &str, email: &str| run(&["organization", "transfer-ownership", slug, email, option, data]);
    for (slug, email, why) in [
        ("vega", "nobody@example.com", "no confirmed account"),
        ("nowhere", "vera@example.com", "no organization `nowhere`"),
        ("vega", "otto@example.com", "must be an active member"),
        ("vega", "vera@example.com", "own the organization already"),
    ] {
        let refused = hand(slug, email);
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused).contains(why), "{}", text(&refused));
    }
    let join = "INSERT INTO membership (organization_id, account_id, name_folded, email_folded, status, created_at, \
                updated_at) SELECT o.id, a.id, a.name_folded, a.email_folded, 'active', 1, 1 FROM organization o, account a \
                WHERE o.slug = 'vega' AND a.email = 'otto@example.com'";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(place.0.execute(join)).unwrap();
    // Both owners have chosen a password.
    runtime.block_on(place.0.execute("UPDATE account SET password_hash = '$argon2id$…'")).unwrap();
    // Joined past Rolecall: the doctor sees it and tells the feed.
    let sick = run(&["doctor", "--json", option, data]);
    assert_eq!(sick.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&sick.stdout).unwrap();
    assert_eq!(report["checks"][3]["check"], "directory");
    assert_eq!(report["checks"][3]["findings"][0]["repairable"], true, "{report}");
    let mended = run(&["doctor", "--repair", option, data]);
    assert!(mended.status.success() && text(&mended).contains("Mended: 1."), "{}", text(&mended));
    let handed = hand("vega", "otto@example.com");
    assert!(handed.status.success() && text(&handed).contains("is now the owner of vega"), "{}", text(&handed));
    // The former owner stays, as Admin, and is handed more roles by the operator alone.
    let assign = |role: &str| {
        run(&["user", "assign-role", "vera@example.com", "--organization", "vega", "--role", role, option, data])
    };
    assert!(text(&assign("admin")).contains("has that role already"));
    assert!(text(&assign("Boss")).contains("there are: Admin, Member"), "{}", text(&assign("Boss")));
    assert!(text(&assign("member")).contains("Vera Vega has the role member now"));
    let well = run(&["doctor", option, data]);
    assert!(well.status.success(), "{}", text(&well));
    // The audit log alone: where it ends, or which row is the first that is broken.
    let whole = run(&["doctor", "--audit", option, data]);
    assert!(whole.status.success() && text(&whole).contains("the last with the hash"), "{}", text(&whole));
    runtime.block_on(place.0.execute("UPDATE audit_event SET actor_name = 'nobody' WHERE position = 2")).unwrap();
    let broken = run(&["doctor", "--audit", option, data]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(text(&broken).contains("row 2 of the audit log, made at 2"), "{}", text(&broken));
    let report = run(&["doctor", "--audit", "--json", option, data]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!((&report["ok"], &report["verified"]["position"]), (&false.into(), &1.into()), "{report}");
}

#[test]
fn t_12_the_plan_is_the_operators_and_a_deleted_organization_comes_back() {
    let place = Place::new();
    let (option, data) = place.option();
    let mut first = Server::start(&["serve", "--listen", "127.0.0.1:0", option, data]);
    first.line_with("/setup?token=");
    assert_eq!(first.stop(), Some(0));
    let make = [
        "organization",
        "create",
        "--name",
        "Vega",
        "--preset",
        "team",
        "--owner",
        "vera@example.com",
        "--owner-name",
        "Vera Vega",
        option,
        data,
    ];
    assert!(run(&make).status.success());
    let plan = |seats: &str, end: &str| {
        let seats = ["--plan", "Team", "--seats", seats, "--period-ends", end, option, data];
        run(&[&["organization", "set-plan", "vega"], &seats[..]].concat())
    };
    assert!(plan("5", "2027-01-01T00:00:00Z").status.success());
    assert!(!plan("5", "next year").status.success(), "{}", text(&plan("5", "next year")));
    assert!(!plan("many", "2027-01-01T00:00:00Z").status.success());
    let missing = run(&["organization", "set-plan", "nowhere", "--plan", "Team", option, data]);
    assert!(!missing.status.success() && text(&missing).contains("nowhere"), "{}", text(&missing));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let restore = || run(&["organization", "restore", "vega", option, data]);
    assert!(!restore().status.success(), "nothing is deleted: {}", text(&restore()));
    runtime.block_on(place.0.execute("UPDATE organization SET deleted_at = 1 WHERE slug = 'vega'")).unwrap();
    assert!(!text(&run(&["organization", "list", option, data])).contains("vega"));
    let restored = restore();
    assert!(restored.status.success(), "{}", text(&restored));
    assert!(text(&run(&["organization", "list", option, data])).contains("vega"));
}

#[test]
fn wrong_use_says_what_to_do_and_fails() {
    let cases: [(&[&str], &str); 6] = [
        (&["serve", "--database-url", "mysql://localhost/x"], "use postgres"),
        (&["organization", "list", "--data", "/nonexistent"], "there is no database at"),
        (&["serve", "--public-url", "https://example.com/path"], "no path, no query"),
        (&["serve", "--smtp-url", "http://example.com"], "use smtp or smtps"),
        (&["serve", "--config", "/nonexistent.toml"], "/nonexistent.toml"),
        (&["serve", "--colour"], "unexpected argument"),
    ];
    for (arguments, expected) in cases {
        let output = run(arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_names_every_command() {
    let help = String::from_utf8_lossy(&run(&["--help"]).stdout).into_owned();
    for command in ["serve", "demo", "organization", "user"] {
        assert!(help.contains(command), "{command}");
    }
    let serve = String::from_utf8_lossy(&run(&["serve", "--help"]).stdout).into_owned();
    for option in ["--listen", "--public-url", "--data", "--trusted-proxy", "--smtp-url", "ROLECALL_SMTP_URL"] {
        assert!(serve.contains(option), "{option}");
    }
}

#[test]
fn the_demo_prints_one_line_of_json_and_serves() {
    let mut demo = Server::start(&["demo", "--json", "--listen", "127.0.0.1:0"]);
    let line = demo.lines.next().unwrap().unwrap();
    let data: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(data["organizations"].as_array().unwrap().len(), 4);
    let address = address(data["url"].as_str().unwrap());
    assert!(get(&address, "/sign-in").contains("Sign in"));
    let mut stream = follow(&address, &data);
    let id = demo.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    // An open event stream ends with the server, and does not hold it up.
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert_eq!(demo.lines.next().map(Result::unwrap), None, "one line only");
    assert_eq!(demo.child.wait().unwrap().code(), Some(0));
}
