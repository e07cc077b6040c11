//! Conversations as the team sees them: listed, read, answered by a person, closed, deleted (`Conversation`).

pub mod body;
pub mod export;
mod search;

use rolecall_access::{BotId, Scope, UserId};
use rolecall_store::resource::{
    Account, Assigned, Conversation, ConversationFilter, ConversationStatus, HeldConversation, HeldConversations, List,
    Reply, Turn,
};
use rolecall_store::{Access, Authorized, Caller, Change, Delete, In, Read, Update};
use uuid::Uuid;

use self::body::{
    AssignBody, ContactView, ConversationDetailView, ConversationFilterQuery, ConversationMessageView,
    ConversationView, MessagesQuery, PersonQuery, ReplyBody, RevealBody, RevealedView, message_view, sees_contacts,
    view,
};
use crate::input::Input;
use crate::mask;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::{ListView, Named, Result, Written};
use crate::state::App;
use crate::text::Text;

/// A conversation's id: its bot and itself.
pub type ConversationId = (BotId, Uuid);

/// Messages that are shown at once.
const SHOWN: u32 = 200;
/// The most messages of a conversation that are looked at or taken out.
const ALL: u32 = 20_000;

/// The bot's conversations that the caller reads. Whoever may not see contacts finds nothing by them; a page may then be
/// shorter than asked for.
pub async fn list_conversations(
    app: &App,
    caller: Caller,
    bot: BotId,
    list: Result<List>,
    filter: Result<ConversationFilterQuery>,
) -> Result<ListView<ConversationView>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<HeldConversations>, Read>(bot).await?;
    let (list, filter) = (list?, filter?);
    let me = match filter.assigned.as_deref() {
        Some("me") => Some(access.answering_person().await?.id),
        _ => None,
    };
    let page = search::list(&mut access, &within, list, &filter.filter(me)?).await?;
    Ok(ListView::of(page, |conversation| view(&access, Scope::Bot(bot), conversation)))
}

impl ConversationFilterQuery {
    fn filter(self, me: Option<UserId>) -> Result<ConversationFilter> {
        let invalid =
            |field: &'static str, message: &str| Problem::invalid(vec![FieldError::new(field, "invalid", message)]);
        let status = self.status.as_deref().map(|status| {
            let message = "A status is `bot`, `waiting`, `agent` or `closed`.";
            ConversationStatus::parse(status).ok_or_else(|| invalid("status", message))
        });
        let assigned = match self.assigned.as_deref() {
            None => None,
            Some("me") => me.map(Assigned::To),
            Some("nobody") => Some(Assigned::Nobody),
            Some(id) => {
                let message = "Give `me`, `nobody` or a person's id.";
                Some(Assigned::To(UserId(id.parse().map_err(|_| invalid("assigned", message))?)))
            }
        };
        Ok(ConversationFilter {
            status: status.transpose()?,
            assigned,
            channel: self.channel.filter(|channel| !channel.is_empty()),
            from: self.from.map(|time| time.0),
            until: self.until.map(|time| time.0),
        })
    }
}

/// The channels at which the bot's conversations are held.
pub async fn list_channels(app: &App, caller: Caller, bot: BotId) -> Result<Vec<String>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<HeldConversations>, Read>(bot).await?;
    Ok(access.list_conversation_channels(&within).await?)
}

/// When anything was last said in the bot's conversations; none: the caller does not read them.
pub async fn find_pulse(app: &App, caller: Caller, bot: BotId) -> Result<Option<i64>> {
    let mut access = app.store.access(caller).await?;
    let Ok(within) = access.require::<In<HeldConversations>, Read>(bot).await else { return Ok(None) };
    Ok(Some(access.conversation_pulse(&within).await?))
}

/// One conversation, with what was said in it.
pub async fn find_conversation(
    app: &App,
    caller: Caller,
    id: ConversationId,
    query: Result<MessagesQuery>,
) -> Result<ConversationDetailView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<HeldConversations, Read>(id).await?;
    let before = query?.before;
    let mut messages = messages(&mut access, &of, before, SHOWN + 1).await?;
    let earlier = messages.len() > usize::try_from(SHOWN).unwrap_or(usize::MAX);
    if earlier {
        messages.remove(0);
    }
    Ok(ConversationDetailView {
        conversation: view(&access, Scope::Bot(id.0), of.conversation.clone()),
        messages,
        earlier,
    })
}

