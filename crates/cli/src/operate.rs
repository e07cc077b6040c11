//! What the operator does on the host: organizations and people, whatever anybody's permissions.

use rolecall_server::service::operator::{self, Founder};
use rolecall_server::service::organization::NewOrganizationBody;
use rolecall_server::{App, Check, Database, Finding, Problem};
use serde_json::json;

use crate::options::{Organization, Settings, User};
use crate::serve::open;

/// `rolecall organization …`.
pub async fn organization(command: Organization) -> Result<(), String> {
    match command {
        Organization::Create { name, preset, owner, owner_name, settings } => {
            let app = attach(settings).await?;
            let founder = Founder { email: owner, name: owner_name };
            let body = NewOrganizationBody { name, preset };
            let founded = operator::create_organization(&app, body, founder).await.map_err(explain)?;
            say(&format!(
                "{} is made: {}",
                founded.organization.name,
                app.config.link(&format!("/{}", founded.organization.slug))
            ));
            if let Some(link) = founded.link {
                say(&format!("Its owner chooses a password here, within 20 minutes:\n\n  {link}\n"));
            }
        }
        Organization::TransferOwnership { organization, email, settings } => {
            let app = attach(settings).await?;
            let name = operator::transfer_ownership(&app, &organization, &email).await.map_err(explain)?;
            say(&format!("{name} is now the owner of {organization}."));
        }
        Organization::SetPlan { organization, plan, seats, period_ends, settings } => {
            let app = attach(settings).await?;
            let ends = period_ends.as_deref().map(operator::parse_time).transpose().map_err(explain)?;
            operator::set_plan(&app, &organization, plan, seats, ends).await.map_err(explain)?;
            say(&format!("The plan of {organization} is set."));
        }
        Organization::Restore { organization, settings } => {
            let app = attach(settings).await?;
            let back = operator::restore_organization(&app, &organization).await.map_err(explain)?;
            say(&format!("{} is back.", back.name));
        }
        Organization::List { json, settings } => {
            let app = attach(settings).await?;
            for line in operator::list_organizations(&app).await.map_err(explain)? {
                if json {
                    say(&json!({ "id": line.id.to_string(), "slug": line.slug, "name": line.name, "preset": line.preset, "members": line.members }).to_string());
                } else {
                    say(&format!("{:<24} {:<10} {:>5}  {}", line.slug, line.preset, line.members, line.name));
                }
            }
        }
    }
    Ok(())
}

/// `rolecall messenger`.
pub async fn messenger(settings: Settings) -> Result<(), String> {
    let app = attach(settings).await?;
    say(&format!("Callback URL: {}", app.config.link(rolecall_server::messenger::WEBHOOK)));
    say(&format!("Verify token: {}", rolecall_server::service::messenger::verify_token(&app).reveal()));
    Ok(())
}

/// `rolecall user …`.
pub async fn user(command: User) -> Result<(), String> {
    match command {
        User::List { organization, json, settings } => {
            let app = attach(settings).await?;
            for line in operator::list_users(&app, organization.as_deref()).await.map_err(explain)? {
                let (place, status) = (line.organization.unwrap_or_default(), line.status.unwrap_or_default());
                if json {
                    say(&json!({ "id": line.id.to_string(), "name": line.name, "email": line.email, "verified": line.verified, "organization": place, "status": status }).to_string());
                } else {
                    say(&format!("{:<32} {:<24} {place:<20} {status}", line.email, line.name));
                }
            }
        }
        User::AssignRole { email, organization, role, settings } => {
            let app = attach(settings).await?;
            let name = operator::assign_role(&app, &organization, &email, &role).await.map_err(explain)?;
            say(&format!("{name} has the role {role} now."));
        }
        User::ResetSecondFactor { email, settings } => {
            let app = attach(settings).await?;
            let link = operator::reset_second_factor(&app, &email).await.map_err(explain)?;
            say(&format!("{email} signs in with the password alone from here on, and is signed out everywhere."));
            if let Some(link) = link {
                say(&format!("The password was too short for that; they choose another one at {link}"));
            }
        }
        User::RecoveryLink { email, settings } => {
            let app = attach(settings).await?;
            say(&operator::create_recovery_link(&app, &email).await.map_err(explain)?);
        }
    }
    Ok(())
}

