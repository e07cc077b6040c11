//! What visitors said that the bot had no answer to, for whoever teaches it and reads its conversations: labelled, or
//! ignored. Whoever may not answer conversations sees and teaches it masked.

use std::collections::HashMap;

use rolecall_access::{BotId, Scope};
use rolecall_store::resource::{HeldConversations, IntentChange, Intents, List, NewIntent, UnmatchedSentence};
use rolecall_store::{Access, Authorized, Caller, Change, Create, In, Read, StoreError, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{Check, Input, check_name};
use crate::mask;
use crate::problem::{FieldError, Kind, Problem};
use crate::service::training::body::{check_sentences, merge};
use crate::service::training::check_size;
use crate::service::{ListView, Result, Written, may};
use crate::state::App;
use crate::time::Time;

/// The most sentences that something is done with at once.
const MOST: usize = 200;

/// A sentence that the bot had no answer to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnmatchedView {
    /// Its id.
    pub id: Uuid,
    /// The sentence, as it was said once; addresses and numbers are masked for whoever may not answer conversations.
    pub text: String,
    /// How often it was said, whatever the case.
    pub count: i64,
    /// When last.
    pub last_at: Time,
    /// Whether it is masked.
    pub masked: bool,
}

/// A sentence that is taught.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelledSentence {
    /// Its id.
    pub id: Uuid,
    /// What is taught of it; left out: as it was listed.
    #[serde(default)]
    pub text: Option<String>,
}

/// What the sentences mean: one of the three.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelUnmatchedBody {
    /// The sentences, 200 at most.
    pub sentences: Vec<LabelledSentence>,
    /// This intent.
    #[serde(default)]
    pub intent_id: Option<Uuid>,
    /// An intent to be made, of this name.
    #[serde(default)]
    pub new_intent: Option<String>,
    /// None of the intents.
    #[serde(default)]
    pub out_of_scope: bool,
}

/// Sentences that are not to be offered again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IgnoreUnmatchedBody {
    /// Their ids, 200 at most.
    pub ids: Vec<Uuid>,
}

/// What was done.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SettledView {
    /// How many sentences are offered no more.
    pub settled: usize,
    /// The intent that they mean now; null: none.
    pub intent_id: Option<Uuid>,
}

impl Check for LabelUnmatchedBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_count("sentences", self.sentences.len(), &mut errors);
        if let Some(name) = &mut self.new_intent {
            check_name("new_intent", name, &mut errors);
        }
        let meanings = usize::from(self.intent_id.is_some())
            + usize::from(self.new_intent.is_some())
            + usize::from(self.out_of_scope);
        if meanings != 1 {
            let message = "Say what the sentences mean: an intent, a new one, or none.";
            errors.push(FieldError::new("intent_id", "invalid", message));
        }
        errors
    }
}

impl Check for IgnoreUnmatchedBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_count("ids", self.ids.len(), &mut errors);
        errors
    }
}

fn check_count(field: &str, count: usize, errors: &mut Vec<FieldError>) {
    if count == 0 {
        errors.push(FieldError::new(field, "empty", "Choose at least one sentence."));
    }
    if count > MOST {
        errors.push(FieldError::new(field, "too_many", format!("Choose at most {MOST} sentences at a time.")));
    }
}

/// Leave for what is done here: to teach the bot, and to read its conversations.
struct Leave {
    reads: Authorized<In<HeldConversations>, Read>,
    teaches: Authorized<In<Intents>, Update>,
    /// Whether contacts are seen.
    open: bool,
}

impl Leave {
    async fn of(access: &mut Access, bot: BotId) -> Result<Self> {
        let teaches = access.require::<In<Intents>, Update>(bot).await?;
        let reads = access.require::<In<HeldConversations>, Read>(bot).await?;
        // Whoever answers some conversations alone sees the words of others nowhere else; so they are masked.
        let open = may(access, "Conversation", "update", Scope::Bot(bot), None);
        Ok(Self { reads, teaches, open })
    }

    fn text(&self, text: &str) -> String {
        if self.open { text.to_owned() } else { mask::text(text) }
    }
}

/// What visitors said that the bot had no answer to, without what something was done with.
pub async fn list_unmatched(
    app: &App,
    caller: Caller,
    bot: BotId,
    list: Result<List>,
) -> Result<ListView<UnmatchedView>> {
    let mut access = app.store.access(caller).await?;
    let leave = Leave::of(&mut access, bot).await?;
    let mut list = list?;
    // Nobody finds by what they may not see.
    let sought = if leave.open { None } else { list.q.take() };
    let page = access.list_unmatched(&leave.reads, &leave.teaches, &list).await?;
    let mut page = ListView::of(page, |one| UnmatchedView {
        text: leave.text(&one.text),
        id: one.id,
        count: one.count,
        last_at: Time(one.last_at),
        masked: !leave.open,
    });
    if let Some(sought) = sought {
        let sought = rolecall_store::fold::fold(&sought);
        page.items.retain(|one| rolecall_store::fold::fold(&one.text).contains(&sought));
    }
    Ok(page)
}

