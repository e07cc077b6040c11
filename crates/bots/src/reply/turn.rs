//! One turn: from what came in to what is said.

use super::{Bot, Event, Outcome, Reply, State, Why, WhyEntry, WhyIntent, WhyStep, extract, phrases};
use crate::flow::condition::same;
use crate::flow::variable::filled_where;
use crate::flow::{self, Input, Output, Step, advance};
use crate::knowledge::Found;
use crate::snapshot::SnapshotFlow;

/// Entries that are named as reasons, and that an answer is made of.
const NAMED: usize = 3;
/// After so many turns without an answer a person is offered.
const PATIENCE: u32 = 2;

/// What the bot says to what came in, and where the conversation is then.
#[must_use]
pub fn reply(bot: &Bot, state: State, event: Event) -> (State, Reply) {
    let mut turn = Turn { bot, state, reply: Reply::default() };
    if turn.state.language.is_empty() {
        bot.snapshot.settings.language().clone_into(&mut turn.state.language);
    }
    match event {
        Event::Begin => turn.begin(),
        Event::Text(text) => turn.text(&text),
        Event::Answer(values) => turn.answer(values),
    }
    (turn.state, turn.reply)
}

struct Turn<'a> {
    bot: &'a Bot,
    state: State,
    reply: Reply,
}

