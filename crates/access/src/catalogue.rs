//! The catalogue of Rolecall's own models: one table from which matrix, dialogs, map and API derive.

use crate::permission::Permission;

/// At which level a model's records live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// In the organization.
    Organization,
    /// On a bot.
    Bot,
}

/// A model of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its key, as in API and store.
    pub key: &'static str,
    /// Its name for people (English; the console translates by key).
    pub label: &'static str,
    /// What it guards, one sentence.
    pub guards: &'static str,
    /// Where its records live.
    pub level: Level,
    /// The actions that mean something, in the order create, read, update, delete.
    pub actions: &'static [&'static str],
    /// The actions an anonymous caller can have at all.
    pub public: &'static [&'static str],
}

const C: &str = "create";
const R: &str = "read";
const U: &str = "update";
const D: &str = "delete";

const fn organization(
    key: &'static str,
    label: &'static str,
    actions: &'static [&'static str],
    guards: &'static str,
) -> Model {
    Model { key, label, guards, level: Level::Organization, actions, public: &[] }
}

const fn bot(
    key: &'static str,
    label: &'static str,
    actions: &'static [&'static str],
    public: &'static [&'static str],
    guards: &'static str,
) -> Model {
    Model { key, label, guards, level: Level::Bot, actions, public }
}

/// All models, organization level first, in the order they are shown.
pub const MODELS: &[Model] = &[
    organization("Organization", "Organization", &[R, U, D], "Name and settings of the organization, and its end."),
    organization("Policy", "Policies", &[R, U], "Rules such as seats, second factor and who manages whom."),
    organization("Billing", "Billing", &[C, R, U, D], "Plan, seats and payment."),
    organization("User", "Users", &[C, R, U, D], "People of the organization: their membership and status."),
    organization("Invitation", "Invitations", &[C, R, U, D], "Invitations by e-mail: make, see, send again, revoke."),
    organization("Role", "Roles", &[C, R, U, D], "Roles: their names and what they reach."),
    organization("RoleAssignment", "Role assignments", &[C, R, U, D], "Who holds which role in the organization."),
    organization("Permission", "Role permissions", &[C, R, D], "Which permissions a role has."),
    organization("UserPermission", "Single permissions", &[R, U], "Permissions given to one person, without a role."),
    organization("Model", "Models", &[C, R, D], "The list of models that permissions speak of."),
    organization("AuditLog", "Audit log", &[R], "Who did what, when, from where."),
    organization("SingleSignOn", "Single sign-on", &[R, U], "Sign-in through the organization's identity provider."),
    organization("Partner", "Partners", &[C, R, U, D], "Partner organizations and what is shared with them."),
    bot("Bot", "Bots", &[C, R, U, D], &[], "The bot itself: its name, picture and existence."),
    bot("BotSetting", "Bot settings", &[R, U], &[], "Language, fallback, thresholds and other settings of a bot."),
    bot("BotOwner", "Bot ownership", &[U], &[], "Who owns a bot."),
    bot("Team", "Team", &[C, R, U, D], &[], "Who works on a bot, and what they may do there."),
    bot("Flow", "Flow editor", &[C, R, U, D], &[], "The conversation's steps, in the visual editor."),
    bot("TrainingData", "NLP training", &[C, R, U, D], &[], "Intents, examples and entities that the bot learns from."),
    bot("Content", "Content", &[C, R, U, D], &[R], "Responses and the knowledge base."),
    bot("Integration", "Integrations", &[C, R, U, D], &[], "Calls to other systems, webhooks and code."),
    bot("Channel", "Channels", &[C, R, U, D], &[], "Where the bot can be talked to."),
    bot("Appearance", "Appearance", &[R, U], &[], "Colours, picture and texts of the chat window."),
    bot("Playground", "Playground", &[C], &[], "Trying the bot before it is published."),
    bot(
        "Publication",
        "Publication",
        &[C, R, D],
        &[R],
        "Making a version live, seeing which is, taking it off the air.",
    ),
    bot("ApiKey", "API keys", &[C, R, U, D], &[], "Keys by which other services use the bot."),
    bot(
        "Conversation",
        "Conversations",
        &[C, R, U, D],
        &[C],
        "What visitors and the bot say: begin, read, answer, delete.",
    ),
    bot("Analytics", "Analytics", &[R], &[], "Figures about the bot's use."),
];

/// The model of this key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.key == key)
}

/// Where the permission's records live; none for a model of another program. `Bot: create` is given in
/// the organization.
#[must_use]
pub fn level(permission: &Permission) -> Option<Level> {
    let model = permission.model.model()?;
    if permission.action.is_create() && model.key == "Bot" {
        return Some(Level::Organization);
    }
    Some(model.level)
}

/// Whether anonymous callers can have the permission at all.
#[must_use]
pub fn is_public(permission: &Permission) -> bool {
    permission.model.model().is_some_and(|model| model.public.contains(&permission.action.as_str()))
}

/// Whether the action means something for the model.
#[must_use]
pub fn means_something(permission: &Permission) -> bool {
    permission.model.model().is_some_and(|model| model.actions.contains(&permission.action.as_str()))
}

/// All permissions of the catalogue, in the order shown.
pub fn permissions() -> impl Iterator<Item = Permission> {
    MODELS.iter().flat_map(|model| model.actions.iter().filter_map(|action| Permission::new(model.key, action).ok()))
}