/// What was said in it, as the caller sees it.
async fn messages(
    access: &mut Access,
    of: &Authorized<HeldConversations, Read>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<ConversationMessageView>> {
    let open = sees_contacts(access, Scope::Bot(of.bot.id), of.conversation.owner());
    let found = access.list_conversation_messages(of, before, limit).await?;
    Ok(found.into_iter().map(|message| message_view(message, open)).collect())
}

/// Who may answer the bot's conversations, for whoever may: somebody to give one to.
pub async fn list_agents(app: &App, caller: Caller, bot: BotId) -> Result<ListView<Named>> {
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<HeldConversations>, Update>(bot).await?;
    let agents = access.list_agents(&within).await?;
    let items = agents.into_iter().map(|(user, name)| Named { id: user.0, name }).collect();
    Ok(ListView { items, next_cursor: None })
}

/// The person who answers it now. Somebody who may not any more holds nobody up.
fn holder<'c>(access: &Access, held: &'c HeldConversation) -> Option<&'c (UserId, String)> {
    let conversation = &held.conversation;
    let answers = |(user, _): &&(UserId, String)| access.is_agent(held.bot.id, *user);
    conversation.assigned.as_ref().filter(|_| conversation.status == ConversationStatus::Agent).filter(answers)
}

fn closed() -> Problem {
    Problem::new(Kind::WrongState, "The conversation is closed.")
}

/// Makes the conversation the person's, unless somebody else answers it; true: it was theirs already.
async fn take(change: &mut Change, of: &Authorized<HeldConversations, Update>, me: &Account) -> Result<bool> {
    if of.conversation.status == ConversationStatus::Closed {
        return Err(closed());
    }
    match holder(change, of) {
        Some((user, _)) if *user == me.id => return Ok(true),
        Some((_, name)) => {
            let detail = format!("{name} answers this conversation already. Have it given to you if you are to go on.");
            return Err(Problem::new(Kind::WrongState, detail));
        }
        None => {}
    }
    change.turn_conversation(of, &joined(of, (me.id, me.name.clone()), "take_over")).await?;
    Ok(false)
}

fn joined(of: &HeldConversation, agent: (UserId, String), action: &'static str) -> Turn {
    let note = words(of).with("talk-note-joined", "name", agent.1.clone());
    Turn { status: ConversationStatus::Agent, assigned: Some(agent), note, action }
}

/// The words of lines in the conversation: visitors read them.
fn words(of: &HeldConversation) -> Text {
    Text::plain().in_language(&of.conversation.language)
}

/// The change is over: whoever follows is told.
async fn told(app: &App, change: Change, id: ConversationId, after: Conversation) -> Result<Written<ConversationView>> {
    let value = view(&change, Scope::Bot(id.0), after);
    let revision = change.commit().await?;
    app.talks.tell(id.0, id.1);
    app.chat.channels.wake();
    Ok(Written { value, revision })
}

async fn again(change: &mut Change, id: ConversationId) -> Result<Conversation> {
    Ok(change.require::<HeldConversations, Update>(id).await?.into_record().conversation)
}

/// The caller answers from here on, and the bot is silent. Of two at once one does, and the other is told who.
pub async fn take_over_conversation(
    app: &App,
    caller: Caller,
    id: ConversationId,
) -> Result<Written<ConversationView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Update>(id).await?;
    let me = change.answering_person().await?;
    take(&mut change, &of, &me).await?;
    let after = again(&mut change, id).await?;
    told(app, change, id, after).await
}

/// Says something to the visitor; takes the conversation over first where nobody has.
pub async fn reply_to_conversation(
    app: &App,
    caller: Caller,
    id: ConversationId,
    input: Input<ReplyBody>,
) -> Result<Written<ConversationMessageView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Update>(id).await?;
    let ReplyBody { text, id: client_id } = input.get()?;
    let me = change.answering_person().await?;
    if let Some(client_id) = client_id
        && let Some(said) = change.find_reply(&of, me.id, client_id).await?
    {
        return Ok(Written { value: message_view(said, true), revision: change.commit().await? });
    }
    take(&mut change, &of, &me).await?;
    let said = change.reply_to_conversation(&of, &Reply { from: (me.id, me.name), text, client_id }).await?;
    let revision = change.commit().await?;
    app.talks.tell(id.0, id.1);
    app.chat.channels.wake();
    Ok(Written { value: message_view(said, true), revision })
}

