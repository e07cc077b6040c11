//! What was said, taken out: to be read, or to be given to the person whose it is.

use std::fmt::Write as _;

use rolecall_access::Scope;
use rolecall_store::Caller;
use rolecall_store::Read;
use rolecall_store::resource::HeldConversations;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{ConversationDetailView, ConversationExportQuery, view};
use super::{ALL, ConversationId, messages};
use crate::problem::{FieldError, Problem};
use crate::service::Result;
use crate::state::App;

/// Conversations taken out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationExportView {
    /// The bot's name.
    pub bot: String,
    /// The conversations, each with all that was said.
    pub conversations: Vec<ConversationDetailView>,
}

/// A file.
#[derive(Clone, Debug)]
pub struct ConversationFile {
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub text: String,
}

/// The conversation as a file, with `person` the person's others too; contacts masked as everywhere. That it was taken out
/// stands in the audit log.
pub async fn export_conversation(
    app: &App,
    caller: Caller,
    id: ConversationId,
    query: Result<ConversationExportQuery>,
) -> Result<ConversationFile> {
    // Looked at before anybody is made to wait for the writer.
    app.store.access(caller.clone()).await?.require::<HeldConversations, Read>(id).await?;
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Read>(id).await?;
    let query = query?;
    let as_text = match query.format.as_deref() {
        None | Some("json") => false,
        Some("text") => true,
        Some(_) => {
            return Err(Problem::invalid(vec![FieldError::new("format", "invalid", "Format is `json` or `text`.")]));
        }
    };
    let mut ids = vec![id.1];
    if query.person {
        ids.extend(change.list_same_person(&of).await?.into_iter().map(|(other, _)| other));
    }
    let mut conversations = Vec::new();
    for other in ids {
        let of = change.require::<HeldConversations, Read>((id.0, other)).await?;
        change.export_conversation(&of);
        let messages = messages(&mut change, &of, None, ALL).await?;
        let conversation = view(&change, Scope::Bot(id.0), of.conversation.clone());
        conversations.push(ConversationDetailView { conversation, messages, earlier: false });
    }
    let (bot, slug, number) = (of.bot.name.clone(), of.bot.slug.clone(), of.conversation.number);
    change.commit().await?;
    let all = ConversationExportView { bot, conversations };
    let (extension, media_type, text) = if as_text {
        ("txt", "text/plain; charset=utf-8", transcript(&all))
    } else {
        let text = serde_json::to_string_pretty(&all).map_err(|error| Problem::internal(&error))?;
        ("json", "application/json", text)
    };
    Ok(ConversationFile { name: format!("conversation-{slug}-{number}.{extension}"), media_type, text })
}

/// To be read by people.
fn transcript(all: &ConversationExportView) -> String {
    let mut text = String::new();
    for ConversationDetailView { conversation, messages, .. } in &all.conversations {
        let contact = &conversation.contact;
        // Writing to a string does not fail.
        let _ =
            writeln!(text, "{} #{}, {}, {}", all.bot, conversation.number, conversation.channel, conversation.status);
        let given = [("Name", &contact.name), ("E-mail", &contact.email), ("Phone", &contact.phone)];
        for (label, value) in given.into_iter().filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(text, "{label}: {value}");
        }
        text.push('\n');
        for message in messages {
            let who = if message.name.is_empty() { &message.sender } else { &message.name };
            let indented = message.text.replace('\n', "\n    ");
            let _ = writeln!(text, "{} {who}: {indented}", message.at.text().get(..19).unwrap_or_default());
        }
        text.push('\n');
    }
    text
}
