//! What is asked and answered about a bot's figures.

use rolecall_store::resource::Figures;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::time::Time;

/// What the rows are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnalyticsBy {
    /// The days.
    #[default]
    Day,
    /// The versions of the bot.
    Version,
    /// The languages of conversations.
    Language,
}

impl AnalyticsBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Version, Self::Language];

    /// As the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Version => "version",
            Self::Language => "language",
        }
    }
}

/// Which figures.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsQuery {
    /// The first day, in the bot's time zone; left out: 29 days before the last.
    #[param(format = Date)]
    pub from: Option<String>,
    /// The last day, included; left out: today. At most 400 days.
    #[param(format = Date)]
    pub until: Option<String>,
    /// What the rows are of; left out: `day`.
    pub by: Option<AnalyticsBy>,
    /// Only conversations at this channel.
    #[param(max_length = 200)]
    pub channel: Option<String>,
}

/// Which table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnalyticsTable {
    /// The rows of figures.
    #[default]
    Figures,
    /// The intents that were understood.
    Intents,
    /// What the bot had no answer to; needs `Conversation: read`, too.
    Unanswered,
}

impl AnalyticsTable {
    /// As the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Figures => "figures",
            Self::Intents => "intents",
            Self::Unanswered => "unanswered",
        }
    }
}

/// Which figures, and which table of them.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnalyticsExportQuery {
    /// The first day, in the bot's time zone; left out: 29 days before the last.
    #[param(format = Date)]
    pub from: Option<String>,
    /// The last day, included; left out: today. At most 400 days.
    #[param(format = Date)]
    pub until: Option<String>,
    /// What the rows are of; left out: `day`.
    pub by: Option<AnalyticsBy>,
    /// Only conversations at this channel.
    #[param(max_length = 200)]
    pub channel: Option<String>,
    /// The table; left out: `figures`.
    pub table: Option<AnalyticsTable>,
}

/// What was counted.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FiguresView {
    /// Conversations that began.
    pub conversations: i64,
    /// What visitors, the bot and people said.
    pub messages: i64,
    /// Turns of the bot that came out in one of the three ways below.
    pub replies: i64,
    /// It had an answer.
    pub answered: i64,
    /// It had none.
    pub fallback: i64,
    /// A person was asked for.
    pub handover: i64,
    /// The share of replies that are answers, from 0 to 1; null without any.
    pub answered_rate: Option<f64>,
    /// The share that are none.
    pub fallback_rate: Option<f64>,
    /// The share in which a person was asked for.
    pub handover_rate: Option<f64>,
    /// How long the bot took for half of its replies at most, in milliseconds.
    pub median_ms: Option<f64>,
    /// And for 95 of 100.
    pub p95_ms: Option<f64>,
}

impl FiguresView {
    #[expect(clippy::cast_precision_loss, reason = "counts and microseconds far below 2^53")]
    pub(super) fn of(figures: &Figures) -> Self {
        let replies = figures.answered + figures.fallback + figures.handover;
        let rate = |part: i64| (replies > 0).then(|| (part as f64 / replies as f64 * 10_000.0).round() / 10_000.0);
        let milliseconds = |took: Option<i64>| took.map(|took| took as f64 / 1_000.0);
        Self {
            conversations: figures.conversations,
            messages: figures.messages,
            replies,
            answered: figures.answered,
            fallback: figures.fallback,
            handover: figures.handover,
            answered_rate: rate(figures.answered),
            fallback_rate: rate(figures.fallback),
            handover_rate: rate(figures.handover),
            median_ms: milliseconds(figures.median),
            p95_ms: milliseconds(figures.slow),
        }
    }
}

/// A day, version or language.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AnalyticsRowView {
    /// The day (`2026-05-03`), the version's number, or the language.
    pub key: String,
    /// What was counted of it.
    pub figures: FiguresView,
}

/// An intent that was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnderstoodIntentView {
    /// Its name.
    pub intent: String,
    /// How often.
    pub count: i64,
}

/// What visitors said that the bot had no answer to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnansweredView {
    /// The sentence; addresses and telephone numbers are masked for whoever may not answer conversations.
    pub text: String,
    /// How often, whatever the case.
    pub count: i64,
    /// When last.
    pub last_at: Time,
}

/// Figures of a bot's use.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnalyticsView {
    /// The first day.
    #[schema(format = Date)]
    pub from: String,
    /// The last day, included.
    #[schema(format = Date)]
    pub until: String,
    /// The time zone of the days: the bot's.
    pub time_zone: String,
    /// What the rows are of.
    pub by: AnalyticsBy,
    /// All together.
    pub totals: FiguresView,
    /// Each day in its order, be it empty; the versions, the newest first; the languages, the most spoken first.
    pub rows: Vec<AnalyticsRowView>,
    /// Intents that were understood, the most frequent first, 100 at most.
    pub intents: Vec<UnderstoodIntentView>,
    /// What the bot had no answer to, the most frequent first, 100 at most; null for whoever does not read conversations.
    pub unanswered: Option<Vec<UnansweredView>>,
}