/// Teaches what the sentences mean; they are offered no more.
pub async fn label_unmatched(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<LabelUnmatchedBody>,
) -> Result<Written<SettledView>> {
    let mut change = app.store.change(caller).await?;
    let leave = Leave::of(&mut change, bot).await?;
    let body = input.get()?;
    let ids: Vec<Uuid> = body.sentences.iter().map(|one| one.id).collect();
    let found = find(&mut change, &leave, ("sentences", ".id"), &ids).await?;
    let examples = examples(&leave, &found, &body.sentences)?;
    let intent_id = match (body.intent_id, body.new_intent) {
        (Some(id), _) => Some(add(&mut change, (bot, id), examples).await?),
        (None, Some(name)) => Some(create(&mut change, bot, name, examples).await?),
        (None, None) => {
            let kept = change.find_out_of_scope(&leave.teaches).await?.sentences;
            let (all, _) = merge(kept, examples);
            change.set_out_of_scope(&leave.teaches, None, &all).await?;
            None
        }
    };
    change.settle_sentences(&leave.teaches, &ids).await?;
    let value = SettledView { settled: found.len(), intent_id };
    Ok(Written { value, revision: change.commit().await? })
}

/// Offers the sentences no more.
pub async fn ignore_unmatched(
    app: &App,
    caller: Caller,
    bot: BotId,
    input: Input<IgnoreUnmatchedBody>,
) -> Result<Written<SettledView>> {
    let mut change = app.store.change(caller).await?;
    let leave = Leave::of(&mut change, bot).await?;
    let ids = input.get()?.ids;
    let found = find(&mut change, &leave, ("ids", ""), &ids).await?;
    change.ignore_sentences(&leave.teaches, &ids).await?;
    let value = SettledView { settled: found.len(), intent_id: None };
    Ok(Written { value, revision: change.commit().await? })
}

/// The sentences by their ids; one that is not offered to the caller is not known to be there.
async fn find(
    change: &mut Change,
    leave: &Leave,
    (field, rest): (&str, &str),
    ids: &[Uuid],
) -> Result<HashMap<Uuid, UnmatchedSentence>> {
    let found = change.find_unmatched(&leave.reads, &leave.teaches, ids).await?;
    let found: HashMap<Uuid, UnmatchedSentence> = found.into_iter().map(|one| (one.id, one)).collect();
    let missing = ids.iter().enumerate().filter(|(_, id)| !found.contains_key(*id));
    let message = "There is no such sentence any more: load the list again.";
    let errors: Vec<FieldError> =
        missing.map(|(index, _)| FieldError::new(format!("{field}.{index}{rest}"), "not_found", message)).collect();
    if errors.is_empty() { Ok(found) } else { Err(Problem::invalid(errors)) }
}

/// What is taught of the sentences.
fn examples(
    leave: &Leave,
    found: &HashMap<Uuid, UnmatchedSentence>,
    sentences: &[LabelledSentence],
) -> Result<Vec<String>> {
    let (mut examples, mut errors) = (Vec::new(), Vec::new());
    for (index, one) in sentences.iter().enumerate() {
        let said = found.get(&one.id).map(|said| leave.text(&said.text)).unwrap_or_default();
        let (mut text, mut wrong) = (vec![one.text.clone().unwrap_or(said)], Vec::new());
        check_sentences("text", &mut text, &mut wrong);
        if text.is_empty() {
            wrong.push(FieldError::new("", "empty", "Write what is to be taught, or leave the sentence out."));
        }
        errors.extend(wrong.into_iter().map(|error| FieldError { field: format!("sentences.{index}.text"), ..error }));
        examples.append(&mut text);
    }
    if errors.is_empty() { Ok(examples) } else { Err(Problem::invalid(errors)) }
}

async fn add(change: &mut Change, id: (BotId, Uuid), examples: Vec<String>) -> Result<Uuid> {
    let of = change.require::<Intents, Update>(id).await.map_err(|error| match Problem::from(error) {
        problem if problem.kind == Kind::NotFound => StoreError::Unknown("intent_id").into(),
        problem => problem,
    })?;
    let (examples, added) = merge(of.intent.examples.clone(), examples);
    if added > 0 {
        let merged = IntentChange { examples: Some(examples), ..IntentChange::default() };
        change.update_intent(&of, None, merged).await?;
        let within = change.require::<In<Intents>, Update>(id.0).await?;
        check_size(change.count_intents(&within).await?)?;
    }
    Ok(id.1)
}

async fn create(change: &mut Change, bot: BotId, name: String, examples: Vec<String>) -> Result<Uuid> {
    let within = change.require::<In<Intents>, Create>(bot).await?;
    let (examples, _) = merge(Vec::new(), examples);
    let new = NewIntent { name, response: String::new(), response_id: None, examples };
    let made = change.create_intent(&within, &new).await.map_err(|error| match error {
        StoreError::Duplicate("name") => StoreError::Duplicate("new_intent"),
        error => error,
    })?;
    check_size(change.count_intents(&within).await?)?;
    Ok(made.id)
}
