//! Figures of a bot's use (`Analytics`): counted by day in the bot's time zone, by version, by language. What visitors
//! said is shown to whoever reads conversations, and as they see it there.

pub mod body;
pub mod export;
mod period;

use rolecall_access::{BotId, Scope};
use rolecall_store::resource::{Analytics, Figures, HeldConversations, Slices};
use rolecall_store::{Access, Authorized, Caller, In, Read};

use self::body::{
    AnalyticsBy, AnalyticsQuery, AnalyticsRowView, AnalyticsView, FiguresView, UnansweredView, UnderstoodIntentView,
};
use self::period::Period;
use crate::mask;
use crate::service::{Result, may};
use crate::state::App;
use crate::time::Time;

/// The most rows of versions and languages.
const ROWS: usize = 400;

/// The bot's figures.
pub async fn find_analytics(
    app: &App,
    caller: Caller,
    bot: BotId,
    query: Result<AnalyticsQuery>,
) -> Result<AnalyticsView> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Analytics, Read>(bot).await?;
    figures(&mut access, &of, query?).await
}

/// The channels at which the bot's conversations are held.
pub async fn list_channels(app: &App, caller: Caller, bot: BotId) -> Result<Vec<String>> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Analytics, Read>(bot).await?;
    Ok(access.list_counted_channels(&of).await?)
}

/// Which day it is in the bot's time zone.
pub async fn find_today(app: &App, caller: Caller, bot: BotId) -> Result<jiff::civil::Date> {
    let mut access = app.store.access(caller).await?;
    let of = access.require::<Analytics, Read>(bot).await?;
    let zone = access.find_counting_zone(&of).await?;
    Ok(Period::of(&AnalyticsQuery::default(), zone.as_deref(), access.caller().now)?.until)
}

async fn figures(
    access: &mut Access,
    of: &Authorized<Analytics, Read>,
    query: AnalyticsQuery,
) -> Result<AnalyticsView> {
    let zone = access.find_counting_zone(of).await?;
    let period = Period::of(&query, zone.as_deref(), access.caller().now)?;
    let by = query.by.unwrap_or(AnalyticsBy::Day);
    let counted = period.counted(query.channel);
    let whole = access.count_use(of, &counted, &Slices::Whole).await?;
    let slices = match by {
        AnalyticsBy::Day => Slices::Day(period.shifts()),
        AnalyticsBy::Version => Slices::Version,
        AnalyticsBy::Language => Slices::Language,
    };
    let mut found = access.count_use(of, &counted, &slices).await?;
    let rows = match by {
        AnalyticsBy::Day => {
            let figures = period.days().map(|(number, day)| (day, found.remove(&number).unwrap_or_default()));
            figures.map(|(key, figures)| row(key, figures)).collect()
        }
        AnalyticsBy::Version | AnalyticsBy::Language => largest(found, by),
    };
    let understood = access.count_understood(of, &counted).await?;
    let unanswered = match access.require::<In<HeldConversations>, Read>(of.id).await {
        Ok(within) => {
            let open = may(access, "Conversation", "update", Scope::Bot(of.id), None);
            Some(merged(access.list_unanswered(&within, &counted).await?, open))
        }
        Err(_) => None,
    };
    Ok(AnalyticsView {
        from: period.from.to_string(),
        until: period.until.to_string(),
        time_zone: period.zone_name.clone(),
        by,
        totals: FiguresView::of(&whole.get("").copied().unwrap_or_default()),
        rows,
        intents: understood.into_iter().map(|(intent, count)| UnderstoodIntentView { intent, count }).collect(),
        unanswered,
    })
}

fn row(key: String, figures: Figures) -> AnalyticsRowView {
    AnalyticsRowView { key, figures: FiguresView::of(&figures) }
}

/// The newest versions, the most spoken languages.
fn largest(found: std::collections::BTreeMap<String, Figures>, by: AnalyticsBy) -> Vec<AnalyticsRowView> {
    let mut found: Vec<(String, Figures)> = found.into_iter().collect();
    match by {
        AnalyticsBy::Version => found.sort_by_key(|(key, _)| std::cmp::Reverse(key.parse::<i64>().unwrap_or_default())),
        AnalyticsBy::Day | AnalyticsBy::Language => {
            found.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.messages))
        }
    }
    found.truncate(ROWS);
    found.into_iter().map(|(key, figures)| row(key, figures)).collect()
}

/// The sentences as the caller sees them; those that look the same when masked are one.
fn merged(found: Vec<rolecall_store::resource::Unanswered>, open: bool) -> Vec<UnansweredView> {
    let mut merged: Vec<UnansweredView> = Vec::new();
    for one in found {
        let text = if open { one.text } else { mask::text(&one.text) };
        match merged.iter_mut().find(|known| known.text == text) {
            Some(known) => {
                known.count += one.count;
                known.last_at = Time(known.last_at.0.max(one.last_at));
            }
            None => merged.push(UnansweredView { text, count: one.count, last_at: Time(one.last_at) }),
        }
    }
    merged.sort_by_key(|one| std::cmp::Reverse(one.count));
    merged
}
