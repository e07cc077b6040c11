//! The chain, verified as it grows: a running server goes on from where it verified last, and begins anew once a day. What
//! it found is kept in memory alone, so nobody with the database can write it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rolecall_access::Timestamp;

use crate::audit::{Broken, Verifier};
use crate::error::Result;
use crate::store::Store;

/// After so many seconds the whole chain is verified again.
const ANEW_SECONDS: i64 = 86_400;

/// How the audit log stood when it was last looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainState {
    /// When it was last verified; none: not yet.
    pub verified_at: Option<Timestamp>,
    /// The last row that was verified.
    pub position: i64,
    /// The first broken row.
    pub broken: Option<Broken>,
}

#[derive(Default)]
struct Watch {
    verifier: Verifier,
    begun_at: Option<Timestamp>,
    state: ChainState,
}

/// What this process knows of the chain.
#[derive(Clone, Default)]
pub(crate) struct Watched(Arc<Mutex<Watch>>);

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Watch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// How the audit log stood when it was last looked at.
    #[must_use]
    pub fn audit_chain(&self) -> ChainState {
        self.watched.lock().state.clone()
    }

    /// Verifies what was appended to the audit log since it was last looked at; once a day everything. A chain that was
    /// found broken stays so until the server is started again.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn watch_audit_chain(&self, now: Timestamp) -> Result<ChainState> {
        let (mut verifier, begun_at) = {
            let watch = self.watched.lock();
            if watch.state.broken.is_some() {
                return Ok(watch.state.clone());
            }
            let anew = watch.begun_at.is_none_or(|begun| begun.plus_seconds(ANEW_SECONDS) <= now);
            if anew { (Verifier::default(), Some(now)) } else { (watch.verifier.clone(), watch.begun_at) }
        };
        let mut broken = self.verify_audit_chain_from(&mut verifier).await?;
        let mut watch = self.watched.lock();
        // Nothing that was there a moment ago is gone, although what is left may be a chain.
        let before = watch.verifier.head();
        if broken.is_none() && verifier.head().position < before.position {
            broken = Some(Broken { position: before.position, at: None, fault: crate::audit::Fault::Replaced });
        }
        watch.state = ChainState { verified_at: Some(now), position: verifier.head().position, broken };
        watch.verifier = verifier;
        watch.begun_at = begun_at;
        Ok(watch.state.clone())
    }
}
