//! A bot's figures: charts with the same figures as a table below, what was understood and what was not.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::ToSpan as _;
use jiff::civil::Date;
use rolecall_access::BotId;

use crate::console::bot::{Tab, open};
use crate::console::chart::{self, Chart, Column};
use crate::console::entry::status_of;
use crate::console::form::Errors;
use crate::console::page::{Inside, Page, encode, render_with};
use crate::console::shell::Shell;
use crate::console::users::ListState;
use crate::problem::{FieldError, Problem};
use crate::service;
use crate::service::analytics::body::{AnalyticsBy, AnalyticsQuery, AnalyticsRowView, AnalyticsView, FiguresView};
use crate::state::App;

pub fn router() -> Router<App> {
    Router::new().route("/{org}/bots/{bot}/analytics", get(show_analytics))
}

/// The periods to choose with one click, in days.
const PERIODS: [i32; 3] = [7, 30, 90];

#[derive(Template)]
#[template(path = "analytics.html")]
struct AnalyticsPage {
    shell: Shell,
    tab: Tab,
    list: ListState,
    channels: Vec<String>,
    view: Option<AnalyticsView>,
    charts: Vec<Chart>,
    errors: Errors,
    export: String,
}

impl AnalyticsPage {
    fn periods(&self) -> [i32; 3] {
        PERIODS
    }

    fn value(&self, field: &str) -> String {
        self.list.filter(field).unwrap_or_default()
    }

    /// Whether the page shows the last so many days.
    fn shows(&self, days: i32) -> bool {
        let own = !self.value("from").is_empty() || !self.value("until").is_empty();
        !own && self.list.filter("days").map_or(days == 30, |set| set == days.to_string())
    }

    fn own(&self) -> bool {
        !self.value("from").is_empty() || !self.value("until").is_empty() || !self.errors_free()
    }

    fn errors_free(&self) -> bool {
        ["from", "until"].iter().all(|field| self.errors.of(field).is_none())
    }

    /// The address of the last so many days.
    fn period(&self, days: i32) -> String {
        let filters = self.list.filters.iter().filter(|(key, _)| key != "from" && key != "until");
        ListState { filters: filters.cloned().collect(), ..self.list.clone() }.narrowed("days", days)
    }

    /// The fields of days of one's own, with their labels.
    fn bounds(&self) -> [(&'static str, String); 2] {
        ["from", "until"].map(|field| (field, self.shell.t(format!("audit-field-{field}"))))
    }

    fn slices(&self) -> [AnalyticsBy; 3] {
        AnalyticsBy::ALL
    }

    fn is_by(&self, by: AnalyticsBy) -> bool {
        self.view.as_ref().map_or(AnalyticsBy::Day, |view| view.by) == by
    }

    /// What a row is called.
    fn name(&self, row: &AnalyticsRowView) -> String {
        name(&self.shell, self.view.as_ref().map_or(AnalyticsBy::Day, |view| view.by), &row.key)
    }

    fn rate(&self, rate: &Option<f64>) -> String {
        rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.0} %", rate * 100.0))
    }

    /// How long, in words as short as they can be.
    fn time(&self, milliseconds: &Option<f64>) -> String {
        match *milliseconds {
            None => "–".to_owned(),
            Some(time) if time < 1.0 => "< 1 ms".to_owned(),
            Some(time) if time < 1_000.0 => format!("{time:.0} ms"),
            Some(time) => format!("{:.1} s", time / 1_000.0),
        }
    }

    /// The days that are shown.
    fn days(&self, view: &AnalyticsView) -> String {
        let (from, until) = (day(&view.from, "%-d %B %Y"), day(&view.until, "%-d %B %Y"));
        self.shell.text.with_all("analytics-days", &[("from", &from), ("until", &until), ("zone", &view.time_zone)])
    }

    fn is_empty(&self, figures: &FiguresView) -> bool {
        figures.conversations == 0 && figures.messages == 0
    }
}

/// A day as people write it; anything else as it is.
fn day(text: &str, format: &str) -> String {
    text.parse::<Date>().map_or_else(|_| text.to_owned(), |date| date.strftime(format).to_string())
}

