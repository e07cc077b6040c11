//! The days that are counted, in the bot's time zone. Pure.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rolecall_access::Timestamp;
use rolecall_store::resource::{Counted, Shift};

use super::body::AnalyticsQuery;
use crate::problem::{FieldError, Problem};
use crate::service::Result;

/// Days if not said, and at most.
const USUAL: i32 = 30;
const MOST: i32 = 400;
/// The most characters of a channel's name.
const CHANNEL: usize = 200;

/// Days in a time zone.
pub struct Period {
    /// The first.
    pub from: Date,
    /// The last, included.
    pub until: Date,
    /// The zone's name.
    pub zone_name: String,
    zone: TimeZone,
    begin: jiff::Timestamp,
    end: jiff::Timestamp,
}

fn invalid(field: &'static str, message: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, "invalid", message)])
}

/// The day so written, of a year that is one.
fn day(field: &'static str, text: Option<&str>) -> Result<Option<Date>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let parsed = text.parse::<Date>().ok().filter(|date| (2000..=9000).contains(&date.year()) && text.len() == 10);
    parsed.map(Some).ok_or_else(|| invalid(field, "Give a day as 2026-05-03, from the year 2000 on."))
}

impl Period {
    /// The days that are asked for; the bot's zone, or UTC where it has none that is known.
    pub fn of(query: &AnalyticsQuery, zone: Option<&str>, now: Timestamp) -> Result<Self> {
        let known = zone.and_then(|name| Some((TimeZone::get(name).ok()?, name.to_owned())));
        let (zone, zone_name) = known.unwrap_or((TimeZone::UTC, "UTC".to_owned()));
        let (from, until) = (day("from", query.from.as_deref())?, day("until", query.until.as_deref())?);
        if query.channel.as_ref().is_some_and(|channel| channel.chars().count() > CHANNEL) {
            return Err(invalid("channel", "Use at most 200 characters."));
        }
        let now = jiff::Timestamp::from_microsecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let until = until.unwrap_or_else(|| zone.to_datetime(now).date());
        let far = |_| invalid("from", "The days are too far away.");
        let from = from.map_or_else(|| until.checked_sub((USUAL - 1).days()).map_err(far), Ok)?;
        let days = from.until(until).map_err(far)?.get_days() + 1;
        if days < 1 {
            return Err(invalid("until", "The last day is before the first."));
        }
        if days > MOST {
            return Err(invalid("from", "Choose at most 400 days."));
        }
        let start = |date: Date| date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
        let begin = start(from).map_err(far)?;
        let end = until.tomorrow().and_then(start).map_err(far)?;
        Ok(Self { from, until, zone_name, zone, begin, end })
    }

    /// What is counted.
    pub fn counted(&self, channel: Option<String>) -> Counted {
        Counted {
            from: Timestamp(self.begin.as_microsecond()),
            until: Timestamp(self.end.as_microsecond()),
            channel: channel.filter(|channel| !channel.is_empty()),
        }
    }

    /// How local time is shifted in the period: as at its begin, and then at each change.
    pub fn shifts(&self) -> Vec<Shift> {
        let shift = |from: jiff::Timestamp, by: jiff::tz::Offset| Shift {
            from: Timestamp(from.as_microsecond()),
            by: i64::from(by.seconds()) * 1_000_000,
        };
        let mut shifts = vec![shift(self.begin, self.zone.to_offset(self.begin))];
        let changes = self.zone.following(self.begin).take_while(|change| change.timestamp() < self.end);
        shifts.extend(changes.map(|change| shift(change.timestamp(), change.offset())));
        shifts
    }

    /// The days, each with its number since 1970 and as it is written.
    pub fn days(&self) -> impl Iterator<Item = (String, String)> {
        let number = |date: Date| Date::constant(1970, 1, 1).until(date).map(|span| span.get_days());
        let until = self.until;
        self.from
            .series(1.day())
            .take_while(move |date| *date <= until)
            .filter_map(move |date| Some((number(date).ok()?.to_string(), date.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, until: &str, zone: &str) -> Result<Period> {
        let query =
            AnalyticsQuery { from: Some(from.to_owned()), until: Some(until.to_owned()), ..AnalyticsQuery::default() };
        Period::of(&query, Some(zone), Timestamp(1_777_800_600_000_000))
    }

    /// The number of the day in which the database puts an instant.
    fn slice(shifts: &[Shift], instant: i64) -> i64 {
        let shift = shifts.iter().skip(1).rev().find(|shift| shift.from.0 <= instant);
        (instant + shift.or(shifts.first()).map_or(0, |shift| shift.by)) / 86_400_000_000
    }

    #[test]
    fn each_hour_of_two_years_is_in_its_local_day() {
        for zone in
            ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
        {
            for (from, until) in [("2025-01-01", "2025-12-31"), ("2026-01-01", "2026-12-31")] {
                let Ok(period) = period(from, until, zone) else { panic!("{zone}") };
                let days: Vec<(String, String)> = period.days().collect();
                assert_eq!(days.len(), 365);
                let shifts = period.shifts();
                let mut instant = period.begin.as_microsecond();
                while instant < period.end.as_microsecond() {
                    let local = period.zone.to_datetime(jiff::Timestamp::from_microsecond(instant).unwrap()).date();
                    let number = slice(&shifts, instant).to_string();
                    let day = days.iter().find(|(known, _)| *known == number).map(|(_, day)| day.clone());
                    assert_eq!(day, Some(local.to_string()), "{zone} {instant}");
                    instant += 1_799_999_999;
                }
            }
        }
    }

    #[test]
    fn days_that_are_none_too_many_or_the_wrong_way_round_are_refused() {
        for (from, until) in [
            ("x", "2026-05-03"),
            ("2026-02-30", "2026-05-03"),
            ("2026-05-03T00:00", "2026-05-03"),
            ("-000001-05-03", "2026-05-03"),
            ("1999-12-31", "2000-01-01"),
            ("2026-05-04", "2026-05-03"),
            ("2025-03-29", "2026-05-03"),
            ("0001-01-01", "9999-12-31"),
        ] {
            assert!(period(from, until, "UTC").is_err(), "{from} {until}");
        }
        assert!(period("2025-03-30", "2026-05-03", "UTC").is_ok(), "400 days");
        assert_eq!(
            period("2026-05-01", "2026-05-03", "Nowhere/At_All").map(|one| one.zone_name).ok().as_deref(),
            Some("UTC")
        );
    }
}
