//! Wakes whoever works for the channels at which bots answer: something came in, or is to go out.

use std::time::Duration;

use tokio::sync::Notify;

/// The wake.
#[derive(Default)]
pub struct Wake(Notify);

impl Wake {
    /// There is something to do.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    /// Waits until there is, or so long.
    pub async fn wait(&self, at_most: Duration) {
        // Over or woken: either way it is looked.
        let _ = tokio::time::timeout(at_most, self.0.notified()).await;
    }
}
