//! When somebody can be reached (P-16): a week of times as clocks show them in a time zone, and days away. Pure: no clock,
//! no database; whoever hands conversations over asks here.
//!
//! A time is meant as the clock on the wall shows it. So where clocks are put forward, what lies in the hour that is left
//! out does not happen; where they are put back, what lies in the hour that comes twice happens twice.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan as _};

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;
/// Days that are looked at before giving up: fifty absences and the weeks between them are far fewer.
const HORIZON: usize = 2000;
/// Days that show what a week is like, even where clocks are put forward in one of them.
const ENOUGH: usize = 15;

/// A time of each week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// 1 is Monday, 7 Sunday.
    pub day: u8,
    /// Its first minute.
    pub from: u16,
    /// The minute after its last: 1440 where it lasts until midnight.
    pub until: u16,
}

/// Days away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Absence {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

/// When somebody can be reached.
#[derive(Clone, Debug)]
pub struct Availability {
    /// Whose clocks.
    pub zone: TimeZone,
    /// Times of each week.
    pub week: Vec<Interval>,
    /// Days away.
    pub away: Vec<Absence>,
}

/// Whether they can be reached at the instant.
#[must_use]
pub fn reachable(availability: &Availability, instant: Timestamp) -> bool {
    let clock = availability.zone.to_datetime(instant);
    let minute = minute_of(clock.time());
    let day = day_of(clock.date());
    absence_on(availability, clock.date()).is_none()
        && availability.week.iter().any(|one| one.day == day && one.from <= minute && minute < one.until)
}

/// The first instant from this one on at which they can be reached.
#[must_use]
pub fn next_reachable(availability: &Availability, instant: Timestamp) -> Option<Timestamp> {
    next(availability, instant, true)
}

/// The first instant from this one on at which they can not be reached.
#[must_use]
pub fn next_unreachable(availability: &Availability, instant: Timestamp) -> Option<Timestamp> {
    next(availability, instant, false)
}

fn next(availability: &Availability, instant: Timestamp, wanted: bool) -> Option<Timestamp> {
    if reachable(availability, instant) == wanted {
        return Some(instant);
    }
    if availability.week.is_empty() {
        return None;
    }
    let mut day = availability.zone.to_datetime(instant).date();
    for looked in 0..HORIZON {
        let first = turns(availability, day).into_iter().filter(|turn| *turn > instant);
        if let Some(turn) = first.filter(|turn| reachable(availability, *turn) == wanted).min() {
            return Some(turn);
        }
        day = following(availability, day, wanted, looked)?;
    }
    None
}

/// The next day to look at. Days away are passed over at once; and where every day of two weeks was reachable throughout,
/// only days away can end it.
fn following(availability: &Availability, day: Date, wanted: bool, looked: usize) -> Option<Date> {
    let away = absence_on(availability, day).filter(|_| wanted);
    let next = away.map_or(day, |absence| absence.last).checked_add(1.day()).ok()?;
    if wanted || looked < ENOUGH {
        return Some(next);
    }
    availability.away.iter().map(|absence| absence.first).filter(|first| *first >= next).min()
}

/// The instants of a day at which the answer may change: beginnings and ends as the clock shows them (twice, where an hour
/// comes twice), midnight, and each change of the clock itself. Between two of them the answer is the same.
fn turns(availability: &Availability, day: Date) -> Vec<Timestamp> {
    let mut minutes = vec![0];
    minutes.extend(availability.week.iter().filter(|one| one.day == day_of(day)).flat_map(|one| [one.from, one.until]));
    let mut turns: Vec<Timestamp> = minutes
        .into_iter()
        .filter_map(|minute| clock(day, minute))
        .flat_map(|at| instants(&availability.zone, at))
        .collect();
    let begins = availability.zone.to_timestamp(day.to_datetime(Time::midnight()));
    let ends = day.tomorrow().and_then(|next| availability.zone.to_timestamp(next.to_datetime(Time::midnight())));
    if let (Ok(begins), Ok(ends)) = (begins, ends) {
        // Where midnight itself is left out, the day begins with the change.
        turns.push(begins);
        let changes = availability.zone.following(begins).map(|change| change.timestamp());
        turns.extend(changes.take_while(|change| *change <= ends));
    }
    turns
}

/// The instants at which the clock shows this: one, two where the hour comes twice, none where it is left out.
fn instants(zone: &TimeZone, at: DateTime) -> Vec<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(at);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        return Vec::new();
    }
    let both = [ambiguous.earlier().ok(), ambiguous.later().ok()];
    let mut found: Vec<Timestamp> = both.into_iter().flatten().collect();
    found.dedup();
    found
}

/// The day's minute as a clock shows it; 1440 is midnight of the next day.
fn clock(day: Date, minute: u16) -> Option<DateTime> {
    day.to_datetime(Time::midnight()).checked_add(i64::from(minute).minutes()).ok()
}

