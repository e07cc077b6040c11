//! What people of the team do in conversations: take over, answer, hand on, close, delete, look at a contact.

use rolecall_access::{Actor, Timestamp, UserId};
use serde_json::json;
use uuid::Uuid;

use super::list::find_sent;
use super::{ConversationMessage, ConversationStatus, HeldConversation, HeldConversations, find_conversation};
use crate::access::Access;
use crate::audit::AuditEntry;
use crate::authorize::{Authorized, Delete, Denied, Read, Update};
use crate::change::Change;
use crate::error::{Result, StoreError};
use crate::fold::fold;
use crate::resource::account::find_account;
use crate::resource::integration::{NewEvent, tell};
use crate::resource::organization::gone;
use crate::resource::{Account, Conversation};
use crate::sql::query;

/// A conversation that changes hands.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Who answers from here on.
    pub status: ConversationStatus,
    /// Whose it is from here on.
    pub assigned: Option<(UserId, String)>,
    /// The line that everybody reads in it.
    pub note: String,
    /// The action, for the audit log.
    pub action: &'static str,
}

/// What a person of the team says.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Who.
    pub from: (UserId, String),
    /// What.
    pub text: String,
    /// The sender's own name for it: sent again, it is said once.
    pub client_id: Option<Uuid>,
}

const CHANGED: StoreError = StoreError::WrongState("the conversation has changed meanwhile; look at it again");

impl Access {
    /// The person who answers where the caller does: themselves, or the sponsor of their key.
    ///
    /// # Errors
    /// [`Denied`] for anybody without one.
    pub async fn answering_person(&mut self) -> Result<Account> {
        let user = match self.caller.actor {
            Actor::User(user) => Some(user),
            Actor::Key(key) => self.directory.key(key).map(|key| key.sponsor),
            Actor::Anybody | Actor::Operator => None,
        };
        let user = user.ok_or(Denied::SignInNeeded)?;
        find_account(self.transaction(), user).await?.ok_or_else(|| Denied::SignInNeeded.into())
    }
}

impl Change {
    /// Lets the conversation change hands, if it is still in the status it was found in.
    ///
    /// # Errors
    /// [`WrongState`](StoreError::WrongState).
    pub async fn turn_conversation(
        &mut self,
        of: &Authorized<HeldConversations, Update>,
        turn: &Turn,
    ) -> Result<Conversation> {
        let (id, now) = (of.conversation.id, self.caller().now.0);
        let closed = (turn.status == ConversationStatus::Closed).then_some(now);
        let changed = query(
            "UPDATE conversation SET status = $2, assigned_to = $3, waiting_since = NULL, told_at = NULL, closed_at = $4, \
             version = version + 1 WHERE id = $1 AND status = $5",
        )
        .bind(id)
        .bind(turn.status.as_str())
        .bind(turn.assigned.as_ref().map(|(user, _)| user.0))
        .bind(closed)
        .bind(of.conversation.status.as_str())
        .execute(self.transaction())
        .await?;
        if changed == 0 {
            return Err(CHANGED);
        }
        self.say(id, &Said { sender: "note", from: None, text: &turn.note, client_id: None }).await?;
        let fields = |status: ConversationStatus, assigned: Option<&(UserId, String)>| json!({ "status": status.as_str(), "assigned_to": assigned.map(|(_, name)| name) });
        let before = fields(of.conversation.status, of.conversation.assigned.as_ref());
        let entry = AuditEntry::done(of.bot.organization, turn.action, "Conversation", id, of.name());
        self.audit(entry.changed(before, fields(turn.status, turn.assigned.as_ref())));
        if turn.status == ConversationStatus::Closed {
            let data = json!({ "bot": of.bot.id.0, "conversation": id });
            let event = NewEvent { bot: of.bot.id, conversation: Some(id), event: "conversation.closed", data };
            tell(self.transaction(), Timestamp(now), event).await?;
        }
        find_conversation(self.transaction(), of.bot.id, id).await?.ok_or_else(gone)
    }

