//! Handing conversations over to people (P-16): who can be reached now or next, who is told that somebody waits, and which
//! hours of the week have nobody.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rolecall_access::{BotId, Timestamp};
use rolecall_store::resource::{Answering, DueHandover, HeldConversations, WaitingConversation};
use rolecall_store::{Caller, In, Read};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::availability::{self, Absence, Availability};
use crate::mail;
use crate::problem::Problem;
use crate::service::availability::{AbsenceBody, availability_of, parse_absence};
use crate::service::{Named, Result};
use crate::state::App;
use crate::time::Time;

/// After so many seconds unanswered, whoever can be reached is told by mail.
const UNANSWERED: i64 = 60;

/// Whether a visitor can have a person, without saying whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Whether somebody can be reached now.
    pub now: bool,
    /// When somebody can be reached next; none: now, or never.
    pub next: Option<Timestamp>,
}

/// When somebody can be reached for the bot's conversations.
///
/// # Errors
/// Not found, if there is no such bot.
pub async fn outlook(app: &App, bot: BotId) -> Result<Outlook> {
    let now = instant(app.now());
    let people = times(&answering(app, bot).await?);
    if people.iter().any(|one| availability::reachable(one, now)) {
        return Ok(Outlook { now: true, next: None });
    }
    let next = people.iter().filter_map(|one| availability::next_reachable(one, now)).min();
    Ok(Outlook { now: false, next: next.map(|next| Timestamp(next.as_microsecond())) })
}

/// Whether somebody can be reached for the bot's conversations at any time of any week.
///
/// # Errors
/// Not found, if there is no such bot.
pub async fn is_covered(app: &App, bot: BotId) -> Result<bool> {
    Ok(answering(app, bot).await?.iter().any(|one| !one.week.intervals.is_empty()))
}

async fn answering(app: &App, bot: BotId) -> Result<Vec<Answering>> {
    let mut access = app.store.access(Caller::operator(app.now())).await?;
    let within = access.require::<In<HeldConversations>, Read>(bot).await?;
    Ok(access.list_answering(&within).await?)
}

fn instant(now: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn absences(days: &[(String, String)]) -> Vec<Absence> {
    let parse =
        |(from, until): &(String, String)| parse_absence(&AbsenceBody { from: from.clone(), until: until.clone() });
    days.iter().filter_map(parse).collect()
}

fn times(people: &[Answering]) -> Vec<Availability> {
    people.iter().map(|one| availability_of(&one.week, &one.time_zone, &absences(&one.away))).collect()
}

/// A conversation that waits for somebody like the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// Its number.
    pub number: i64,
    /// Its bot's name.
    pub bot: String,
    /// Its page.
    pub path: String,
    /// Since when.
    pub since: Time,
}

/// The conversations that wait for a person, of the bots for which the caller may answer and can be reached now.
pub async fn list_waiting(app: &App, caller: Caller) -> Result<Vec<Waiting>> {
    let now = instant(caller.now);
    let mut access = app.store.access(caller).await?;
    let waiting = access.list_waiting().await?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let zone = access.own_account().await?.time_zone;
    let away = absences(&access.list_own_absences().await?);
    let reachable = |one: &WaitingConversation| availability::reachable(&availability_of(&one.week, &zone, &away), now);
    let view = |one: WaitingConversation| Waiting {
        path: format!("/{}/bots/{}/conversations/{}", one.organization_slug, one.bot_slug, one.id),
        id: one.id,
        number: one.number,
        bot: one.bot_name,
        since: Time(one.since),
    };
    Ok(waiting.into_iter().filter(reachable).map(view).collect())
}

/// Tells by mail whoever may answer and can be reached now of conversations that have waited for a minute, each once, on
/// however many servers this runs. Where nobody can be reached they stay due, and whoever can be first is told.
///
/// # Errors
/// If the database fails.
pub async fn tell_due(app: &App) -> Result<usize> {
    let now = app.now();
    let before = now.plus_seconds(-UNANSWERED);
    let due = app.store.access(Caller::operator(now)).await?.list_due_handovers(before).await?;
    let mut told = 0;
    for one in due {
        told += tell(app, &one).await?;
    }
    if told > 0 {
        app.outbox.wake();
    }
    Ok(told)
}

