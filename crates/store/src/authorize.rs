//! The one choke point: the only place that makes an [`Authorized`], and the only place that decides
//! between "not there" and "not allowed".
//!
//! A record is fetched *for an action*: `access.require::<Roles, Update>((organization, role))` finds
//! the role, asks the directory whether the caller may update it, and gives the proof or a [`Denied`].
//! For creating and listing, the record is the parent: `require::<In<Roles>, Create>(organization)`.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;

use rolecall_access::effective::Extent;
use rolecall_access::{
    Actor, BotId, Decision, Directory, Name, OrganizationId, Permission, Question, Scope, Subject, UserId,
};

use crate::caller::Caller;
use crate::error::{Result, StoreError};
use crate::freshness::Freshness;
use crate::sql::Transaction;
use crate::store::Store;

/// Where a record lives and who owns it, as decisions need it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The organization or the bot.
    pub scope: Scope,
    /// The record's owner.
    pub owner: Option<UserId>,
}

/// A kind of record that permissions govern.
pub trait Resource: Send + Sync + 'static {
    /// What names one record.
    type Id: Copy + Send + Sync + 'static;
    /// The record.
    type Record: Send + Sync;
    /// The model whose permissions govern it.
    const MODEL: &'static str;

    /// Whether the record stands for a list of others, of which the caller gets those in their extent.
    const LISTS: bool = false;

    /// Finds the record.
    fn find(transaction: &mut Transaction, id: Self::Id) -> impl Future<Output = Result<Option<Self::Record>>> + Send;

    /// Where the record lives.
    fn place(record: &Self::Record) -> Place;

    /// Whether the caller may know of the record: by default, whether they may read it.
    fn readable(record: &Self::Record, directory: &Directory, caller: &Caller) -> bool {
        allows(directory, caller, Self::MODEL, "read", Self::place(record))
    }
}

/// A resource that lives in a parent record (a role in an organization).
pub trait Child: Resource {
    /// What it lives in.
    type Parent: Resource;
}

/// "In its parent": the parent's record, for creating or listing its children of kind `R`.
pub struct In<R>(PhantomData<fn() -> R>);

impl<R: Child> Resource for In<R> {
    type Id = <R::Parent as Resource>::Id;
    type Record = <R::Parent as Resource>::Record;
    const MODEL: &'static str = R::MODEL;
    const LISTS: bool = true;

    fn find(transaction: &mut Transaction, id: Self::Id) -> impl Future<Output = Result<Option<Self::Record>>> + Send {
        R::Parent::find(transaction, id)
    }

    fn place(record: &Self::Record) -> Place {
        R::Parent::place(record)
    }

    fn readable(record: &Self::Record, directory: &Directory, caller: &Caller) -> bool {
        R::Parent::readable(record, directory, caller)
    }
}

/// An action, at type level.
pub trait Action: Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;
}

