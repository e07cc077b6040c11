//! Facebook Messenger as a channel of bots (`Channel`): pages are connected by an account of one's own, paused, removed; what
//! is written to them is taken in, what is said goes out. No transaction is open while Facebook is asked.

mod body;
mod converse;
mod deliver;
mod page;
mod parts;
mod receive;

use rolecall_access::Timestamp;

use crate::auth::secret::Secret;
use crate::problem::Problem;
use crate::service::Result;
use crate::state::App;

pub use body::{MessengerChannelBody, MessengerChannelView, MessengerPageBody, MessengerPageView};
pub use page::{
    MessengerAccountView, add_messenger_page, find_messenger_channel, list_messenger_accounts, list_messenger_pages,
    list_of, remove_messenger_page, update_messenger_page,
};
pub use receive::{is_signed, receive_events, verify_token, verify_webhook};

/// Events and conversations of one look.
const MOST: u32 = 100;
/// Microseconds for which names of what was done are kept: Facebook sends again for a day or two.
const REMEMBERED: i64 = 7 * 24 * 3_600 * 1_000_000;

/// Takes in what came, then sends what is said, until nothing is due.
///
/// # Errors
/// If the database fails; what Facebook refuses is no error.
pub async fn work_due(app: &App) -> Result<()> {
    loop {
        let taken = converse::take_in_due(app).await?;
        let sent = deliver::deliver_due(app).await?;
        if !(taken || sent) || app.stopping.is_cancelled() {
            return Ok(());
        }
    }
}

/// Forgets the names of what was done long ago.
///
/// # Errors
/// If the database fails.
pub async fn forget_old(app: &App) -> Result<u64> {
    Ok(app.store.forget_messenger_events(Timestamp(app.now().0 - REMEMBERED)).await?)
}

/// What a page's token is sealed for.
fn purpose(channel: uuid::Uuid) -> String {
    format!("messenger page {channel}")
}

fn unseal(app: &App, channel: uuid::Uuid, sealed: &[u8]) -> Result<Secret> {
    let plain = app.vault.open(&purpose(channel), sealed)?;
    String::from_utf8(plain).map(Secret::new).map_err(|_| Problem::internal(&"a sealed token is no text"))
}
