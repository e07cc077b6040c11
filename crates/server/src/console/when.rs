//! Instants for people: how long ago or ahead, with the exact time in the person's zone.

use rolecall_access::Timestamp;

use crate::text::Text;
use crate::time::Time;

/// An instant, ready to be shown.
#[derive(Clone, Debug)]
pub struct When {
    /// For programs.
    pub iso: String,
    /// In the person's zone, to the second.
    pub exact: String,
    /// From now.
    pub relative: String,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl When {
    /// The instant, seen from `now` in this zone.
    pub fn new(t: Text, time: Time, now: Timestamp, zone: &str) -> Self {
        let exact = jiff::Timestamp::from_microsecond(time.0.0)
            .ok()
            .and_then(|instant| instant.in_tz(zone).ok())
            .map(|zoned| zoned.strftime("%-d %B %Y, %H:%M:%S %Z").to_string());
        let iso = time.text();
        Self { exact: exact.unwrap_or_else(|| iso.clone()), relative: relative(t, (time.0.0 - now.0) / 1_000_000), iso }
    }
}

/// `3 hours ago`, `in 2 days`.
fn relative(t: Text, seconds: i64) -> String {
    let distance = seconds.abs();
    // What is ahead is rounded: an invitation just sent ends in 7 days.
    let rounded = |unit: i64| (distance + if seconds > 0 { unit / 2 } else { 0 }) / unit;
    let (unit, count) = match distance {
        0..MINUTE => return t.of("when-now"),
        MINUTE..HOUR => ("minutes", rounded(MINUTE)),
        HOUR..DAY => ("hours", rounded(HOUR)),
        _ => ("days", rounded(DAY)),
    };
    let direction = if seconds < 0 { "ago" } else { "ahead" };
    t.with(&format!("when-{unit}-{direction}"), "count", count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_now() {
        let tell = |seconds| relative(Text::plain(), seconds);
        assert_eq!(tell(-5), "just now");
        assert_eq!(tell(-60), "1 minute ago");
        assert_eq!(tell(-7200), "2 hours ago");
        assert_eq!(tell(2 * DAY + 5), "in 2 days");
        assert_eq!(tell(7 * DAY - 5), "in 7 days");
        assert_eq!(tell(-2 * DAY + 5), "1 day ago");
    }

    #[test]
    fn the_exact_time_is_in_the_persons_zone() {
        let time = Time(Timestamp(1_777_800_600_000_000));
        let when = When::new(Text::plain(), time, Timestamp(1_777_800_600_000_000), "Europe/Berlin");
        assert_eq!(when.exact, "3 May 2026, 11:30:00 CEST");
    }
}
