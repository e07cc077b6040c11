//! A table of the figures, taken out.

use rolecall_access::BotId;
use rolecall_store::resource::{Analytics, HeldConversations};
use rolecall_store::{Caller, In, Read};

use super::body::{AnalyticsExportQuery, AnalyticsQuery, AnalyticsTable, AnalyticsView};
use super::figures;
use crate::service::Result;
use crate::service::conversation::export::ConversationFile;
use crate::spreadsheet;
use crate::state::App;

/// The columns after the first.
const COLUMNS: [&str; 11] = [
    "conversations",
    "messages",
    "replies",
    "answered",
    "fallback",
    "handover",
    "answered_rate",
    "fallback_rate",
    "handover_rate",
    "median_ms",
    "p95_ms",
];

/// The table as CSV. That it was taken out stands in the audit log.
pub async fn export_analytics(
    app: &App,
    caller: Caller,
    bot: BotId,
    query: Result<AnalyticsExportQuery>,
) -> Result<ConversationFile> {
    // Counted before anybody is made to wait for the writer.
    let mut access = app.store.access(caller.clone()).await?;
    let of = access.require::<Analytics, Read>(bot).await?;
    let AnalyticsExportQuery { from, until, by, channel, table } = query?;
    let table = table.unwrap_or_default();
    if table == AnalyticsTable::Unanswered {
        access.require::<In<HeldConversations>, Read>(bot).await?;
    }
    let view = figures(&mut access, &of, AnalyticsQuery { from, until, by, channel }).await?;
    drop(access);
    let mut change = app.store.change(caller).await?;
    let of = change.require::<Analytics, Read>(bot).await?;
    if table == AnalyticsTable::Unanswered {
        change.require::<In<HeldConversations>, Read>(bot).await?;
    }
    change.tell_analytics_export(&of, table.as_str(), (&view.from, &view.until));
    let name = format!("analytics-{}-{}-{}-{}.csv", of.slug, table.as_str(), view.from, view.until);
    change.commit().await?;
    Ok(ConversationFile { name, media_type: "text/csv; charset=utf-8", text: text(&view, table) })
}

fn text(view: &AnalyticsView, table: AnalyticsTable) -> String {
    let lines: Vec<Vec<String>> = match table {
        AnalyticsTable::Figures => rows(view),
        AnalyticsTable::Intents => {
            let head = vec!["intent".to_owned(), "count".to_owned()];
            let rows = view.intents.iter().map(|one| vec![one.intent.clone(), one.count.to_string()]);
            std::iter::once(head).chain(rows).collect()
        }
        AnalyticsTable::Unanswered => {
            let head = ["text", "count", "last_at"].map(ToOwned::to_owned).to_vec();
            let rows = view.unanswered.iter().flatten();
            let rows = rows.map(|one| vec![one.text.clone(), one.count.to_string(), one.last_at.text()]);
            std::iter::once(head).chain(rows).collect()
        }
    };
    lines.iter().map(|cells| spreadsheet::line(cells)).collect()
}

fn rows(view: &AnalyticsView) -> Vec<Vec<String>> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let row = |row: &super::body::AnalyticsRowView| {
        let figures = &row.figures;
        let counts = [
            figures.conversations,
            figures.messages,
            figures.replies,
            figures.answered,
            figures.fallback,
            figures.handover,
        ];
        let measures =
            [figures.answered_rate, figures.fallback_rate, figures.handover_rate, figures.median_ms, figures.p95_ms];
        let cells = counts.iter().map(ToString::to_string).chain(measures.map(number));
        std::iter::once(row.key.clone()).chain(cells).collect()
    };
    let head = std::iter::once(view.by.as_str()).chain(COLUMNS).map(str::to_owned).collect();
    std::iter::once(head).chain(view.rows.iter().map(row)).collect()
}
