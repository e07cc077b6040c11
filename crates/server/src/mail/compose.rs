//! What mails say, as text and as HTML.

use askama::Template;
use rolecall_store::resource::{
    AccessRequest, Account, Answering, DueHandover, Invitation, Organization, Reminder, Transfer,
};
use uuid::Uuid;

use crate::console::permission_in_words;
use crate::problem::Problem;
use crate::text::Text;
use crate::time::Time;

/// A mail's content.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The subject line.
    pub subject: String,
    greeting: String,
    paragraphs: Vec<String>,
    /// A button: its label, and where it leads.
    action: Option<(String, String)>,
    closing: String,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextPart<'a> {
    greeting: &'a str,
    paragraphs: &'a [String],
    action: &'a Option<(String, String)>,
    closing: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlPart<'a> {
    subject: &'a str,
    greeting: &'a str,
    paragraphs: &'a [String],
    action: &'a Option<(String, String)>,
    closing: &'a str,
}

impl Letter {
    /// The text part.
    pub fn text(&self) -> Result<String, Problem> {
        let Self { greeting, paragraphs, action, closing, .. } = self;
        TextPart { greeting, paragraphs, action, closing }.render().map_err(|error| Problem::internal(&error))
    }

    /// The HTML part.
    pub fn html(&self) -> Result<String, Problem> {
        let Self { subject, greeting, paragraphs, action, closing } = self;
        let part = HtmlPart { subject, greeting, paragraphs, action, closing };
        part.render().map_err(|error| Problem::internal(&error))
    }
}

/// In the language of the account's person.
fn spoken(reader: &Account) -> Text {
    Text::plain().in_language(&reader.language)
}

fn greeting(t: Text, name: Option<&str>) -> String {
    name.map_or_else(|| t.of("mail-greeting"), |name| t.with("mail-greeting-named", "name", name))
}

/// The mail that carries an invitation's link.
pub fn invitation(
    organization: &Organization,
    invitation: &Invitation,
    (name, language): (Option<&str>, &str),
    link: &str,
) -> Letter {
    let t = Text::of_preset(&organization.preset).in_language(language);
    let inviter = invitation.invited_by.as_ref().map_or(organization.name.as_str(), |(_, name)| name.as_str());
    let names = [("inviter", inviter), ("organization", &organization.name)];
    let roles: Vec<&str> = invitation.roles.iter().map(|(_, name)| name.as_str()).collect();
    let mut lead = t.with_all("mail-invitation-lead", &names);
    if !roles.is_empty() {
        lead = format!("{lead}\n{}", t.with("mail-invitation-roles", "roles", roles.join(", ")));
    }
    let until = Time(invitation.expires_at).text();
    let until = until.get(..16).unwrap_or_default().replace('T', " ");
    Letter {
        subject: t.with_all("mail-invitation-subject", &names),
        greeting: greeting(t, name),
        paragraphs: vec![lead, t.of("mail-invitation-how")],
        action: Some((t.of("mail-invitation-button"), link.to_owned())),
        closing: format!("{}\n{}", t.with("mail-invitation-term", "until", until), t.of("mail-invitation-ignore")),
    }
}

/// The mail that tells the former or the new owner of an organization that it changed hands.
pub fn ownership(transfer: &Transfer, reader: &Account, link: &str) -> Letter {
    let t = Text::of_preset(&transfer.organization.preset).in_language(&reader.language);
    let names = [("organization", transfer.organization.name.as_str()), ("owner", transfer.to.name.as_str())];
    let told = if reader.id == transfer.to.id { "mail-ownership-yours" } else { "mail-ownership-theirs" };
    Letter {
        subject: t.with_all("mail-ownership-subject", &names),
        greeting: greeting(t, Some(&reader.name)),
        paragraphs: vec![t.with_all(told, &names)],
        action: Some((t.of("mail-open-button"), link.to_owned())),
        closing: t.of("mail-ownership-closing"),
    }
}