macro_rules! actions {
    ($($(#[$doc:meta])* $type:ident = $name:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $type;
        impl Action for $type { const NAME: &'static str = $name; }
    )+};
}

actions! {
    /// Create records.
    Create = "create",
    /// List or view.
    Read = "read",
    /// Edit.
    Update = "update",
    /// Delete.
    Delete = "delete",
}

/// A record that the caller may do `A` with. Only this module makes one.
///
/// A write takes the proof, and the right one, or it does not compile:
///
/// ```compile_fail
/// # async fn f(change: &mut rolecall_store::Change, role: rolecall_store::resource::Role) {
/// change.delete_role(&role, None).await; // a record is no proof
/// # }
/// ```
///
/// ```compile_fail
/// # use rolecall_store::{Read, Change, resource::Roles};
/// # async fn f(change: &mut Change, id: <Roles as rolecall_store::Resource>::Id) {
/// let role = change.require::<Roles, Read>(id).await.unwrap();
/// change.delete_role(&role, None).await; // reading is no leave to delete
/// # }
/// ```
///
/// ```
/// # use rolecall_store::{Delete, Change, resource::Roles};
/// # async fn f(change: &mut Change, id: <Roles as rolecall_store::Resource>::Id) {
/// let role = change.require::<Roles, Delete>(id).await.unwrap();
/// change.delete_role(&role, None).await.unwrap();
/// # }
/// ```
pub struct Authorized<R: Resource, A: Action> {
    record: R::Record,
    extent: Extent,
    action: PhantomData<fn() -> A>,
}

impl<R: Resource, A: Action> Authorized<R, A> {
    /// For a list: which of the records in it (all, or the caller's own).
    #[must_use]
    pub fn extent(&self) -> &Extent {
        &self.extent
    }

    /// The record.
    #[must_use]
    pub fn record(&self) -> &R::Record {
        &self.record
    }

    /// Gives up the proof and keeps the record.
    #[must_use]
    pub fn into_record(self) -> R::Record {
        self.record
    }
}

impl<R: Resource, A: Action> Deref for Authorized<R, A> {
    type Target = R::Record;

    fn deref(&self) -> &R::Record {
        &self.record
    }
}

/// Why the caller does not get it.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignInNeeded,
    /// There is no such record, or the caller may not know of it (the two look the same outside).
    #[error("not found")]
    NotFound {
        /// The attempt, where there is a record: for the audit log.
        attempt: Option<Box<Attempt>>,
    },
    /// The organization requires a second factor, which the caller has not given.
    #[error("a second factor is needed here")]
    SecondFactorNeeded,
    /// The caller may read it, but not do this with it.
    #[error("not allowed: {} is missing", .attempt.permission)]
    Forbidden {
        /// What was tried.
        attempt: Box<Attempt>,
    },
}

/// What somebody tried who may not.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The permission that is missing.
    pub permission: Permission,
    /// Where.
    pub scope: Scope,
    /// Why not, and what would help.
    pub decision: Decision,
}

/// Whether the caller may, at this place.
pub(crate) fn allows(directory: &Directory, caller: &Caller, model: &str, action: &str, place: Place) -> bool {
    let Ok(permission) = Permission::new(model, action) else { return false };
    match caller.subject() {
        None => true,
        Some(subject) => {
            let question = Question { subject, permission, scope: place.scope, owner: place.owner };
            directory.allows(&question, caller.now)
        }
    }
}

/// Whether the organization requires a second factor that the caller's session has not given. It is about how they came
/// here, not about what they may do: decisions do not know it.
pub(crate) fn lacks_second_factor(directory: &Directory, caller: &Caller, scope: Scope) -> bool {
    let organization = match scope {
        Scope::Organization(id) => Some(id),
        Scope::Bot(id) => directory.bot(id).map(|bot| bot.organization),
    };
    let policies = organization.and_then(|id| directory.organization(id)).map(|facts| &facts.policies);
    let person = matches!(caller.actor, Actor::User(_) | Actor::Key(_));
    person && !caller.second_factor && policies.is_some_and(|policies| policies.needs_second_factor(caller.now))
}

/// Whether the caller may know the person by sight: oneself, whoever is in an organization of which one is a member, and
/// for keys whoever they may read as a user.
pub(crate) fn knows_person(directory: &Directory, caller: &Caller, person: UserId) -> bool {
    let shares = |organization: OrganizationId| {
        let scope = Scope::Organization(organization);
        let place = Place { scope, owner: None };
        let within = match caller.actor {
            Actor::User(user) => directory.is_member(organization, user),
            Actor::Key(_) => allows(directory, caller, "User", "read", place),
            Actor::Anybody | Actor::Operator => false,
        };
        within && !lacks_second_factor(directory, caller, scope)
    };
    let own = caller.actor == Actor::User(person) || caller.actor == Actor::Operator;
    own || directory.organizations_of(person).any(shares)
}

/// Leave to hold a conversation with a bot as its visitor (`Conversation: create`): for anybody, as far as the role
/// `public` gives it on published bots, and for keys. Only this module makes one. It is decided from the directory
/// alone, without a transaction: of all that is asked of a bot, this is asked most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    bot: BotId,
}

impl Admitted {
    /// The bot.
    #[must_use]
    pub fn bot(&self) -> BotId {
        self.bot
    }
}

