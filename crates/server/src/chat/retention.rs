//! Conversations that have been quiet for longer than their bot's settings say are deleted.

use rolecall_store::Caller;

use crate::problem::Problem;
use crate::service::publication::draft;
use crate::state::App;

/// Microseconds of a day.
const DAY: i64 = 24 * 3_600 * 1_000_000;

/// Deletes what is due; how many conversations.
///
/// # Errors
/// If the database fails.
pub async fn delete_due(app: &App) -> Result<u64, Problem> {
    let now = app.now();
    let mut deleted = 0;
    for (bot, settings) in app.store.list_bot_settings().await? {
        let Some(days) = draft::settings(settings.as_deref()).retention_days else { continue };
        let before = rolecall_access::Timestamp(now.0 - i64::from(days) * DAY);
        while app.store.has_quiet_conversations(bot, before).await? {
            let mut change = app.store.change(Caller::operator(now)).await?;
            deleted += change.delete_quiet_conversations(bot, before, days).await?;
            change.commit().await?;
        }
    }
    Ok(deleted)
}
