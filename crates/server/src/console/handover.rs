//! The profile's Handover section (P-16): when one can be reached for each bot, and days away.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use rolecall_access::BotId;
use serde::Deserialize;
use uuid::Uuid;

use crate::console::account::{Section, sections, zones};
use crate::console::form::{Errors, Fields};
use crate::console::page::{Page, SignedIn, done, render_with};
use crate::console::shell::Shell;
use crate::input::Input;
use crate::problem::Problem;
use crate::service;
use crate::service::availability::{
    AbsenceBody, AvailabilityBody, BotAvailabilityView, DAYS, IntervalBody, MOST_A_DAY, WeekBody,
};
use crate::state::App;
use crate::time::Time;

pub fn router() -> Router<App> {
    Router::new()
        .route(HANDOVER, get(show))
        .route("/profile/handover/away", post(set_away))
        .route("/profile/handover/{bot}", post(set_week))
        .route("/profile/handover/{bot}/copy", post(copy_week))
}

/// The section.
pub const HANDOVER: &str = "/profile/handover";

/// A beginning and an end, as the fields of a form have them.
#[derive(Clone, Default)]
struct Span {
    from: String,
    until: String,
}

/// A day of the week with its times and room for another.
struct Day {
    key: &'static str,
    label: String,
    times: Vec<Span>,
}

/// A bot with its week.
struct BotCard {
    id: Uuid,
    name: String,
    organization: String,
    open: bool,
    reachable: bool,
    /// Whether somebody can be reached for it at all.
    covered: bool,
    next: Option<Time>,
    zone: String,
    days: Vec<Day>,
    others: Vec<(Uuid, String)>,
    errors: Errors,
}

#[derive(Template)]
#[template(path = "handover.html")]
struct HandoverPage {
    shell: Shell,
    sections: Vec<Section>,
    zone: String,
    zones: Vec<String>,
    bots: Vec<BotCard>,
    away: Vec<Span>,
    away_errors: Errors,
}

/// What could not be saved: the form as it was typed, with what is wrong.
enum Refused {
    Week(Uuid, Box<WeekBody>, Errors),
    Away(Vec<AbsenceBody>, Errors),
}

/// The times of each day, with an empty one behind them.
fn days(shell: &Shell, week: &[IntervalBody]) -> Vec<Day> {
    let day = |key: &&'static str| {
        let own = week.iter().filter(|interval| interval.day == **key);
        let mut times: Vec<Span> =
            own.map(|one| Span { from: one.from.clone(), until: midnight(&one.until, "24:00", "00:00") }).collect();
        if times.len() < MOST_A_DAY {
            times.push(Span::default());
        }
        Day { key, label: shell.t(format!("day-{key}")), times }
    };
    DAYS.iter().map(day).collect()
}

/// Fields for times know no 24:00: the end of a day is 00:00 there.
fn midnight(text: &str, is: &str, becomes: &str) -> String {
    (if text == is { becomes } else { text }).to_owned()
}

fn card(shell: &Shell, all: &[BotAvailabilityView], view: &BotAvailabilityView, open: bool) -> BotCard {
    let others = all.iter().filter(|other| other.bot.id != view.bot.id && !view.week.is_empty());
    BotCard {
        id: view.bot.id,
        name: view.bot.name.clone(),
        organization: view.organization.name.clone(),
        open: open || all.len() == 1,
        reachable: view.reachable,
        covered: !view.week.is_empty(),
        next: view.next_change_at,
        zone: view.time_zone.clone().unwrap_or_default(),
        days: days(shell, &view.week),
        others: others.map(|other| (other.bot.id, other.bot.name.clone())).collect(),
        errors: Errors::default(),
    }
}

async fn page(app: &App, signed_in: SignedIn, open: Option<Uuid>, refused: Option<Refused>) -> Page {
    let found = service::availability::find_availability(app, signed_in.caller).await?;
    let shell = signed_in.shell.titled("profile-title");
    let zone = shell.me.as_ref().map(|me| me.time_zone.clone()).unwrap_or_default();
    let card = |view| card(&shell, &found.bots, view, open == Some(view.bot.id));
    let mut bots: Vec<BotCard> = found.bots.iter().map(card).collect();
    for card in bots.iter_mut().filter(|card| !card.covered) {
        card.covered = service::handover::is_covered(app, BotId(card.id)).await?;
    }
    let (mut away, mut away_errors) = (found.away, Errors::default());
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    match refused {
        None => {}
        Some(Refused::Away(typed, errors)) => (away, away_errors) = (typed, errors),
        Some(Refused::Week(id, typed, errors)) => {
            if let Some(card) = bots.iter_mut().find(|card| card.id == id) {
                card.days = days(&shell, &typed.week);
                card.zone = typed.time_zone.unwrap_or_default();
                (card.open, card.errors) = (true, errors);
            }
        }
    }
    let mut away: Vec<Span> = away.into_iter().map(|one| Span { from: one.from, until: one.until }).collect();
    away.push(Span::default());
    let sections = sections(&shell, HANDOVER);
    let page = HandoverPage { sections, shell, zone, zones: zones(), bots, away, away_errors };
    render_with(status, &page.shell, &page)
}

