//! What mails say, as text and as HTML.

use askama::Template;
use rolecall_store::resource::{Invitation, Organization};

use crate::problem::Problem;
use crate::text::Text;
use crate::time::Time;

/// A mail's content.
pub struct Letter {
    /// The subject line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct InvitationText<'a>(&'a Facts);

#[derive(Template)]
#[template(path = "mail/invitation.html")]
struct InvitationHtml<'a>(&'a Facts);

struct Facts {
    t: Text,
    greeting: String,
    lead: String,
    roles: Option<String>,
    link: String,
    term: String,
}

/// The mail that carries an invitation's link.
pub fn invitation(
    organization: &Organization,
    invitation: &Invitation,
    name: Option<&str>,
    link: &str,
) -> Result<Letter, Problem> {
    let t = Text::of_preset(&organization.preset);
    let inviter = invitation.invited_by.as_ref().map_or(organization.name.as_str(), |(_, name)| name.as_str());
    let roles: Vec<&str> = invitation.roles.iter().map(|(_, name)| name.as_str()).collect();
    let until = Time(invitation.expires_at).text();
    let until = until.get(..16).unwrap_or_default().replace('T', " ");
    let facts = Facts {
        greeting: name.map_or_else(
            || t.of("mail-invitation-greeting"),
            |name| t.with("mail-invitation-greeting-named", "name", name),
        ),
        lead: t.with_all("mail-invitation-lead", &[("inviter", inviter), ("organization", &organization.name)]),
        roles: (!roles.is_empty()).then(|| t.with("mail-invitation-roles", "roles", roles.join(", "))),
        link: link.to_owned(),
        term: t.with("mail-invitation-term", "until", until),
        t,
    };
    let subject = t.with_all("mail-invitation-subject", &[("inviter", inviter), ("organization", &organization.name)]);
    let render = |result: askama::Result<String>| result.map_err(|error| Problem::internal(&error));
    Ok(Letter {
        subject,
        text: render(InvitationText(&facts).render())?,
        html: render(InvitationHtml(&facts).render())?,
    })
}
