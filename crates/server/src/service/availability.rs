//! When one can be reached for the conversations of bots (P-16): one's own weeks, bot by bot, and days away.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rolecall_access::BotId;
use rolecall_store::resource::{AnsweredBot, Conversations, Week, WeekInterval};
use rolecall_store::{Caller, Update};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::availability::{self, Absence, Availability, DAY, Interval};
use crate::input::{Check, Input};
use crate::problem::{FieldError, Problem};
use crate::service::{Named, Result, Written};
use crate::state::App;
use crate::time::Time;

/// Most times on one day.
pub const MOST_A_DAY: usize = 8;
/// Most spans of days away.
const MOST_ABSENCES: usize = 50;
/// Most bots in one request.
const MOST_BOTS: usize = 200;
/// The days of the week.
pub const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A time of each week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntervalBody {
    /// `monday` to `sunday`.
    pub day: String,
    /// When it begins, as clocks show it: `09:00`.
    pub from: String,
    /// When it ends: `17:30`, or `24:00` for midnight. What goes on after midnight is another one, of the next day.
    pub until: String,
}

/// Days away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceBody {
    /// The first day: `2026-12-24`.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// A week for a bot.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekBody {
    /// The bot.
    pub bot_id: Uuid,
    /// IANA time zone of the clocks; left out: the profile's.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// All times of the week.
    pub week: Vec<IntervalBody>,
}

/// A change of when one can be reached: the whole week of each bot named, and, if given, all days away.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AvailabilityBody {
    /// Bots; those not named stay as they are.
    #[serde(default)]
    pub bots: Vec<WeekBody>,
    /// Days away; left out: as they are.
    #[serde(default)]
    pub away: Option<Vec<AbsenceBody>>,
}

/// When one can be reached for a bot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BotAvailabilityView {
    /// The bot.
    pub bot: Named,
    /// Its organization.
    pub organization: Named,
    /// The time zone chosen for it; null: the profile's.
    pub time_zone: Option<String>,
    /// All times of the week.
    pub week: Vec<IntervalBody>,
    /// Whether one can be reached now.
    pub reachable: bool,
    /// From when on one can be reached next, or, if one can now, until when; null: never, or always.
    pub next_change_at: Option<Time>,
}

/// When one can be reached.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AvailabilityView {
    /// The bots whose conversations one may answer.
    pub bots: Vec<BotAvailabilityView>,
    /// Days away.
    pub away: Vec<AbsenceBody>,
}

impl Check for AvailabilityBody {
    fn check(&mut self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.bots.len() > MOST_BOTS {
            errors.push(FieldError::new("bots", "too_many", format!("Name at most {MOST_BOTS} bots at once.")));
            return errors;
        }
        let mut named = BTreeSet::new();
        for (number, week) in self.bots.iter().enumerate() {
            if !named.insert(week.bot_id) {
                let field = format!("bots.{number}.bot_id");
                errors.push(FieldError::new(field, "duplicate", "Name each bot once."));
            }
            check_week(&format!("bots.{number}"), week, &mut errors);
        }
        check_absences(self.away.as_deref().unwrap_or_default(), &mut errors);
        errors
    }
}

fn check_week(field: &str, body: &WeekBody, errors: &mut Vec<FieldError>) {
    if body.time_zone.as_deref().is_some_and(|zone| TimeZone::get(zone).is_err()) {
        let message = "Enter a time zone such as Europe/Berlin.";
        errors.push(FieldError::new(format!("{field}.time_zone"), "invalid", message));
    }
    if body.week.len() > MOST_A_DAY * DAYS.len() {
        let message = format!("Set at most {MOST_A_DAY} times on one day.");
        return errors.push(FieldError::new(format!("{field}.week"), "too_many", message));
    }
    let mut known: Vec<(usize, Interval)> = Vec::new();
    for (number, interval) in body.week.iter().enumerate() {
        match parse(&format!("{field}.week.{number}"), interval) {
            Ok(interval) => known.push((number, interval)),
            Err(error) => errors.push(error),
        }
    }
    known.sort_by_key(|(_, interval)| *interval);
    for pair in known.windows(2) {
        if let [(_, one), (number, other)] = pair
            && one.day == other.day
            && other.from < one.until
        {
            let message = format!("{}: two times overlap; make one of them.", day_word(other.day));
            errors.push(FieldError::new(format!("{field}.week.{number}"), "overlap", message));
        }
    }
    for day in 1..=7 {
        if known.iter().filter(|(_, interval)| interval.day == day).count() > MOST_A_DAY {
            let message = format!("{}: set at most {MOST_A_DAY} times on one day.", day_word(day));
            errors.push(FieldError::new(format!("{field}.week"), "too_many", message));
        }
    }
}

fn check_absences(away: &[AbsenceBody], errors: &mut Vec<FieldError>) {
    if away.len() > MOST_ABSENCES {
        let message = format!("Name at most {MOST_ABSENCES} spans of days away.");
        return errors.push(FieldError::new("away", "too_many", message));
    }
    let mut begun = BTreeSet::new();
    for (number, absence) in away.iter().enumerate() {
        let message = match parse_absence(absence) {
            None => "Give the first and the last day away, such as 2026-12-24.",
            Some(absence) if absence.last < absence.first => "The last day away is before the first.",
            Some(absence) if !begun.insert(absence.first) => {
                "Two spans of days away begin on one day; make one of them."
            }
            Some(_) => continue,
        };
        errors.push(FieldError::new(format!("away.{number}"), "invalid", message));
    }
}

