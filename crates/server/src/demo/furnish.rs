//! What the demo's bots know and understand, and who has talked with them: written for them, kept in `demo/`, a folder a
//! bot.

use rolecall_access::{BotId, UserId};
use rolecall_store::Caller;
use rust_embed::RustEmbed;

use super::{Demo, DemoBot, DemoPerson, acting, visits};
use crate::input::{Input, MaybeInput};
use crate::problem::Problem;
use crate::service::content::import::{Import, ImportOutcome, import_contents};
use crate::service::{self, Result, starter};
use crate::state::App;

#[derive(RustEmbed)]
#[folder = "demo/"]
#[include = "*.md"]
#[include = "*.json"]
struct Files;

/// Gives the bots of the demo what they know, trains them, and publishes those that are live once more, so that visitors
/// see it.
///
/// # Errors
/// If a service refuses, or a file, which is a fault of ours.
pub async fn furnish(app: &App, demo: &Demo) -> Result<()> {
    for organization in &demo.organizations {
        let Some(founder) = organization.people.first() else { continue };
        for bot in &organization.bots {
            fill(app, acting(app, UserId(founder.user_id), &founder.name), bot).await?;
            visit(app, founder, bot).await?;
        }
    }
    Ok(())
}

async fn fill(app: &App, founder: Caller, bot: &DemoBot) -> Result<()> {
    let (id, folder) = (BotId(bot.id), folder(bot));
    let files = starter::files::<Files>(&folder, ".md");
    if !files.is_empty() {
        let import = Import { files, split: true, ..Import::default() };
        let done = import_contents(app, founder.clone(), id, Ok(import)).await?.value;
        let mut pieces = done.files.iter().flat_map(|file| &file.contents);
        if let Some(refused) = pieces.find(|piece| piece.outcome == ImportOutcome::Refused) {
            return Err(Problem::internal(&format!("{}: {}", refused.title, refused.reason)));
        }
    }
    if let Some(body) = starter::lessons::<Files>(&format!("{folder}/intents.json"))? {
        service::training::import_training(app, founder.clone(), id, Input::of(body)).await?;
        service::training::train(app, founder.clone(), id).await?;
    }
    if bot.published {
        service::publication::publish_bot(app, founder, id, MaybeInput::nothing()).await?;
    }
    Ok(())
}

async fn visit(app: &App, founder: &DemoPerson, bot: &DemoBot) -> Result<()> {
    let Some(file) = Files::get(&format!("{}/visits.json", folder(bot))) else { return Ok(()) };
    let talks = serde_json::from_slice(&file.data).map_err(|error| Problem::internal(&error))?;
    visits::hold(app, founder, BotId(bot.id), talks).await
}

fn folder(bot: &DemoBot) -> String {
    bot.name.to_lowercase().replace(' ', "-")
}