async fn tell(app: &App, due: &DueHandover) -> Result<usize> {
    let now = instant(app.now());
    let people = answering(app, due.bot).await?;
    let reachable: Vec<&Answering> = people
        .iter()
        .zip(times(&people))
        .filter(|(_, times)| availability::reachable(times, now))
        .map(|(one, _)| one)
        .collect();
    if reachable.is_empty() {
        return Ok(0);
    }
    let mut change = app.store.change(Caller::operator(app.now())).await?;
    let taken = change.take_due_handover(due).await?;
    if taken.is_empty() {
        return Ok(0);
    }
    for reader in &reachable {
        mail::send_handover(app, &mut change, due, &taken, reader).await?;
    }
    change.commit().await?;
    Ok(reachable.len())
}

/// How many people can be reached in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HourView {
    /// At its worst moment.
    pub least: usize,
    /// At its best.
    pub most: usize,
}

/// The hours of a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayView {
    /// The date.
    pub date: String,
    /// `monday` to `sunday`.
    pub day: &'static str,
    /// Its hours, as clocks show them.
    pub hours: Vec<HourView>,
}

/// When people can be reached for a bot's conversations, in the seven days from today on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HoursView {
    /// The IANA time zone of the clocks: the bot's, or else the caller's.
    pub time_zone: String,
    /// The days.
    pub days: Vec<DayView>,
    /// Hours in which nobody can be reached at some moment.
    pub uncovered: usize,
    /// Whether somebody can be reached at any time of any week.
    pub anybody: bool,
    /// Who can be reached at all, for whoever may answer.
    pub agents: Vec<Named>,
}

/// Which hours have nobody.
pub async fn find_hours(app: &App, caller: Caller, bot: BotId) -> Result<HoursView> {
    let now = instant(caller.now);
    let mut access = app.store.access(caller).await?;
    let within = access.require::<In<HeldConversations>, Read>(bot).await?;
    let own = access.answering_person().await.map(|account| account.time_zone).ok();
    let known = access.find_time_zone_of_bot(&within).await?.into_iter().chain(own);
    let zone = known.into_iter().find_map(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let mut people = access.list_answering(&within).await?;
    people.retain(|one| !one.week.intervals.is_empty());
    let times = times(&people);
    let today = zone.to_datetime(now).date();
    let days = (0..7_i64).map(|ahead| day(today, ahead, &zone, &times)).collect::<Result<Vec<_>>>()?;
    let uncovered = days.iter().flat_map(|day| &day.hours).filter(|hour| hour.least == 0).count();
    let knows = super::may(&access, "Conversation", "update", rolecall_access::Scope::Bot(bot), None);
    let agents = people.into_iter().filter(|_| knows).map(|one| Named { id: one.user.0, name: one.name }).collect();
    Ok(HoursView { time_zone: name, days, uncovered, anybody: !times.is_empty(), agents })
}

fn day(today: Date, ahead: i64, zone: &TimeZone, people: &[Availability]) -> Result<DayView> {
    let date = today.checked_add(ahead.days()).map_err(|error| Problem::internal(&error))?;
    let reachable = |hour: i8, minute: i8| {
        let instant = zone.to_timestamp(date.at(hour, minute, 0, 0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        people.iter().filter(|one| availability::reachable(one, instant)).count()
    };
    let hour = |hour: i8| {
        let moments = [0, 15, 30, 45].map(|minute| reachable(hour, minute));
        let (least, most) = (moments.iter().min(), moments.iter().max());
        HourView { least: least.copied().unwrap_or_default(), most: most.copied().unwrap_or_default() }
    };
    let place = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
    let day = super::availability::DAYS.get(place).copied().unwrap_or_default();
    Ok(DayView { date: date.to_string(), day, hours: (0..24).map(hour).collect() })
}
