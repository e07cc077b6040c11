//! Who may do what with which bot: Rolecall's access model, pure.
//!
//! Facts go in, decisions with their reasons come out. A story to read the parts by:
//! *Acme* (an organization) has the bot *Help desk*. Ana holds the role *Editor* there (a fact), Omar
//! gave it to her. [`Directory`] holds all facts in memory; [`decide`] answers "may Ana publish Help
//! desk now?" from it and says because of which facts; [`effective`] lists all she may do; [`guards`]
//! decide whether a change of facts (Omar gives Ana another role) is one that may be made at all.
//!
//! This crate must never do I/O, read a clock or draw randomness: instants and ids come in as data.

pub mod actor;
pub mod catalogue;
pub mod decide;
pub mod difference;
pub mod directory;
pub mod effective;
pub mod ends;
pub mod facts;
pub mod guards;
pub mod id;
mod judge;
mod kind;
pub mod permission;
pub mod policy;
pub mod preset;
pub mod remedy;
pub mod timestamp;
mod who;

pub use actor::Actor;
pub use decide::{Because, Decision, Missing, Question, Scope, Subject};
pub use directory::{Bot, Directory, Revision, Role};
pub use effective::{EffectiveMap, Extent};
pub use facts::{Facts, Unit, Update};
pub use id::{BotId, GrantId, KeyId, ModelId, OrganizationId, PartnershipId, ResourceId, RoleId, SubjectId, UserId};
pub use permission::{InvalidName, Name, Permission, Reach, Relation};
pub use policy::{Ownership, Policies};
pub use remedy::{Remedy, Step};
pub use timestamp::Timestamp;