fn absence_on(availability: &Availability, day: Date) -> Option<&Absence> {
    availability.away.iter().filter(|one| one.first <= day && day <= one.last).max_by_key(|one| one.last)
}

fn minute_of(time: Time) -> u16 {
    u16::try_from(time.hour()).unwrap_or_default() * 60 + u16::try_from(time.minute()).unwrap_or_default()
}

fn day_of(date: Date) -> u8 {
    u8::try_from(date.weekday().to_monday_one_offset()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn in_zone(zone: &str, week: &[(u8, u16, u16)]) -> Availability {
        let week = week.iter().map(|(day, from, until)| Interval { day: *day, from: *from, until: *until }).collect();
        Availability { zone: TimeZone::get(zone).unwrap(), week, away: Vec::new() }
    }

    fn next_of(availability: &Availability, instant: &str) -> Option<String> {
        next_reachable(availability, at(instant)).map(|instant| instant.to_string())
    }

    #[test]
    fn p_16_a_week_in_its_zone() {
        // Mondays 9 to 12 and 13 to 17, in Berlin.
        let office = in_zone("Europe/Berlin", &[(1, 540, 720), (1, 780, 1020)]);
        assert!(reachable(&office, at("2026-11-23T08:00:00Z")));
        assert!(!reachable(&office, at("2026-11-23T07:59:59Z")));
        assert!(!reachable(&office, at("2026-11-23T11:00:00Z")));
        assert!(!reachable(&office, at("2026-11-24T08:00:00Z")));
        assert_eq!(next_of(&office, "2026-11-23T10:59:30Z"), Some("2026-11-23T10:59:30Z".to_owned()));
        assert_eq!(next_of(&office, "2026-11-23T11:00:00Z"), Some("2026-11-23T12:00:00Z".to_owned()));
        assert_eq!(next_of(&office, "2026-11-23T16:00:00Z"), Some("2026-11-30T08:00:00Z".to_owned()));
        assert_eq!(next_unreachable(&office, at("2026-11-23T08:30:00Z")), Some(at("2026-11-23T11:00:00Z")));
        assert_eq!(next_of(&in_zone("UTC", &[]), "2026-11-23T11:00:00Z"), None);
    }

    #[test]
    fn p_16_over_midnight_by_two_times_that_touch() {
        let night = in_zone("UTC", &[(1, 1320, DAY), (2, 0, 360)]);
        assert!(reachable(&night, at("2026-11-23T23:59:59Z")) && reachable(&night, at("2026-11-24T00:00:00Z")));
        assert_eq!(next_unreachable(&night, at("2026-11-23T22:00:00Z")), Some(at("2026-11-24T06:00:00Z")));
        let always = in_zone("UTC", &[1, 2, 3, 4, 5, 6, 7].map(|day| (day, 0, DAY)));
        assert_eq!(next_unreachable(&always, at("2026-11-23T22:00:00Z")), None);
        let days = ["2027-08-02", "2027-08-09"].map(|day| day.parse().unwrap());
        let away = vec![Absence { first: days[0], last: days[1] }];
        let always = Availability { away, ..always };
        assert_eq!(next_unreachable(&always, at("2026-11-23T22:00:00Z")), Some(at("2027-08-02T00:00:00Z")));
    }

    #[test]
    fn p_16_days_away_are_passed_over() {
        let mut office = in_zone("Europe/Berlin", &[(1, 540, 1020)]);
        office.away = vec![
            Absence { first: "2026-11-30".parse().unwrap(), last: "2026-12-14".parse().unwrap() },
            Absence { first: "2026-12-10".parse().unwrap(), last: "2026-12-21".parse().unwrap() },
        ];
        assert!(!reachable(&office, at("2026-11-30T09:00:00Z")));
        assert_eq!(next_of(&office, "2026-11-24T09:00:00Z"), Some("2026-12-28T08:00:00Z".to_owned()));
        // One who is away for good is never reached.
        office.away = vec![Absence { first: "2026-01-01".parse().unwrap(), last: Date::MAX }];
        assert_eq!(next_of(&office, "2026-11-24T09:00:00Z"), None);
    }

    #[test]
    fn p_16_clocks_put_forward_leave_an_hour_out() {
        // Berlin, 29 March 2026: after 02:00 comes 03:00. New York, 8 March.
        for (zone, change, before) in [
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T00:30:00Z"),
            ("America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T06:30:00Z"),
        ] {
            let within = in_zone(zone, &[(7, 150, 240)]);
            assert_eq!(next_of(&within, before), Some(change.to_owned()), "02:30 to 04:00 begins at 03:00");
            let lost = in_zone(zone, &[(7, 120, 180)]);
            let next = next_reachable(&lost, at(before)).unwrap();
            assert!(next > at(before) + 160.hours(), "02:00 to 03:00 is not before next Sunday: {next}");
        }
    }

    #[test]
    fn p_16_clocks_put_back_bring_an_hour_twice() {
        // Berlin, 25 October 2026: after 03:00 comes 02:00. New York, 1 November: after 02:00 comes 01:00.
        for (zone, minute, first, second, over) in [
            ("Europe/Berlin", 120, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"),
            ("America/New_York", 60, "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"),
        ] {
            let hour = in_zone(zone, &[(7, minute, minute + 60)]);
            assert_eq!(next_reachable(&hour, at(first) - 1.minute()), Some(at(first)));
            assert_eq!(next_unreachable(&hour, at(first)), Some(at(over)));
            let half = in_zone(zone, &[(7, minute, minute + 30)]);
            assert_eq!(next_unreachable(&half, at(first)), Some(at(first) + 30.minutes()));
            assert_eq!(next_reachable(&half, at(first) + 30.minutes()), Some(at(second)));
        }
    }

    #[test]
    fn p_16_a_day_whose_midnight_was_left_out_begins_after_it() {
        // In São Paulo 4 November 2018 began at 01:00.
        let days = ["2018-11-01", "2018-11-03"].map(|day| day.parse().unwrap());
        let always = in_zone("America/Sao_Paulo", &[1, 2, 3, 4, 5, 6, 7].map(|day| (day, 0, DAY)));
        let away = vec![Absence { first: days[0], last: days[1] }];
        let always = Availability { away, ..always };
        assert_eq!(next_of(&always, "2018-11-03T02:59:00Z"), Some("2018-11-04T03:00:00Z".to_owned()));
    }

    #[test]
    fn p_16_a_day_that_was_left_out_has_no_times() {
        // Apia went from 29 to 31 December 2011.
        let friday = in_zone("Pacific/Apia", &[(5, 0, DAY), (6, 589, 849)]);
        let next = next_reachable(&friday, at("2011-12-30T09:59:00Z"));
        assert_eq!(next, Some(at("2011-12-30T19:49:00Z")));
    }

    /// The same, minute by minute, by the fields of a clock that is carried along.
    fn naive(availability: &Availability, instant: Timestamp) -> bool {
        let clock = instant.to_zoned(availability.zone.clone());
        let shown = clock.strftime("%u %H:%M").to_string();
        let (day, time) = shown.split_once(' ').unwrap();
        let (hour, minute) = time.split_once(':').unwrap();
        let minute: u16 = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
        let today = clock.strftime("%F").to_string();
        let away = availability.away.iter().any(|one| one.first.to_string() <= today && today <= one.last.to_string());
        !away
            && availability.week.iter().any(|one| one.day.to_string() == day && (one.from..one.until).contains(&minute))
    }

    /// Zones with their changes: half an hour, at midnight, a day left out, none at all.
    const ZONES: [(&str, &str); 7] = [
        ("Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:00:00Z"),
        ("America/New_York", "2026-03-08T07:00:00Z"),
        ("America/New_York", "2026-11-01T06:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ];

    prop_compose! {
        fn intervals()(
            parts in prop::collection::vec((1_u8..=7, 0_u16..1439, 1_u16..400), 0..6),
            always in prop::bool::weighted(0.2),
        ) -> Vec<Interval> {
            let all = (1..=7).map(|day| Interval { day, from: 0, until: DAY }).filter(|_| always);
            let some = parts.into_iter().map(|(day, from, length)| Interval { day, from, until: (from + length).min(DAY) });
            all.chain(some).collect()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn p_16_it_is_what_a_look_at_the_clock_each_minute_finds(
            week in intervals(),
            away in prop::collection::vec((0_i64..6, 0_i64..4), 0..3),
            (zone, change) in prop::sample::select(ZONES.to_vec()),
            offset in -4000_i64..3000,
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let change = at(change);
            let today = zone.to_datetime(change).date();
            let days = |from: i64, more: i64| Absence {
                first: today.saturating_add((from - 3).days()),
                last: today.saturating_add((from - 3 + more).days()),
            };
            let away = away.into_iter().map(|(from, more)| days(from, more)).collect();
            let availability = Availability { zone, week, away };
            let begin = change + offset.minutes();
            let minutes = || (0..4_000_i64).map(|minute| begin + minute.minutes());
            prop_assert_eq!(reachable(&availability, begin), naive(&availability, begin));
            for wanted in [true, false] {
                let expected = minutes().find(|minute| naive(&availability, *minute) == wanted);
                let found = next(&availability, begin, wanted);
                match expected {
                    Some(_) => prop_assert_eq!(found, expected),
                    None => prop_assert!(found.is_none_or(|found| found >= begin + 4_000.minutes())),
                }
            }
        }
    }
}
