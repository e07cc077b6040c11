//! Writing: one transaction that locks, is guarded, audited, numbered, committed and published, in that
//! order. There is no other way to change a fact.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use rolecall_access::guards;
use rolecall_access::{Actor, OrganizationId, Permission, Revision, Scope, Unit, Update};
use tokio::sync::OwnedMutexGuard;

use crate::access::Access;
use crate::audit::{self, AuditEntry};
use crate::authorize::{Action, Authorized, Resource, allows};
use crate::error::{Result, StoreError};
use crate::facts;
use crate::feed;
use crate::ids::new_id;
use crate::news::News;
use crate::preview::with_times;
use crate::resource::{Account, SessionId};
use crate::sql::query;
use crate::store::Store;

/// A writing transaction. Dropping it without [`Change::commit`] undoes everything.
pub struct Change {
    access: Access,
    store: Store,
    units: BTreeSet<Unit>,
    locked: BTreeSet<OrganizationId>,
    using: Vec<(Scope, Permission)>,
    events: Vec<AuditEntry>,
    ended_sessions: Vec<SessionId>,
    behalf: Option<Actor>,
    _writer: OwnedMutexGuard<()>,
}

/// A committed change, as told to whoever follows (event streams).
#[derive(Clone, Debug)]
pub struct Published {
    /// Its revision.
    pub revision: Revision,
    /// The units of facts that changed.
    pub units: Vec<Unit>,
    /// The lists that look different now: organization and model.
    pub lists: BTreeSet<(OrganizationId, String)>,
    /// Sessions that ended.
    pub ended_sessions: Vec<SessionId>,
    /// Whether more happened than this says: whoever follows looks at everything.
    pub missed: bool,
}

impl Published {
    /// Something happened, and nobody knows what.
    pub(crate) const fn missed(revision: Revision) -> Self {
        Self { revision, units: Vec::new(), lists: BTreeSet::new(), ended_sessions: Vec::new(), missed: true }
    }
}

impl Deref for Change {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut Access {
        &mut self.access
    }
}

impl Change {
    pub(crate) fn begin(store: Store, access: Access, writer: OwnedMutexGuard<()>) -> Self {
        Self {
            access,
            store,
            units: BTreeSet::new(),
            locked: BTreeSet::new(),
            using: Vec::new(),
            events: Vec::new(),
            ended_sessions: Vec::new(),
            behalf: None,
            _writer: writer,
        }
    }

    /// The record, if the caller may do `A` with it now; locks its organization first.
    ///
    /// # Errors
    /// [`Denied`](crate::Denied) if there is none, or the caller may not.
    pub async fn require<R: Resource, A: Action>(&mut self, id: R::Id) -> Result<Authorized<R, A>> {
        let authorized = self.access.require::<R, A>(id).await?;
        let place = R::place(authorized.record());
        if A::NAME != "read"
            && let Ok(permission) = Permission::new(R::MODEL, A::NAME)
        {
            self.using.push((place.scope, permission));
        }
        self.refuse_what_comes_from_a_provider(R::MODEL, A::NAME, place.scope)?;
        Ok(authorized)
    }

    /// Where single sign-on is on, roles, who has them and who is active are not changed here (W-24); the operator may,
    /// to let somebody back in.
    fn refuse_what_comes_from_a_provider(&self, model: &str, action: &str, scope: Scope) -> Result<()> {
        let Scope::Organization(id) = scope else { return Ok(()) };
        let facts = self.access.directory.organization(id);
        let remote = facts.is_some_and(|facts| facts.policies.comes_from_provider(model, action));
        if remote && self.access.caller.actor != Actor::Operator {
            return Err(StoreError::WrongState(
                "single sign-on is on: roles and who is active come from the identity provider; change them there",
            ));
        }
        Ok(())
    }

    /// Locks the organization's row until the end of the transaction.
    pub(crate) async fn lock(&mut self, organization: OrganizationId) -> Result<()> {
        if self.locked.insert(organization) {
            query("UPDATE organization SET version = version WHERE id = $1")
                .bind(organization.0)
                .execute(self.access.transaction())
                .await?;
        }
        Ok(())
    }

