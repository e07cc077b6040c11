//! Work that takes a processor for a while (hashing, pictures, learning), off the request threads: so much at once, so many waiting,
//! the rest is turned away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use crate::problem::{Kind, Problem};

/// Where such work is done. Cheap to clone.
#[derive(Clone)]
pub struct Workshop {
    slots: Arc<Semaphore>,
    inside: Arc<AtomicUsize>,
    room: usize,
    full: &'static str,
}

/// The workshops of a server, beside the one that hashes.
#[derive(Clone)]
pub struct Workshops {
    /// Pictures: one at a time, as each may take some hundred megabytes for a moment.
    pub pictures: Workshop,
    /// How hard passwords are to guess.
    pub strengths: Workshop,
    /// Bots that learn: one at a time, as it takes a core for seconds.
    pub training: Workshop,
    /// Sentences that bots understand.
    pub understanding: Workshop,
}

impl Default for Workshops {
    fn default() -> Self {
        Self {
            pictures: Workshop::new(1, 8, "Too many pictures come in at once. Try again in a moment."),
            strengths: Workshop::new(1, 32, "Too many passwords are looked at at once. Try again in a moment."),
            training: Workshop::new(1, 4, "Many bots are learning just now. Try again in a moment."),
            understanding: Workshop::new(2, 64, "Many sentences are looked at just now. Try again in a moment."),
        }
    }
}

impl Workshop {
    /// One that does so much at once and has room for so many, waiting ones included; `full` is said to others.
    #[must_use]
    pub fn new(at_once: usize, room: usize, full: &'static str) -> Self {
        Self { slots: Arc::new(Semaphore::new(at_once)), inside: Arc::default(), room, full }
    }

    /// Does the work.
    ///
    /// # Errors
    /// 503 if too many wait.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _place = Place::take(self).ok_or_else(|| self.busy())?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|error| Problem::internal(&error))?;
        // The slot goes with the work: a request that is given up does not stop it.
        let work = move || {
            let _slot = slot;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))
    }

    /// Turns away before any work is done where too many wait already.
    ///
    /// # Errors
    /// 503 if so.
    pub fn admit(&self) -> Result<(), Problem> {
        if self.inside.load(Ordering::Acquire) < self.room { Ok(()) } else { Err(self.busy()) }
    }

    fn busy(&self) -> Problem {
        let mut problem = Problem::new(Kind::Unavailable, self.full);
        problem.retry_after = Some(2);
        problem
    }
}

/// A place in the workshop, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(workshop: &'a Workshop) -> Option<Self> {
        let inside = &*workshop.inside;
        if inside.fetch_add(1, Ordering::AcqRel) < workshop.room {
            return Some(Self(inside));
        }
        inside.fetch_sub(1, Ordering::AcqRel);
        None
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_full_workshop_turns_away_and_takes_again() {
        let workshop = Workshop::new(1, 2, "full");
        let (release, wait) = mpsc::channel::<()>();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let first = {
            let workshop = workshop.clone();
            let work = move || {
                let _ = begun.send(());
                wait.recv().is_ok()
            };
            tokio::spawn(async move { workshop.run(work).await })
        };
        begins.await.unwrap();
        let second = workshop.clone();
        let mut second = Box::pin(async move { second.run(|| true).await });
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        let third = workshop.run(|| true).await.map_err(|problem| (problem.kind, problem.retry_after));
        assert_eq!(third, Err((Kind::Unavailable, Some(2))));
        release.send(()).unwrap();
        assert!(matches!(first.await.unwrap(), Ok(true)));
        assert!(matches!(second.await, Ok(true)));
        assert!(matches!(workshop.run(|| true).await, Ok(true)));
    }
}