fn name(shell: &Shell, by: AnalyticsBy, key: &str) -> String {
    match by {
        AnalyticsBy::Day => day(key, "%-d %b"),
        AnalyticsBy::Version => shell.with("analytics-version", "number", key),
        AnalyticsBy::Language => key.to_owned(),
    }
}

fn charts(shell: &Shell, view: &AnalyticsView) -> Vec<Chart> {
    let by = view.by;
    let columns = |sizes: fn(&FiguresView) -> Vec<i64>| {
        let column = |row: &AnalyticsRowView| Column { name: name(shell, by, &row.key), sizes: sizes(&row.figures) };
        view.rows.iter().map(column).collect()
    };
    vec![
        Chart {
            id: "chart-conversations",
            title: shell.t("analytics-chart-conversations"),
            parts: vec![("chart-plain", shell.t("analytics-conversations"))],
            columns: columns(|figures| vec![figures.conversations]),
        },
        Chart {
            id: "chart-replies",
            title: shell.t("analytics-chart-replies"),
            parts: vec![
                ("chart-answered", shell.t("analytics-answered")),
                ("chart-fallback", shell.t("analytics-fallback")),
                ("chart-handover", shell.t("analytics-handover")),
            ],
            columns: columns(|figures| vec![figures.answered, figures.fallback, figures.handover]),
        },
    ]
}

/// What the address asks for; `days` are the last ones, in the bot's zone.
fn query(shell: &Shell, list: &ListState, today: Option<Date>) -> Result<AnalyticsQuery, Problem> {
    let by = list.filter("by").and_then(|set| AnalyticsBy::ALL.into_iter().find(|by| by.as_str() == set));
    let (mut from, until) = (list.filter("from"), list.filter("until"));
    for (field, given) in [("from", &from), ("until", &until)] {
        if given.as_ref().is_some_and(|text| text.parse::<Date>().is_err()) {
            let wrong = shell.t(format!("audit-wrong-{field}"));
            return Err(Problem::invalid(vec![FieldError::new(field, "invalid", wrong)]));
        }
    }
    let days = list.filter("days").and_then(|days| days.parse::<i32>().ok()).filter(|days| PERIODS.contains(days));
    if from.is_none()
        && until.is_none()
        && let Some((days, today)) = days.zip(today)
    {
        from = today.checked_sub((days - 1).days()).ok().map(|date| date.to_string());
    }
    Ok(AnalyticsQuery { from, until, by, channel: list.filter("channel") })
}

/// The address of a table of what is shown.
fn export(bot: BotId, view: &AnalyticsView, channel: Option<String>) -> String {
    let channel = channel.map(|channel| format!("&channel={}", encode(&channel))).unwrap_or_default();
    let (from, until, by) = (&view.from, &view.until, view.by.as_str());
    format!("/api/v1/bots/{}/analytics/export?from={from}&until={until}&by={by}{channel}", bot.0)
}

async fn show_analytics(
    inside: Inside,
    State(app): State<App>,
    Path((_, slug)): Path<(String, String)>,
    list: ListState,
) -> Page {
    let (inside, tab) = open(&app, inside, &slug, "analytics").await?;
    let bot = BotId(tab.bot.id);
    let channels = service::analytics::list_channels(&app, inside.caller.clone(), bot).await?;
    let today = service::analytics::find_today(&app, inside.caller.clone(), bot).await?;
    let asked = query(&inside.shell, &list, Some(today));
    let (view, errors) = match service::analytics::find_analytics(&app, inside.caller, bot, asked).await {
        Ok(view) => (Some(view), Errors::default()),
        Err(problem) => (None, Errors::of_problem(problem)?),
    };
    let shell = inside.shell.within("bots", "Bot");
    let charts = view.as_ref().map(|view| charts(&shell, view)).unwrap_or_default();
    let export = view.as_ref().map(|view| export(bot, view, list.filter("channel"))).unwrap_or_default();
    let list = ListState { path: tab.path(&shell, "/analytics"), ..list };
    let page = AnalyticsPage { shell, tab, list, channels, view, charts, errors, export };
    render_with(status_of(&page.errors, &["from", "until"]), &page.shell, &page)
}