impl Store {
    /// Admits the caller to conversations with the bot.
    ///
    /// # Errors
    /// [`Denied`]; anybody learns no more than that there is nothing. [`StoreError::Behind`] as in [`Store::snapshot`].
    pub fn admit(&self, caller: &Caller, bot: BotId) -> Result<Admitted> {
        let directory = match self.freshness() {
            Freshness::Unfollowed => self.directory(),
            Freshness::Fresh(_) | Freshness::Behind(_) => self.snapshot()?,
        };
        let scope = Scope::Bot(bot);
        let place = Place { scope, owner: None };
        let permission = permission_of("Conversation", "create")?;
        let subject = match caller.actor {
            Actor::Anybody => Subject::Anybody,
            Actor::Key(key) => Subject::Key(key),
            // A person of the team talks to the bot as a visitor does, or in its playground.
            Actor::User(_) | Actor::Operator => return Err(Denied::NotFound { attempt: None }.into()),
        };
        let question = Question { subject, permission, scope, owner: None };
        if directory.allows(&question, caller.now) {
            if lacks_second_factor(&directory, caller, scope) {
                return Err(Denied::SecondFactorNeeded.into());
            }
            return Ok(Admitted { bot });
        }
        if subject == Subject::Anybody || directory.bot(bot).is_none() {
            return Err(Denied::NotFound { attempt: None }.into());
        }
        let decision = directory.decide(&question, caller.now);
        let attempt = Box::new(Attempt { permission: question.permission, scope, decision });
        if allows(&directory, caller, "Bot", "read", place) {
            Err(Denied::Forbidden { attempt }.into())
        } else {
            Err(Denied::NotFound { attempt: Some(attempt) }.into())
        }
    }
}

/// Finds the record for the action, or says why not.
pub(crate) async fn authorize<R: Resource, A: Action>(
    transaction: &mut Transaction,
    directory: &Directory,
    caller: &Caller,
    id: R::Id,
) -> Result<Authorized<R, A>> {
    if caller.actor == Actor::Anybody {
        return Err(Denied::SignInNeeded.into());
    }
    let Some(record) = R::find(transaction, id).await? else {
        return Err(Denied::NotFound { attempt: None }.into());
    };
    judge::<R, A>(directory, caller, record)
}

/// The decision about a record already found.
pub(crate) fn judge<R: Resource, A: Action>(
    directory: &Directory,
    caller: &Caller,
    record: R::Record,
) -> Result<Authorized<R, A>> {
    let place = R::place(&record);
    let permission = permission::<R, A>()?;
    let Some(subject) = caller.subject() else {
        return Ok(Authorized { record, extent: Extent::All, action: PhantomData });
    };
    let extent = directory.extent(subject, &permission, place.scope, caller.now);
    let question = Question { subject, permission, scope: place.scope, owner: place.owner };
    let listing = A::NAME == "read" && extent != Extent::None;
    let lacks = lacks_second_factor(directory, caller, place.scope);
    if directory.allows(&question, caller.now) || (listing && R::LISTS) {
        if lacks {
            return Err(Denied::SecondFactorNeeded.into());
        }
        return Ok(Authorized { record, extent, action: PhantomData });
    }
    let decision = directory.decide(&question, caller.now);
    let attempt = Box::new(Attempt { permission: question.permission, scope: place.scope, decision });
    if R::readable(&record, directory, caller) {
        if lacks {
            return Err(Denied::SecondFactorNeeded.into());
        }
        Err(Denied::Forbidden { attempt }.into())
    } else {
        Err(Denied::NotFound { attempt: Some(attempt) }.into())
    }
}

fn permission<R: Resource, A: Action>() -> Result<Permission> {
    permission_of(R::MODEL, A::NAME)
}

fn permission_of(model: &str, action: &str) -> Result<Permission> {
    let damaged = |_| StoreError::Damaged(format!("`{model}` is no model"));
    Ok(Permission { model: model.parse::<Name>().map_err(damaged)?, action: action.parse().map_err(damaged)? })
}