    /// A new id.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub(crate) fn new_id(&self) -> Result<uuid::Uuid> {
        new_id(self.access.caller.now)
    }

    /// Whom the guards take as the maker of the change.
    pub(crate) fn guarded_actor(&self) -> Actor {
        self.behalf.unwrap_or(self.access.caller.actor)
    }

    /// Whether the maker of the change may do this in the organization, as a creation or on any record.
    pub(crate) fn guarded_may(&self, organization: OrganizationId, model: &str, action: &str) -> bool {
        let caller = crate::Caller { actor: self.guarded_actor(), ..self.access.caller.clone() };
        let place = crate::Place { scope: Scope::Organization(organization), owner: None };
        allows(&self.access.directory, &caller, model, action, place)
    }

    /// The permissions by which the change is made.
    pub(crate) fn using(&self) -> &[(Scope, Permission)] {
        &self.using
    }

    /// Who gives what this change gives: the inviter for an accepted invitation, else the caller.
    pub(crate) fn given_by(&self) -> Option<uuid::Uuid> {
        match self.guarded_actor() {
            Actor::User(user) => Some(user.0),
            Actor::Key(key) => self.access.directory.key(key).map(|key| key.sponsor.0),
            Actor::Anybody | Actor::Operator => None,
        }
    }

    /// Notes that a unit of facts changes in this transaction.
    pub(crate) fn touch(&mut self, unit: Unit) {
        self.units.insert(unit);
    }

    /// Notes that a session ends with this transaction.
    pub(crate) fn end_session(&mut self, session: SessionId) {
        self.ended_sessions.push(session);
    }

    /// From here on the change is the act of this account's person: they have just proved who they are.
    pub(crate) fn act_as(&mut self, account: &Account) {
        self.access.caller.actor = Actor::User(account.id);
        self.access.caller.name.clone_from(&account.name);
    }

    /// From here on the change is the operator's: a set-up token was redeemed.
    pub(crate) fn act_as_operator(&mut self) {
        self.access.caller.actor = Actor::Operator;
        "set-up".clone_into(&mut self.access.caller.name);
    }

    /// Guards the change as one made by somebody else than the caller: an accepted invitation counts as
    /// its inviter's.
    pub(crate) fn on_behalf_of(&mut self, actor: Actor) {
        self.behalf = Some(actor);
    }

    /// Adds a row to the audit log, written with the change or not at all.
    pub fn audit(&mut self, entry: AuditEntry) {
        self.events.push(entry);
    }

    /// How many audit rows the change has told of so far.
    pub(crate) fn told(&self) -> i64 {
        i64::try_from(self.events.len()).unwrap_or(i64::MAX)
    }

    /// Guards the change, writes audit rows and feed, commits, and publishes it to this node before it
    /// returns its revision.
    ///
    /// # Errors
    /// [`StoreError::Refused`] if a guard refuses it, [`StoreError::Previewed`] if the caller only looks; nothing is
    /// changed then.
    pub async fn commit(mut self) -> Result<Revision> {
        let (touched, mut after) = self.after().await?;
        let guarded = if touched.is_empty() { Ok(()) } else { guards::check(&self.guarded(&touched, &after)) };
        if let Some(slot) = self.access.caller.preview.clone() {
            // As it is for everybody else until this is committed.
            let times = with_times(&mut self.store.pool.read().await?).await?;
            slot.fill(self.access.preview(&touched, &after, guarded.err(), &times).await?);
            return Err(StoreError::Previewed);
        }
        guarded?;
        let lists = audit::lists(&self.events);
        audit::append(&mut self.access, std::mem::take(&mut self.events)).await?;
        let revision = if touched.is_empty() {
            self.access.directory.revision()
        } else {
            // INVARIANT: taken last, from one locked row: revision order is commit order, without gaps.
            {
                let now = self.access.caller.now;
                feed::append(self.access.transaction(), now, &touched).await?
            }
        };
        let Self { mut access, store, ended_sessions, _writer, .. } = self;
        let published = Published { revision, units: touched, lists, ended_sessions, missed: false };
        let news = News::of(store.node, &published);
        if !published.units.is_empty() || news.published().is_some() {
            access.transaction.tell(&news).await?;
        }
        // INVARIANT: nobody publishes between this commit and its publication.
        let _publishing = store.publishing().await;
        access.transaction.commit().await?;
        after.set_revision(revision);
        store.publish(after, published);
        Ok(revision)
    }

    async fn after(&mut self) -> Result<(Vec<Unit>, rolecall_access::Directory)> {
        let mut touched = self.units.clone();
        let mut after = rolecall_access::Directory::clone(&self.access.directory);
        for unit in &self.units {
            let update = facts::load(self.access.transaction(), *unit).await?;
            if matches!(update, Update::Remove(_)) {
                // The database took along what leant on it.
                touched.extend(self.access.directory.leaning_on(*unit));
            }
            after.apply(update);
        }
        for unit in touched.difference(&self.units) {
            let update = facts::load(self.access.transaction(), *unit).await?;
            after.apply(update);
        }
        Ok((touched.into_iter().collect(), after))
    }

    fn guarded<'a>(&'a self, touched: &'a [Unit], after: &'a rolecall_access::Directory) -> guards::Change<'a> {
        guards::Change {
            before: &self.access.directory,
            after,
            touched,
            actor: self.guarded_actor(),
            using: &self.using,
            now: self.access.caller.now,
        }
    }
}

impl Store {
    pub(crate) fn publish(&self, after: rolecall_access::Directory, published: Published) {
        self.directory.store(Arc::new(after));
        // Nobody listening is fine.
        let _ = self.published.send(published);
    }
}