impl Turn<'_> {
    fn begin(&mut self) {
        if let Some(flow) = self.bot.opens() {
            self.enter(flow);
            if self.reply.outcome == Outcome::Answered {
                self.reply.outcome = Outcome::None;
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.notice(text);
        let offered = std::mem::take(&mut self.state.offered);
        if offered && same(phrases::of(&self.state.language).person, text) {
            return self.hand_over();
        }
        let waiting = self.state.flow.clone().and_then(|name| self.bot.flow(&name));
        match waiting {
            Some(flow) if self.asks_again(flow, text) => self.aside(flow, text),
            Some(flow) => {
                if !self.advance(flow, Input::Text(text.to_owned())) {
                    self.understand(text);
                }
            }
            None => self.understand(text),
        }
    }

    /// Keeps what the text says of the bot's entities, the first of each, in variables of their names.
    fn notice(&mut self, text: &str) {
        let found = self.bot.entities.find(text);
        for one in found.iter().rev() {
            self.state.at.variables.insert(one.entity.clone(), one.value.clone());
        }
        self.reply.why.entities = found;
    }

    fn answer(&mut self, values: Option<std::collections::BTreeMap<String, String>>) {
        let waiting = self.state.flow.clone().and_then(|name| self.bot.flow(&name));
        if let Some(flow) = waiting {
            self.advance(flow, Input::Answer(values));
        }
    }

    /// Whether the question that waits would only be asked again.
    fn asks_again(&self, flow: &SnapshotFlow, text: &str) -> bool {
        let step = self.state.at.waits_at.as_ref().and_then(|name| flow.flow.steps.get(name));
        match step {
            Some(Step::Question { choices, otherwise: None, .. }) => {
                !choices.iter().any(|choice| same(&choice.label, text))
            }
            _ => false,
        }
    }

    /// Answers what was asked instead of choosing, then asks the question again, unless another flow asks now.
    fn aside(&mut self, flow: &SnapshotFlow, text: &str) {
        let (unknown, waits_at) = (self.state.unknown, self.state.at.waits_at.clone());
        let known = self.intent(text) || self.knowledge(text);
        let elsewhere = !self.reply.why.steps.is_empty() || self.reply.call.is_some();
        if elsewhere && (self.state.at.is_waiting() || self.reply.outcome == Outcome::Handover) {
            return;
        }
        self.state.at.waits_at = waits_at;
        self.advance(flow, Input::Text(text.to_owned()));
        if !known {
            self.state.unknown = unknown;
            self.unknown();
        }
    }

    fn understand(&mut self, text: &str) {
        if self.intent(text) || self.knowledge(text) {
            self.state.unknown = 0;
            return;
        }
        let settings = &self.bot.snapshot.settings;
        let texts = [self.state.language.as_str(), settings.language()].map(|language| settings.fallback.get(language));
        let own = texts.into_iter().flatten().find(|text| !text.trim().is_empty());
        let said = own.map_or_else(|| phrases::of(&self.state.language).fallback.to_owned(), String::clone);
        self.reply.messages.push(said);
        self.unknown();
    }

    /// Counts that it did not know, and offers a person after a while.
    fn unknown(&mut self) {
        self.reply.outcome = Outcome::Fallback;
        self.state.unknown = self.state.unknown.saturating_add(1);
        if self.state.unknown >= PATIENCE {
            let phrases = phrases::of(&self.state.language);
            self.reply.messages.push(phrases.offer.to_owned());
            self.reply.choices.push(phrases.person.to_owned());
            self.state.offered = true;
        }
    }

    fn hand_over(&mut self) {
        self.reply.messages.push(phrases::of(&self.state.language).asked.to_owned());
        self.reply.outcome = Outcome::Handover;
        self.state.unknown = 0;
        self.state.flow = None;
        self.state.at.waits_at = None;
    }

    /// Whether an intent answers or begins a flow.
    fn intent(&mut self, text: &str) -> bool {
        let Some(trained) = &self.bot.trained else { return false };
        let threshold = self.bot.snapshot.settings.intent_threshold.unwrap_or_else(|| trained.threshold());
        let understood = trained.understand_from(text, threshold);
        let likeliest = understood.intent.clone().or_else(|| Some(understood.runners_up.first()?.intent.clone()));
        let Some(name) = likeliest else { return false };
        // With few examples, how sure an intent is is a guess: an entry that is nearer has the word.
        let yields = !understood.taught && self.nearest(text) > understood.score;
        let taken = understood.intent.is_some() && !yields && self.say_for(&name);
        let (score, because) = (understood.score, understood.because);
        self.reply.why.intent = Some(WhyIntent { name, score, threshold, taken, because });
        taken
    }

    /// Does what the intent asks for; whether there is anything.
    fn say_for(&mut self, name: &str) -> bool {
        if let Some(flow) = self.bot.begun_by(name) {
            return self.enter(flow);
        }
        let Some(intent) = self.bot.intent(name) else { return false };
        let own = self.bot.snapshot.settings.language();
        let variants = [self.state.language.as_str(), own].map(|language| intent.responses.get(language));
        let variants = variants.into_iter().flatten().find(|variants| !variants.is_empty());
        let said = self.state.said.entry(name.to_owned()).or_default();
        let text = match variants {
            Some(variants) => variants.get(*said % variants.len().max(1)).cloned().unwrap_or_default(),
            None => intent.response.clone(),
        };
        if text.trim().is_empty() {
            return false;
        }
        *said = said.saturating_add(1);
        let known = |name: &str| self.bot.variables.contains(name);
        self.reply.messages.push(filled_where(&text, &self.state.at.variables, known));
        self.reply.outcome = Outcome::Answered;
        true
    }

    /// The score of the entry that speaks most of what is asked.
    fn nearest(&self, text: &str) -> f32 {
        let knowledge = self.bot.knowledge_in(&self.state.language);
        let found = knowledge.and_then(|knowledge| knowledge.search(text, 1).ok());
        let score = found.and_then(|found| found.first().map(|best| best.score)).unwrap_or_default();
        if score >= self.bot.snapshot.settings.knowledge_threshold { score } else { 0.0 }
    }

    /// Whether an entry answers.
    fn knowledge(&mut self, text: &str) -> bool {
        let threshold = self.bot.snapshot.settings.knowledge_threshold;
        let Some(knowledge) = self.bot.knowledge_in(&self.state.language) else { return false };
        // An index in memory that was built is read: what cannot be read has no entries.
        let found = knowledge.search(text, NAMED).unwrap_or_default();
        let best = found.first().filter(|best| best.score >= threshold).cloned();
        for one in &found {
            let Some(entry) = self.bot.entry(&one.id) else { continue };
            let taken = best.as_ref().is_some_and(|best| best.id == one.id);
            let (id, title) = (one.id.clone(), entry.title.clone());
            let because = one.because.clone();
            self.reply.why.entries.push(WhyEntry { id, title, score: one.score, threshold, taken, because });
        }
        let Some(best) = best else { return false };
        let near = found.into_iter().filter(|one| one.score >= threshold.max(best.score / 2.0));
        self.reply.basis = near.map(|one| one.id).collect();
        self.quote(&best)
    }

    fn quote(&mut self, found: &Found) -> bool {
        let Some(entry) = self.bot.entry(&found.id) else { return false };
        let answer = extract::answer(&entry.body, &found.because);
        let source = source(&entry.title, &entry.source);
        let label = phrases::of(&self.state.language).source;
        self.reply.messages.push(format!("{answer}\n\n{label} {source}").trim().to_owned());
        self.reply.outcome = Outcome::Answered;
        true
    }

    /// Begins a flow; whether it did anything.
    fn enter(&mut self, flow: &SnapshotFlow) -> bool {
        self.state.at.waits_at = None;
        self.advance(flow, Input::Begin)
    }

    /// Goes on in a flow; whether the flow took what came in.
    fn advance(&mut self, flow: &SnapshotFlow, input: Input) -> bool {
        let (at, outputs) = advance(&flow.flow, std::mem::take(&mut self.state.at), input);
        self.state.flow = at.waits_at.is_some().then(|| flow.name.clone());
        self.state.at = at;
        let mut took = true;
        for output in outputs {
            match output {
                Output::Say { step, text } => {
                    self.reply.why.steps.push(WhyStep { flow: flow.name.clone(), step });
                    self.reply.messages.push(text);
                }
                Output::Offer { choices } => self.reply.choices = choices,
                Output::HandOver { .. } => self.reply.outcome = Outcome::Handover,
                Output::Call { integration } => self.reply.call = Some(integration),
                Output::End => {}
                Output::NotForFlow | Output::Broken { .. } => took = !self.reply.messages.is_empty(),
            }
        }
        if took && self.reply.outcome == Outcome::None {
            self.reply.outcome = Outcome::Answered;
        }
        if took {
            self.state.unknown = 0;
        } else {
            self.state.flow = None;
            self.state.at.waits_at = None;
        }
        took
    }
}

/// An entry's name, and where it comes from.
fn source(title: &str, from: &str) -> String {
    if from.trim().is_empty() { title.to_owned() } else { format!("{title}, {from}") }
}

impl Why {
    /// Whether nothing is said of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl flow::State {
    /// Whether somebody is in a flow.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waits_at.is_some()
    }
}
