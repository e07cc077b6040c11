//! The mirror of rows: who belongs to a scope, in id order, as numbers.

use std::sync::Arc;

use uuid::Uuid;

/// The most that one run holds.
const RUN: usize = 256;

/// Numbers in the order of their ids, in runs: a change copies one run and the list of them.
#[derive(Clone, Default)]
pub(super) struct Roster {
    runs: Option<Arc<Vec<Arc<Vec<u32>>>>>,
}

impl Roster {
    fn runs(&self) -> &[Arc<Vec<u32>>] {
        self.runs.as_deref().map(Vec::as_slice).unwrap_or_default()
    }

    /// The run in which the id is or would be, and its place there.
    fn place(&self, id: Uuid, id_of: &impl Fn(u32) -> Uuid) -> (usize, Result<usize, usize>) {
        // Ids mostly come in order.
        if let Some((last, run)) = self.runs().iter().enumerate().next_back()
            && run.last().is_some_and(|greatest| id_of(*greatest) < id)
        {
            return (last, Err(run.len()));
        }
        let starts_after = |run: &Arc<Vec<u32>>| run.first().is_some_and(|first| id_of(*first) > id);
        let run = self.runs().partition_point(|run| !starts_after(run)).saturating_sub(1);
        let place = self.runs().get(run).map_or(Err(0), |run| run.binary_search_by(|one| id_of(*one).cmp(&id)));
        (run, place)
    }

    /// Adds a number that is not there.
    pub fn add(&mut self, number: u32, id_of: impl Fn(u32) -> Uuid) {
        let (run, place) = self.place(id_of(number), &id_of);
        let Err(place) = place else { return };
        let runs = Arc::make_mut(self.runs.get_or_insert_default());
        let last = run + 1 >= runs.len();
        let Some(found) = runs.get_mut(run) else {
            runs.push(Arc::new(vec![number]));
            return;
        };
        if found.len() < RUN {
            Arc::make_mut(found).insert(place, number);
        } else if last && place == RUN {
            // Full runs stay full.
            runs.push(Arc::new(vec![number]));
        } else {
            let found = Arc::make_mut(found);
            let mut upper = found.split_off(RUN / 2);
            if place <= RUN / 2 {
                found.insert(place, number);
            } else {
                upper.insert(place - RUN / 2, number);
            }
            runs.insert(run + 1, Arc::new(upper));
        }
    }

    /// Takes a number out.
    pub fn remove(&mut self, number: u32, id_of: impl Fn(u32) -> Uuid) {
        let (run, Ok(place)) = self.place(id_of(number), &id_of) else { return };
        let Some(runs) = self.runs.as_mut().map(Arc::make_mut) else { return };
        let Some(found) = runs.get_mut(run) else { return };
        if found.len() > 1 {
            Arc::make_mut(found).remove(place);
        } else {
            runs.remove(run);
        }
        if runs.is_empty() {
            self.runs = None;
        }
    }

    /// The numbers, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.runs().iter().flat_map(|run| run.iter().copied())
    }
}
