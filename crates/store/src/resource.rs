//! The records, and the resources that permissions govern.
//!
//! One file per resource: its record, how it is found, its queries (on [`Access`](crate::Access)) and its
//! writes (on [`Change`](crate::Change)).

pub mod account;
pub mod activity;
pub mod analytics;
pub mod appearance;
pub mod attempt;
pub mod audit_event;
pub mod availability;
pub mod bot;
pub mod bot_owner;
pub mod connection;
pub mod content;
pub mod conversation;
pub mod departure;
pub mod draft;
pub mod email;
pub mod entity;
pub mod explanation;
pub mod factor;
pub mod failure;
pub mod flow;
pub mod forward;
mod found;
pub mod inquiry;
pub mod integration;
pub mod intent;
pub mod invitation;
pub mod key;
pub mod list;
pub mod member;
pub mod messenger;
pub mod operator;
pub mod organization;
pub mod outbox;
pub mod partner;
pub mod passkey;
pub mod picture;
pub mod playground_test;
pub mod program;
pub mod reach;
pub mod recovery;
pub mod reminder;
pub mod request;
pub mod role;
pub mod session;
pub mod setting;
pub mod setup;
pub mod starter;
pub mod team;
pub mod training;
pub mod unmatched;
pub mod version;
pub mod visit;

pub use account::{Account, NewAccount, NewPassword};
pub use activity::{Activity, ActivityBy};
pub use analytics::{Analytics, Counted, Figures, Shift, Slices, Unanswered};
pub use appearance::{Appearances, Channels, KeptAppearance};
pub use attempt::Failing;
pub use audit_event::{AuditEvent, AuditLog};
pub use availability::{AbsentDays, AnsweredBot, Week, WeekInterval};
pub use bot::{Bot, Bots, NewBot, Publications};
pub use bot_owner::BotOwners;
pub use connection::{Connection, ConnectionAttempt, ConnectionId, NewAttempt, NewConnection, SealedTokens, Told};
pub use content::listed::{Bodies, ContentFacets, ContentFilter};
pub use content::version::ContentVersion;
pub use content::{
    BotContent, Content, ContentKind, ContentStatus, Contents, ImportedContent, Translation, WrittenBy, WrittenContent,
};
pub use conversation::{
    Answering, Assigned, Contact, Conversation, ConversationFilter, ConversationMessage, ConversationStatus,
    Conversations, DueHandover, HeldConversation, HeldConversations, Reply, Turn, WaitingConversation,
};
pub use departure::{Departure, Leaving, OwnedBot, Restored};
pub use draft::{Draft, DraftContent, DraftFlow, DraftIntent, DraftReader};
pub use email::EmailLink;
pub use entity::{BotEntity, Entities, Entity, EntityChange, NewEntity};
pub use explanation::{Explainable, Explanation};
pub use factor::{Factors, SealedAuthenticator};
pub use flow::{Begins, BotFlow, Flow, FlowContent, Flows};
pub use forward::{
    ForwardCode, ForwardPassenger, ForwardRule, ForwardRules, NewForwardRule, Passing, Redeemed, Redemption,
};
pub use inquiry::Asks;
pub use integration::{
    Attempted, BotIntegration, Delivery, DeliveryFilter, DeliveryStatus, Due, Integration, IntegrationKind,
    Integrations, NewIntegration, Standing, WrittenIntegration,
};
pub use intent::{Intent, IntentChange, Intents, NewIntent, TaughtIntent};
pub use invitation::{Invitation, InvitationId, InvitationState, Invitations, NewInvitation};
pub use key::{ApiKey, ApiKeys, BotKey, NewKey, Rotation};
pub use list::{List, Page};
pub use member::{
    AssignedRole, Member, Members, NewAssignment, NewMember, RoleAssignments, SinglePermission, UserPermissions,
    status_text,
};
pub use messenger::{
    DueDelivery, EventKind, HeldMessengerChannel, MessengerChannel, MessengerChannels, MessengerEvent,
    NewMessengerChannel, NewMessengerEvent, PeerVisit, Undelivered,
};
pub use organization::policy::{Billing, NewPlan, NewPolicies};
pub use organization::transfer::Transfer;
pub use organization::{
    AssignableRoles, Billings, Models, NewOrganization, Organization, Organizations, Policies, ProgramGrants,
    SingleSignOn,
};
pub use outbox::{Mail, NewMail};
pub use partner::{BotOffer, Partner, PartnerChange, PartnerState, Partners};
pub use passkey::{NewPasskey, Passkey};
pub use picture::Picture;
pub use playground_test::{NewPlaygroundTest, PlaygroundTest};
pub use program::{
    AbleSubject, AssignableSubjects, HolderNames, NewGrant, NewProgramModel, NewProgramResource, NewProgramSubject,
    ProgramGrant, ProgramModel, ProgramResource, ProgramSubject, SubjectRole,
};
pub use reach::{Able, Audience, Reached, Spoken};
pub use reminder::Reminder;
pub use request::{AccessRequest, RequestAuthority};
pub use role::{NewRole, Permissions, Role, RolePermission, Roles};
pub use session::{NewSession, Session, SessionId};
pub use setting::{BotSettings, StoredSettings};
pub use starter::Starter;
pub use team::{NewTeamEntry, TeamAuthority, TeamMember, Teams};
pub use training::{Lessons, Model, OutOfScope, Playgrounds, Training};
pub use unmatched::UnmatchedSentence;
pub use version::{NewVersion, Version, VersionContent};
pub use visit::{Expected, NewSaid, Said, Status, Visit, VisitWrite, Written};
