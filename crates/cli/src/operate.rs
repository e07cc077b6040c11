//! What the operator does on the host: organizations and people, whatever anybody's permissions.

use rolecall_server::service::operator::{self, Founder};
use rolecall_server::service::organization::NewOrganizationBody;
use rolecall_server::{App, Database, Problem};
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
        User::RecoveryLink { email, settings } => {
            let app = attach(settings).await?;
            say(&operator::create_recovery_link(&app, &email).await.map_err(explain)?);
        }
    }
    Ok(())
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
    open(settings.config(port)?).await
}

fn explain(problem: Problem) -> String {
    problem.detail
}

#[expect(clippy::print_stdout, reason = "the answer is for the person at the terminal")]
fn say(text: &str) {
    println!("{text}");
}