/// The bot answers again.
pub async fn give_back_conversation(
    app: &App,
    caller: Caller,
    id: ConversationId,
) -> Result<Written<ConversationView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Update>(id).await?;
    match of.conversation.status {
        ConversationStatus::Closed => return Err(closed()),
        ConversationStatus::Bot => return Err(Problem::new(Kind::WrongState, "The bot answers in it already.")),
        ConversationStatus::Agent | ConversationStatus::Waiting => {}
    }
    let note = words(&of).of("talk-note-given-back");
    let turn = Turn { status: ConversationStatus::Bot, assigned: None, note, action: "give_back" };
    let after = change.turn_conversation(&of, &turn).await?;
    told(app, change, id, after).await
}

/// Gives it to somebody who may answer, whoever has it now.
pub async fn assign_conversation(
    app: &App,
    caller: Caller,
    id: ConversationId,
    input: Input<AssignBody>,
) -> Result<Written<ConversationView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Update>(id).await?;
    let user = UserId(input.get()?.user_id);
    let name = change.find_agent(&of, user).await?;
    if of.conversation.status == ConversationStatus::Closed {
        return Err(closed());
    }
    let after = change.turn_conversation(&of, &joined(&of, (user, name), "assign")).await?;
    told(app, change, id, after).await
}

/// Ends it; what was said stays.
pub async fn close_conversation(app: &App, caller: Caller, id: ConversationId) -> Result<Written<ConversationView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Update>(id).await?;
    if of.conversation.status == ConversationStatus::Closed {
        return Err(closed());
    }
    let note = words(&of).of("talk-note-closed");
    let assigned = of.conversation.assigned.clone();
    let turn = Turn { status: ConversationStatus::Closed, assigned, note, action: "close" };
    let after = change.turn_conversation(&of, &turn).await?;
    told(app, change, id, after).await
}

/// Gives the visitor's contact to whoever reads the conversation and says why; the audit log keeps the reason.
pub async fn reveal_contact(
    app: &App,
    caller: Caller,
    id: ConversationId,
    input: Input<RevealBody>,
) -> Result<Written<RevealedView>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Read>(id).await?;
    change.reveal_contact(&of, &input.get()?.reason);
    let said = change.list_conversation_messages(&of, None, ALL).await?;
    let visitors = said.iter().filter(|message| message.sender == "visitor");
    let mut mentioned: Vec<String> = visitors.flat_map(|message| mask::found(&message.text)).collect();
    mentioned.sort_unstable();
    mentioned.dedup();
    let value = RevealedView { contact: ContactView::of(&of.conversation.contact), mentioned };
    Ok(Written { value, revision: change.commit().await? })
}

/// The numbers of the person's other conversations with the bot that the caller reads.
pub async fn list_same_person(app: &App, caller: Caller, id: ConversationId) -> Result<Vec<i64>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<HeldConversations, Read>(id).await?;
    Ok(access.list_same_person(&of).await?.into_iter().map(|(_, number)| number).collect())
}

/// Deletes it for good with all that was said; with `person`, the person's others too, all of them or none.
pub async fn delete_conversation(
    app: &App,
    caller: Caller,
    id: ConversationId,
    query: Result<PersonQuery>,
) -> Result<Written<()>> {
    let mut change = app.store.change(caller).await?;
    let of = change.require::<HeldConversations, Delete>(id).await?;
    let mut gone = vec![id.1];
    if query?.person {
        let read = change.require::<HeldConversations, Read>(id).await?;
        for (other, _) in change.list_same_person(&read).await? {
            let of = change.require::<HeldConversations, Delete>((id.0, other)).await?;
            change.delete_conversation(&of).await?;
            gone.push(other);
        }
    }
    change.delete_conversation(&of).await?;
    let revision = change.commit().await?;
    for conversation in gone {
        app.talks.tell(id.0, conversation);
    }
    Ok(Written { value: (), revision })
}