#[derive(Deserialize)]
struct Shown {
    /// The bot whose week is open.
    #[serde(default)]
    bot: String,
}

async fn show(signed_in: SignedIn, State(app): State<App>, Query(Shown { bot }): Query<Shown>) -> Page {
    page(&app, signed_in, bot.parse().ok(), None).await
}

/// Pairs of fields, without those left empty.
fn spans(fields: &Fields, from: &str, until: &str) -> Vec<(String, String)> {
    let pairs = fields.all(from).into_iter().zip(fields.all(until));
    let pairs = pairs.map(|(from, until)| (from.trim().to_owned(), until.trim().to_owned()));
    pairs.filter(|(from, until)| !from.is_empty() || !until.is_empty()).collect()
}

fn week(fields: &Fields) -> Vec<IntervalBody> {
    let of_day = |day: &&'static str| {
        let spans = spans(fields, &format!("{day}-from"), &format!("{day}-until"));
        let day = (*day).to_owned();
        let interval = move |(from, until): (String, String)| IntervalBody {
            day: day.clone(),
            from,
            until: midnight(&until, "00:00", "24:00"),
        };
        spans.into_iter().map(interval).collect::<Vec<_>>()
    };
    DAYS.iter().flat_map(of_day).collect()
}

fn of_bot(bot: Uuid) -> String {
    format!("{HANDOVER}?bot={bot}#bot-{bot}")
}

async fn set_week(signed_in: SignedIn, State(app): State<App>, Path(bot): Path<String>, fields: Fields) -> Page {
    let bot: Uuid = bot.parse().map_err(|_| Problem::not_found())?;
    let typed = WeekBody { bot_id: bot, time_zone: fields.given("time_zone"), week: week(&fields) };
    let body = AvailabilityBody { bots: vec![typed.clone()], away: None };
    match service::availability::set_availability(&app, signed_in.caller.clone(), Input::of(body)).await {
        Ok(_) => Ok(done(&of_bot(bot), &signed_in.shell.t("handover-saved"))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(&app, signed_in, None, Some(Refused::Week(bot, Box::new(typed), errors))).await
        }
    }
}

async fn copy_week(signed_in: SignedIn, State(app): State<App>, Path(bot): Path<String>, fields: Fields) -> Page {
    let bot: Uuid = bot.parse().map_err(|_| Problem::not_found())?;
    let found = service::availability::find_availability(&app, signed_in.caller.clone()).await?;
    let from = found.bots.into_iter().find(|one| one.bot.id == bot).ok_or_else(Problem::not_found)?;
    let copy = |bot_id| WeekBody { bot_id, time_zone: from.time_zone.clone(), week: from.week.clone() };
    let body = AvailabilityBody { bots: fields.ids("bot_ids").into_iter().map(copy).collect(), away: None };
    let count = body.bots.len();
    match service::availability::set_availability(&app, signed_in.caller.clone(), Input::of(body)).await {
        Ok(_) => Ok(done(&of_bot(bot), &signed_in.shell.count("handover-copied", count))),
        Err(problem) => {
            let typed = WeekBody { bot_id: bot, time_zone: from.time_zone, week: from.week };
            let errors = Errors::of_problem(problem)?;
            page(&app, signed_in, None, Some(Refused::Week(bot, Box::new(typed), errors))).await
        }
    }
}

async fn set_away(signed_in: SignedIn, State(app): State<App>, fields: Fields) -> Page {
    let spans = spans(&fields, "away-from", "away-until");
    let one_day = |(from, until): (String, String)| {
        let until = if until.is_empty() { from.clone() } else { until };
        AbsenceBody { from, until }
    };
    let typed: Vec<AbsenceBody> = spans.into_iter().map(one_day).collect();
    let body = AvailabilityBody { bots: Vec::new(), away: Some(typed.clone()) };
    match service::availability::set_availability(&app, signed_in.caller.clone(), Input::of(body)).await {
        Ok(_) => Ok(done(&format!("{HANDOVER}#away"), &signed_in.shell.t("away-saved"))),
        Err(problem) => {
            let errors = Errors::of_problem(problem)?;
            page(&app, signed_in, None, Some(Refused::Away(typed, errors))).await
        }
    }
}
