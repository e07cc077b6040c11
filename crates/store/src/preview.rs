//! What a change would do, found by making it: the same code runs to the end, then everything is undone.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rolecall_access::difference::{Comparison, PersonDifference};
use rolecall_access::guards::Refusal;
use rolecall_access::{BotId, Directory, OrganizationId, Scope, Subject, Unit, UserId};
use uuid::Uuid;

use crate::access::Access;
use crate::authorize::{Place, allows};
use crate::caller::Caller;
use crate::error::Result;
use crate::resource::conversation::answers;
use crate::sql::{Transaction, query};

/// The most people whose names are looked up.
const NAMED: usize = 1_000;

/// Where the caller of a preview finds what it showed.
#[derive(Clone, Debug, Default)]
pub struct PreviewSlot(Arc<Mutex<Option<Preview>>>);

impl PreviewSlot {
    /// What the change would do; none if it never came to its end.
    #[must_use]
    pub fn take(&self) -> Option<Preview> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn fill(&self, preview: Preview) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(preview);
    }
}

/// What a change would do, as far as its maker may know.
#[derive(Clone, Debug)]
pub struct Preview {
    /// For whom something differs, by name as far as names were looked up.
    pub people: Vec<PersonDifference>,
    /// Names of people (the first thousand).
    pub names: HashMap<UserId, String>,
    /// Names of bots.
    pub bots: HashMap<BotId, String>,
    /// Bots for whose conversations somebody can be reached now, and nobody after it.
    pub unanswered: Vec<(BotId, String)>,
    /// The guard that refuses it.
    pub refusal: Option<Refusal>,
}

impl Caller {
    /// The same, for a change that is only looked at.
    #[must_use]
    pub fn previewing(&self) -> (Self, PreviewSlot) {
        let slot = PreviewSlot::default();
        (Self { preview: Some(slot.clone()), ..self.clone() }, slot)
    }
}

impl Access {
    /// The preview of the change that leads to `after`.
    pub(crate) async fn preview(
        &mut self,
        touched: &[Unit],
        after: &Directory,
        refusal: Option<Refusal>,
        times: &[(BotId, UserId)],
    ) -> Result<Preview> {
        let before = self.directory().clone();
        let now = self.caller().now;
        let comparison = Comparison { before: &before, after, touched, now };
        let mut people = comparison.differences();
        let touched: BTreeSet<OrganizationId> = people.iter().map(|person| person.organization).collect();
        let unanswered = self.unanswered([&before, after], times, &touched).await?;
        people.retain_mut(|person| known([&before, after], &self.caller, person));
        let mut names = HashMap::new();
        if !people.is_empty() {
            let mut query = query("SELECT id, name FROM account WHERE id IN (");
            query.push_binds(people.iter().take(NAMED).map(|person| person.user.0)).push(")");
            let rows: Vec<(Uuid, String)> = query.fetch_all(self.transaction()).await?;
            names.extend(rows.into_iter().map(|(id, name)| (UserId(id), name)));
        }
        people.sort_by(|one, other| {
            let name = |person: &PersonDifference| names.get(&person.user).map(|name| name.to_lowercase());
            (name(one).is_none(), name(one), one.user).cmp(&(name(other).is_none(), name(other), other.user))
        });
        let mut bots = HashMap::new();
        let mut organizations: Vec<OrganizationId> = people.iter().map(|person| person.organization).collect();
        organizations.sort_unstable();
        organizations.dedup();
        for organization in organizations {
            let rows: Vec<(Uuid, String)> = query("SELECT id, name FROM bot WHERE organization_id = $1")
                .bind(organization.0)
                .fetch_all(self.transaction())
                .await?;
            bots.extend(rows.into_iter().map(|(id, name)| (BotId(id), name)));
        }
        Ok(Preview { people, names, bots, unanswered, refusal })
    }

    /// The bots of these organizations that lose the last person who can be reached, of those the caller reads.
    async fn unanswered(
        &mut self,
        [before, after]: [&Directory; 2],
        times: &[(BotId, UserId)],
        touched: &BTreeSet<OrganizationId>,
    ) -> Result<Vec<(BotId, String)>> {
        let now = self.caller.now;
        let here = |bot: &BotId| after.bot(*bot).is_some_and(|bot| touched.contains(&bot.organization));
        let bots: BTreeSet<BotId> = times.iter().map(|(bot, _)| *bot).filter(here).collect();
        if bots.is_empty() {
            return Ok(Vec::new());
        }
        let later = with_times(self.transaction()).await?;
        let covered = |times: &[(BotId, UserId)], facts: &Directory, bot: BotId| {
            times.iter().any(|(of, user)| *of == bot && answers(facts, bot, *user, now))
        };
        let reads = |bot: BotId| {
            let place = Place { scope: Scope::Bot(bot), owner: before.bot(bot).and_then(|bot| bot.owner) };
            allows(before, &self.caller, "Bot", "read", place)
        };
        let lost = bots.into_iter().filter(|bot| reads(*bot));
        let lost = lost.filter(|bot| covered(times, before, *bot) && !covered(&later, after, *bot));
        let lost: Vec<Uuid> = lost.map(|bot| bot.0).collect();
        let mut query = query("SELECT id, name FROM bot WHERE id IN (");
        query.push_binds(lost).push(") ORDER BY name_folded, id");
        let rows: Vec<(Uuid, String)> = query.fetch_all(self.transaction()).await?;
        Ok(rows.into_iter().map(|(id, name)| (BotId(id), name)).collect())
    }
}

/// Who has set times for which bot's conversations.
pub(crate) async fn with_times(transaction: &mut Transaction) -> Result<Vec<(BotId, UserId)>> {
    let rows: Vec<(Uuid, Uuid)> =
        query("SELECT DISTINCT bot_id, account_id FROM availability_interval").fetch_all(transaction).await?;
    Ok(rows.into_iter().map(|(bot, user)| (BotId(bot), UserId(user))).collect())
}

/// Leaves of the difference what the caller may know; whether anything is left.
fn known([before, after]: [&Directory; 2], caller: &Caller, person: &mut PersonDifference) -> bool {
    let may = |model, scope| allows(before, caller, model, "read", Place { scope, owner: None });
    let own = caller.subject() == Some(Subject::User(person.user));
    if own || may("UserPermission", Scope::Organization(person.organization)) {
        return true;
    }
    // Somebody whom the caller's organization sends to a partner's bot.
    let sent = |bot: BotId| {
        let entries = [before, after].into_iter().filter_map(|directory| directory.entry(bot, person.user));
        let mut through = entries.map(|entry| entry.through);
        through.any(|from| from != person.organization && may("Partner", Scope::Organization(from)))
    };
    let bots = person.scopes().filter_map(|(scope, delta)| match scope {
        Scope::Bot(bot) if may("Team", scope) || sent(bot) => Some((bot, Arc::new(delta.clone()))),
        _ => None,
    });
    let bots: Vec<_> = bots.collect();
    person.bots = bots;
    person.here = Arc::default();
    person.other_bots = Default::default();
    !person.bots.is_empty()
}