/// `rolecall doctor`.
pub async fn doctor(repair: bool, json: bool, settings: Settings) -> Result<(), String> {
    let app = attach(settings).await?;
    let (findings, repaired) = operator::examine(&app, repair).await.map_err(explain)?;
    let of = |check: Check| findings.iter().filter(move |finding| finding.check == check);
    if json {
        let finding = |finding: &Finding| json!({ "what": finding.what, "advice": finding.advice, "repairable": finding.repairable });
        let check = |check: Check| {
            let found: Vec<_> = of(check).map(finding).collect();
            json!({ "check": check.as_str(), "ok": found.is_empty(), "findings": found })
        };
        let checks: Vec<_> = Check::ALL.into_iter().map(check).collect();
        say(&json!({ "ok": findings.is_empty(), "repaired": repaired, "checks": checks }).to_string());
    } else {
        for check in Check::ALL {
            let well = of(check).next().is_none();
            say(&format!("{} {}", if well { "ok   " } else { "WRONG" }, words(check)));
            for finding in of(check) {
                say(&format!("      {}\n      -> {}", finding.what, finding.advice));
            }
        }
        if repaired > 0 {
            say(&format!("Mended: {repaired}."));
        }
    }
    match findings.iter().filter(|finding| finding.repairable).count() {
        _ if findings.is_empty() => Ok(()),
        0 => Err("something is wrong; see above".to_owned()),
        _ => Err("something is wrong; --repair mends what can be mended here".to_owned()),
    }
}

/// `rolecall doctor --audit`.
pub async fn doctor_audit(json: bool, settings: Settings) -> Result<(), String> {
    let app = attach(settings).await?;
    let (finding, head) = operator::examine_audit_log(&app).await.map_err(explain)?;
    let hash: String = head.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let found = finding.as_ref();
    if json {
        let findings: Vec<_> = found.map(|one| json!({ "what": one.what, "advice": one.advice })).into_iter().collect();
        let end = json!({ "position": head.position, "hash": hash });
        say(&json!({ "ok": found.is_none(), "verified": end, "findings": findings }).to_string());
    } else if let Some(finding) = found {
        say(&format!("WRONG {}", words(Check::Audit)));
        say(&format!("      {}\n      -> {}", finding.what, finding.advice));
    } else {
        let end = if hash.is_empty() { String::new() } else { format!(", the last with the hash {hash}") };
        say(&format!("ok    {}: {} rows{end}", words(Check::Audit), head.position));
    }
    if found.is_some() { Err("the audit log is broken; see above".to_owned()) } else { Ok(()) }
}

fn words(check: Check) -> &'static str {
    match check {
        Check::Integrity => "the database's own structures",
        Check::Orphans => "every row names rows that are there",
        Check::Owners => "every organization and bot is in somebody's hands",
        Check::Directory => "the change feed tells all that a rebuild finds",
        Check::Outbox => "mails go out",
        Check::Audit => "the audit log is as it was written",
    }
}

/// The data that is there; a wrong folder makes no new one.
async fn attach(settings: Settings) -> Result<App, String> {
    let settings = settings.complete()?;
    if let Database::File(file) = settings.database()?
        && !file.exists()
    {
        return Err(format!("there is no database at {}; say where with --data or --database-url", file.display()));
    }
    let port = settings.listen().port();
    // What the operator does here asks no provider: their secrets need not be at hand.
    open(Settings { provider: Vec::new(), ..settings }.config(port)?).await
}

fn explain(problem: Problem) -> String {
    problem.detail
}

#[expect(clippy::print_stdout, reason = "the answer is for the person at the terminal")]
fn say(text: &str) {
    println!("{text}");
}