/// What somebody asks for, and where.
fn asked(t: Text, organization: &Organization, request: &AccessRequest) -> [(&'static str, String); 4] {
    let what = permission_in_words(t, request.permission.model.as_str(), request.permission.action.as_str());
    let place = request.bot_name.clone().unwrap_or_else(|| organization.name.clone());
    [("name", request.name.clone()), ("what", what), ("place", place), ("organization", organization.name.clone())]
}

/// The mail that tells somebody who can give it that access is asked for.
pub fn request(organization: &Organization, request: &AccessRequest, reader: &Account, link: &str) -> Letter {
    let t = Text::of_preset(&organization.preset).in_language(&reader.language);
    let names = asked(t, organization, request);
    let names = names.each_ref().map(|(key, value)| (*key, value.as_str()));
    let mut paragraphs = vec![t.with_all("mail-request-lead", &names)];
    if !request.reason.is_empty() {
        paragraphs.push(t.with("mail-request-reason", "reason", request.reason.as_str()));
    }
    Letter {
        subject: t.with_all("mail-request-subject", &names),
        greeting: greeting(t, Some(&reader.name)),
        paragraphs,
        action: Some((t.of("mail-request-button"), link.to_owned())),
        closing: t.of("mail-request-closing"),
    }
}

/// The mail that tells the person who asked what was decided.
pub fn answer(
    organization: &Organization,
    request: &AccessRequest,
    (until, language): (Option<Time>, &str),
    link: &str,
) -> Letter {
    let t = Text::of_preset(&organization.preset).in_language(language);
    let names = asked(t, organization, request);
    let names = names.each_ref().map(|(key, value)| (*key, value.as_str()));
    let granted = request.status == "granted";
    let mut paragraphs = vec![t.with_all(if granted { "mail-answer-granted" } else { "mail-answer-declined" }, &names)];
    if let Some(until) = until {
        let until = until.text();
        let until = until.get(..16).unwrap_or_default().replace('T', " ");
        paragraphs.push(t.with("mail-answer-until", "until", until));
    }
    if !request.answer.is_empty() {
        paragraphs.push(t.with("mail-answer-reason", "reason", request.answer.as_str()));
    }
    Letter {
        subject: t.with_all("mail-answer-subject", &names),
        greeting: greeting(t, Some(&request.name)),
        paragraphs,
        action: Some((t.of("mail-open-button"), link.to_owned())),
        closing: t.of("mail-answer-closing"),
    }
}

/// The mail that tells somebody what ends for them, and when.
pub fn reminder(reminder: &Reminder, link: &str) -> Letter {
    let t = Text::of_preset(&reminder.organization.preset).in_language(&reminder.account.language);
    let until = Time(reminder.ends_at).text();
    let until = until.get(..16).unwrap_or_default().replace('T', " ");
    let names = [("organization", reminder.organization.name.as_str()), ("until", until.as_str())];
    let mut lines = Vec::new();
    if !reminder.roles.is_empty() {
        lines.push(t.with("mail-reminder-roles", "names", reminder.roles.join(", ")));
    }
    if !reminder.permissions.is_empty() {
        let word = |one: &rolecall_access::Permission| permission_in_words(t, one.model.as_str(), one.action.as_str());
        let words: Vec<String> = reminder.permissions.iter().map(word).collect();
        lines.push(t.with("mail-reminder-permissions", "names", words.join("; ")));
    }
    if !reminder.bots.is_empty() {
        lines.push(t.with("mail-reminder-bots", "names", reminder.bots.join(", ")));
    }
    Letter {
        subject: t.with_all("mail-reminder-subject", &names),
        greeting: greeting(t, Some(&reminder.account.name)),
        paragraphs: vec![t.with_all("mail-reminder-lead", &names), lines.join("\n")],
        action: Some((t.of("mail-open-button"), link.to_owned())),
        closing: t.of("mail-reminder-closing"),
    }
}

/// The mail that tells somebody who may answer that conversations wait for a person.
pub fn handover(due: &DueHandover, waiting: &[(Uuid, i64)], reader: &Answering, link: &str) -> Letter {
    let t = Text::of_preset(&due.preset).in_language(&reader.language);
    let count = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
    let told = |key| t.with_both(key, ("name", due.bot_name.clone()), ("count", count));
    Letter {
        subject: told("mail-handover-subject"),
        greeting: greeting(t, Some(&reader.name)),
        paragraphs: vec![told("mail-handover-lead")],
        action: Some((t.of("mail-handover-button"), link.to_owned())),
        closing: t.of("mail-handover-closing"),
    }
}

/// The mail that carries the link by which somebody chooses a new password.
pub fn recovery(account: &Account, link: &str) -> Letter {
    let t = spoken(account);
    Letter {
        subject: t.of("mail-recovery-subject"),
        greeting: greeting(t, Some(&account.name)),
        paragraphs: vec![t.of("mail-recovery-lead")],
        action: Some((t.of("mail-recovery-button"), link.to_owned())),
        closing: format!("{}\n{}", t.of("mail-recovery-term"), t.of("mail-recovery-ignore")),
    }
}

/// The mail that tells somebody what happened to their account; `notice-…` says what.
pub fn notice(account: &Account, what: &str, link: &str) -> Letter {
    let t = spoken(account);
    let told = t.of(&format!("notice-{what}"));
    Letter {
        subject: t.of("mail-notice-subject"),
        greeting: greeting(t, Some(&account.name)),
        paragraphs: vec![told, t.of("mail-notice-not-you")],
        action: Some((t.of("mail-notice-button"), link.to_owned())),
        closing: t.of("mail-notice-closing"),
    }
}

/// The mail that tells somebody what happened to an account of theirs at a provider; `notice-…` says what.
pub fn account_notice(account: &Account, what: &str, provider: &str, link: &str) -> Letter {
    let t = spoken(account);
    let told = t.with(&format!("notice-{what}"), "provider", provider);
    Letter {
        subject: t.of("mail-accounts-subject"),
        greeting: greeting(t, Some(&account.name)),
        paragraphs: vec![told, t.of("mail-notice-not-you")],
        action: Some((t.of("mail-notice-button"), link.to_owned())),
        closing: t.of("mail-accounts-closing"),
    }
}

/// The mail to an address that somebody wants to change to; without a link it is somebody's already.
pub fn email_confirmation(account: &Account, link: Option<String>) -> Letter {
    let t = spoken(account);
    let taken = link.is_none();
    Letter {
        subject: t.of("mail-email-subject"),
        greeting: greeting(t, (!taken).then_some(account.name.as_str())),
        paragraphs: vec![t.of(if taken { "mail-email-taken" } else { "mail-email-lead" })],
        action: link.map(|link| (t.of("mail-email-button"), link)),
        closing: t.of(if taken { "mail-email-taken-closing" } else { "mail-email-closing" }),
    }
}

/// The mail to the old address after a change.
pub fn email_undo(before: &Account, email: &str, link: &str) -> Letter {
    let t = spoken(before);
    Letter {
        subject: t.of("mail-undo-subject"),
        greeting: greeting(t, Some(&before.name)),
        paragraphs: vec![t.with("mail-undo-lead", "email", email), t.of("mail-undo-not-you")],
        action: Some((t.of("mail-undo-button"), link.to_owned())),
        closing: t.of("mail-undo-closing"),
    }
}