pub(super) fn parse_absence(body: &AbsenceBody) -> Option<Absence> {
    Some(Absence { first: day(&body.from)?, last: day(&body.until)? })
}

/// Of the form `2026-12-24` and no other.
fn day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| date.to_string() == text)
}

/// The time, or what is wrong with it.
fn parse(field: &str, body: &IntervalBody) -> std::result::Result<Interval, FieldError> {
    let invalid = |part: &str, message: String| FieldError::new(format!("{field}.{part}"), "invalid", message);
    let day = DAYS.iter().position(|day| *day == body.day).and_then(|place| u8::try_from(place + 1).ok());
    let day = day.ok_or_else(|| invalid("day", "A day is `monday` to `sunday`.".to_owned()))?;
    let minute = |part, text| {
        let message = || format!("{}: enter times such as 09:00.", day_word(day));
        minute(text).ok_or_else(|| invalid(part, message()))
    };
    let (from, until) = (minute("from", &body.from)?, minute("until", &body.until)?);
    if until <= from {
        let message = format!("{}: the end must come after the beginning.", day_word(day));
        let message = format!("{message} What goes on after midnight is entered on the next day.");
        return Err(invalid("until", message));
    }
    Ok(Interval { day, from, until })
}

/// The minute of a day that `09:30` names; `24:00` is its end.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &&str| text.len() == 2 && text.chars().all(|letter| letter.is_ascii_digit());
    let two = |text| Some(text).filter(digits).and_then(|text| text.parse::<u8>().ok());
    let minutes = u16::from(two(hour)?) * 60 + u16::from(two(minute).filter(|minute| *minute < 60)?);
    (minutes <= DAY).then_some(minutes)
}

fn minute_text(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn day_word(day: u8) -> String {
    let name = DAYS.get(usize::from(day).saturating_sub(1)).copied().unwrap_or_default();
    crate::text::capital(name)
}

fn interval_view(interval: &WeekInterval) -> IntervalBody {
    let place = usize::try_from(interval.day - 1).unwrap_or_default();
    IntervalBody {
        day: DAYS.get(place).copied().unwrap_or_default().to_owned(),
        from: minute_text(interval.from),
        until: minute_text(interval.until),
    }
}

/// The stored week as it is asked about.
pub(super) fn availability_of(week: &Week, zone: &str, away: &[Absence]) -> Availability {
    let zone = week.time_zone.as_deref().unwrap_or(zone);
    let part = |number: i64| u16::try_from(number).unwrap_or_default();
    let interval = |one: &WeekInterval| Interval {
        day: u8::try_from(one.day).unwrap_or_default(),
        from: part(one.from),
        until: part(one.until),
    };
    Availability {
        zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
        week: week.intervals.iter().map(interval).collect(),
        away: away.to_vec(),
    }
}

/// When the caller can be reached, for each bot whose conversations they may answer.
pub async fn find_availability(app: &App, caller: Caller) -> Result<AvailabilityView> {
    let now = jiff::Timestamp::from_microsecond(caller.now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let mut access = app.store.access(caller).await?;
    let zone = access.own_account().await?.time_zone;
    let away = access.list_own_absences().await?;
    let away: Vec<AbsenceBody> = away.into_iter().map(|(from, until)| AbsenceBody { from, until }).collect();
    let absences: Vec<Absence> = away.iter().filter_map(parse_absence).collect();
    let view = |one: AnsweredBot| {
        let times = availability_of(&one.week, &zone, &absences);
        let reachable = availability::reachable(&times, now);
        let next = if reachable {
            availability::next_unreachable(&times, now)
        } else {
            availability::next_reachable(&times, now)
        };
        BotAvailabilityView {
            organization: Named { id: one.bot.organization.0, name: one.organization_name },
            bot: Named { id: one.bot.id.0, name: one.bot.name },
            time_zone: one.week.time_zone,
            week: one.week.intervals.iter().map(interval_view).collect(),
            reachable,
            next_change_at: next.map(|next| Time(rolecall_access::Timestamp(next.as_microsecond()))),
        }
    };
    Ok(AvailabilityView { bots: access.list_answered_bots().await?.into_iter().map(view).collect(), away })
}

/// Sets the caller's weeks and days away. A bot that they may not answer on is refused, one that they may not know of is
/// not found; then nothing is changed.
pub async fn set_availability(
    app: &App,
    caller: Caller,
    input: Input<AvailabilityBody>,
) -> Result<Written<AvailabilityView>> {
    let mut change = app.store.change(caller.clone()).await?;
    change.own_account().await?;
    let input = input.get()?;
    for body in input.bots {
        let bot = change.require::<Conversations, Update>(BotId(body.bot_id)).await?;
        let parsed =
            body.week.iter().map(|interval| parse("week", interval)).collect::<std::result::Result<Vec<_>, _>>();
        let mut intervals = parsed.map_err(|error| Problem::invalid(vec![error]))?;
        intervals.sort_unstable();
        let stored = |one: Interval| WeekInterval {
            day: i64::from(one.day),
            from: i64::from(one.from),
            until: i64::from(one.until),
        };
        let intervals = intervals.into_iter().map(stored).collect();
        change.set_own_week(&bot, &Week { time_zone: body.time_zone, intervals }).await?;
    }
    if let Some(away) = input.away {
        let days: Vec<_> = away.into_iter().map(|absence| (absence.from, absence.until)).collect();
        change.set_own_absences(&days).await?;
    }
    let revision = change.commit().await?;
    Ok(Written { value: find_availability(app, caller).await?, revision })
}