    /// What the person said in the conversation under this name already.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find_reply(
        &mut self,
        of: &Authorized<HeldConversations, Update>,
        from: UserId,
        client_id: Uuid,
    ) -> Result<Option<ConversationMessage>> {
        find_sent(self.transaction(), of.conversation.id, &sent_by(from, client_id)).await
    }

    /// Says something to the visitor; look for it by [`find_reply`](Self::find_reply) first.
    ///
    /// # Errors
    /// [`WrongState`](StoreError::WrongState) where no person answers any more.
    pub async fn reply_to_conversation(
        &mut self,
        of: &Authorized<HeldConversations, Update>,
        reply: &Reply,
    ) -> Result<ConversationMessage> {
        let id = of.conversation.id;
        let answered = query("UPDATE conversation SET version = version WHERE id = $1 AND status = 'agent'").bind(id);
        if answered.execute(self.transaction()).await? == 0 {
            return Err(CHANGED);
        }
        let name = match reply.client_id {
            Some(client_id) => sent_by(reply.from.0, client_id),
            None => sent_by(reply.from.0, self.new_id()?),
        };
        let said = Said { sender: "agent", from: Some(&reply.from), text: &reply.text, client_id: Some(&name) };
        self.say(id, &said).await?;
        self.audit(AuditEntry::done(of.bot.organization, "reply", "Conversation", id, of.name()));
        let sent = find_sent(self.transaction(), id, &name).await?.ok_or_else(gone)?;
        let message = json!({ "number": sent.number, "from": "agent", "name": reply.from.1, "text": reply.text });
        let data = json!({ "bot": of.bot.id.0, "conversation": id, "message": message });
        let event = NewEvent { bot: of.bot.id, conversation: Some(id), event: "message.sent", data };
        let now = self.caller().now;
        tell(self.transaction(), now, event).await?;
        Ok(sent)
    }

    async fn say(&mut self, conversation: Uuid, said: &Said<'_>) -> Result<()> {
        let now = self.caller().now.0;
        // First, so that whoever else speaks in it waits.
        query(
            "UPDATE conversation SET messages = messages + 1, version = version + 1, \
             last_at = CASE WHEN last_at > $2 THEN last_at ELSE $2 END WHERE id = $1",
        )
        .bind(conversation)
        .bind(now)
        .execute(self.transaction())
        .await?;
        query(
            "INSERT INTO message (conversation_id, number, client_id, sender, account_id, sender_name, text, text_folded, \
             choices, intent, outcome, why, created_at) SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, \
             '[]', '', '', '{}', $8 FROM message WHERE conversation_id = $1",
        )
        .bind(conversation)
        .bind(said.client_id)
        .bind(said.sender)
        .bind(said.from.map(|(user, _)| user.0))
        .bind(said.from.map_or("", |(_, name)| name.as_str()))
        .bind(said.text)
        .bind(fold(said.text))
        .bind(now)
        .execute(self.transaction())
        .await?;
        Ok(())
    }

    /// Deletes the conversation with all that was said in it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delete_conversation(&mut self, of: &Authorized<HeldConversations, Delete>) -> Result<()> {
        query("DELETE FROM conversation WHERE id = $1").bind(of.conversation.id).execute(self.transaction()).await?;
        self.audit_conversation(of, "delete", None);
        Ok(())
    }

    /// Notes that the visitor's contact was looked at, and why.
    pub fn reveal_contact(&mut self, of: &Authorized<HeldConversations, Read>, reason: &str) {
        self.audit_conversation(of, "reveal", Some(reason));
    }

    /// Notes that the conversation was taken out.
    pub fn export_conversation(&mut self, of: &Authorized<HeldConversations, Read>) {
        self.audit_conversation(of, "export", None);
    }

    fn audit_conversation(&mut self, of: &HeldConversation, action: &'static str, reason: Option<&str>) {
        let entry = AuditEntry::done(of.bot.organization, action, "Conversation", of.conversation.id, of.name());
        self.audit(match reason {
            Some(reason) => entry.with(json!({ "reason": reason })),
            None => entry,
        });
    }

    /// The name under which the person is known, if they may answer the bot's conversations: somebody to give one to.
    ///
    /// # Errors
    /// [`Unknown`](StoreError::Unknown) `user_id`.
    pub async fn find_agent(&mut self, of: &Authorized<HeldConversations, Update>, user: UserId) -> Result<String> {
        let agent = self.is_agent(of.bot.id, user);
        let found = if agent { find_account(self.transaction(), user).await? } else { None };
        found.map(|account| account.name).ok_or(StoreError::Unknown("user_id"))
    }
}

/// Something to be said.
struct Said<'a> {
    sender: &'static str,
    from: Option<&'a (UserId, String)>,
    text: &'a str,
    client_id: Option<&'a str>,
}

/// Nobody can take a name that is another's: it has theirs in it, and visitors' names are ids.
fn sent_by(user: UserId, id: Uuid) -> String {
    format!("{}:{id}", user.0)
}
