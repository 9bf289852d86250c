//! Time zones: from an id as Java takes it to offsets, and between instants and wall-clock times.
//!
//! ```text
//!   America/New_York   offsets: … -5h │ -4h │ -5h …
//!   UTC instants                ───── t0 ─── t1 ─────
//!   to_utc: a wall-clock time that was skipped moves on by the gap; one that came twice is the first
//! ```
//!
//! The offsets of a region are laid out once per process as a sorted table of transitions, probed from the
//! time-zone database; a lookup is a binary search. Zones of a fixed offset skip even that. Past the end
//! of the database (2099) the rules of the last years repeat, by a year with the same weekdays.
//! Limit: ids that only an operating system's newer database knows are unknown.

use super::calendar::{self, MICROS_PER_SECOND, SECONDS_PER_DAY};
use crate::error::{Error, Result, conditions, quote};
use chrono::{DateTime, Offset, TimeZone as _};
use chrono_tz::Tz;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// A time zone. Cheap to clone.
#[derive(Clone)]
pub struct TimeZone {
    id: Arc<str>,
    rules: Rules,
}

#[derive(Clone)]
enum Rules {
    /// Seconds east of UTC.
    Fixed(i32),
    Region(Tz, LazyTransitions),
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.id)
    }
}

/// Ids of three letters that Java still takes.
const SHORT_IDS: [(&str, &str); 28] = [
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("EST", "-05:00"),
    ("HST", "-10:00"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("MST", "-07:00"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

impl TimeZone {
    /// UTC.
    pub fn utc() -> TimeZone {
        TimeZone {
            id: "UTC".into(),
            rules: Rules::Fixed(0),
        }
    }

    /// The zone of an id: `Europe/Paris`, `UTC`, `Z`, `+8`, `+08:00`, `GMT+8`, `UTC-03:30`, `PST`.
    pub fn parse(id: &str) -> Option<TimeZone> {
        let short = SHORT_IDS.iter().find(|(short, _)| *short == id);
        let target = short.map_or(id, |(_, target)| target);
        let fixed = |offset| {
            Some(TimeZone {
                id: id.into(),
                rules: Rules::Fixed(offset),
            })
        };
        match target {
            "Z" | "UTC" | "GMT" | "UT" => return fixed(0),
            _ if target.starts_with(['+', '-']) => return fixed(parse_offset(target)?),
            _ => {}
        }
        for prefix in ["UTC", "GMT", "UT"] {
            if let Some(offset) = target.strip_prefix(prefix)
                && offset.starts_with(['+', '-'])
            {
                return fixed(parse_offset(offset)?);
            }
        }
        let region: Tz = target.parse().ok()?;
        Some(TimeZone {
            id: id.into(),
            rules: Rules::Region(region, Transitions::of(region)),
        })
    }

    /// [`TimeZone::parse`], or `INVALID_TIMEZONE`.
    pub fn of(id: &str) -> Result<TimeZone> {
        TimeZone::parse(id).ok_or_else(|| {
            Error::new(
                &conditions::INVALID_TIMEZONE,
                [("timeZone", quote::identifier(id))],
            )
        })
    }

    /// The id, as given.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The one offset in seconds of a zone that never changes it.
    pub fn fixed_offset(&self) -> Option<i32> {
        match &self.rules {
            Rules::Fixed(offset) => Some(*offset),
            Rules::Region(_, _) => None,
        }
    }

    /// The region of the time-zone database, for names and abbreviations.
    pub fn region(&self) -> Option<Tz> {
        match &self.rules {
            Rules::Fixed(_) => None,
            Rules::Region(region, _) => Some(*region),
        }
    }

    /// Seconds east of UTC at an instant in microseconds.
    #[inline]
    pub fn offset_at(&self, utc_micros: i64) -> i32 {
        match &self.rules {
            Rules::Fixed(offset) => *offset,
            Rules::Region(_, table) => table.offset_at(utc_micros.div_euclid(MICROS_PER_SECOND)),
        }
    }

    /// The wall-clock time of an instant, both in microseconds.
    #[inline]
    pub fn to_local(&self, utc_micros: i64) -> i64 {
        let offset = i64::from(self.offset_at(utc_micros));
        utc_micros.saturating_add(offset * MICROS_PER_SECOND)
    }

    /// The instant of a wall-clock time, both in microseconds. A time that the clocks skipped moves on by
    /// the gap; of one that came twice, the first is taken.
    #[inline]
    pub fn to_utc(&self, local_micros: i64) -> i64 {
        let offset = match &self.rules {
            Rules::Fixed(offset) => *offset,
            Rules::Region(_, table) => {
                table.offset_at_local(local_micros.div_euclid(MICROS_PER_SECOND))
            }
        };
        local_micros.saturating_sub(i64::from(offset) * MICROS_PER_SECOND)
    }

    /// [`TimeZone::to_utc`], but of a time that came twice takes the one with `offset` if it is one of them.
    pub fn to_utc_preferring(&self, local_micros: i64, offset: i32) -> i64 {
        let micros = local_micros.saturating_sub(i64::from(offset) * MICROS_PER_SECOND);
        if self.offset_at(micros) == offset {
            micros
        } else {
            self.to_utc(local_micros)
        }
    }

    /// The day number of an instant.
    #[inline]
    pub fn day_at(&self, utc_micros: i64) -> i32 {
        calendar::day_of(self.to_local(utc_micros))
    }

    /// The instant at which a day begins.
    #[inline]
    pub fn start_of_day(&self, days: i32) -> i64 {
        self.to_utc(i64::from(days).saturating_mul(calendar::MICROS_PER_DAY))
    }
}

/// Seconds of an offset `+h`, `+hh`, `+hh:mm`, `+h:mm`, `+hh:m`, `+hhmm`, `+hh:mm:ss`, `+hhmmss`; at most
/// 18 hours.
fn parse_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let parts: Vec<&str> = if digits.contains(':') {
        digits.split(':').collect()
    } else {
        match digits.len() {
            1 | 2 => vec![digits],
            4 => vec![digits.get(..2)?, digits.get(2..)?],
            6 => vec![digits.get(..2)?, digits.get(2..4)?, digits.get(4..)?],
            _ => return None,
        }
    };
    let valid = |part: &&str| {
        (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.len() > 3 || !parts.iter().all(valid) {
        return None;
    }
    let field = |index: usize| -> Option<i32> {
        parts.get(index).map_or(Some(0), |part| part.parse().ok())
    };
    let (hours, minutes, seconds) = (field(0)?, field(1)?, field(2)?);
    let total = hours * 3600 + minutes * 60 + seconds;
    (minutes < 60 && seconds < 60 && total <= 18 * 3600).then_some(sign * total)
}

type Probe = Box<dyn FnOnce() -> Transitions + Send>;
type LazyTransitions = Arc<LazyLock<Transitions, Probe>>;

/// The offsets of a region over time.
struct Transitions {
    /// Instants in seconds at which the offset changes, ascending.
    utc: Vec<i64>,
    /// The wall-clock times from which the new offset holds without doubt.
    local: Vec<i64>,
    /// `offsets[i]` holds before `utc[i]`, the last one after them all.
    offsets: Vec<i32>,
}

/// 1800-01-01, before any zone left local mean time.
const FIRST_PROBE: i64 = -5_364_662_400;
/// 2090-01-01: later years are looked up in a year like them.
const LAST_PROBE: i64 = 3_786_912_000;
/// Two changes of an offset never lie closer together than this.
const PROBE_STEP: i64 = 4 * SECONDS_PER_DAY;

impl Transitions {
    /// Those of a region, found when they are first asked for: a session whose queries know no time of day does not
    /// wait for them.
    fn of(region: Tz) -> LazyTransitions {
        static TABLES: LazyLock<Mutex<HashMap<Tz, LazyTransitions>>> =
            LazyLock::new(Mutex::default);
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        (tables.entry(region))
            .or_insert_with(|| {
                let probe: Probe = Box::new(move || Transitions::probe(region));
                Arc::new(LazyLock::new(probe))
            })
            .clone()
    }

    fn probe(region: Tz) -> Transitions {
        let offset_at = |seconds: i64| {
            let instant = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
            let offset = region.offset_from_utc_datetime(&instant.naive_utc());
            offset.fix().local_minus_utc()
        };
        let mut table = Transitions {
            utc: Vec::new(),
            local: Vec::new(),
            offsets: vec![offset_at(FIRST_PROBE)],
        };
        let mut time = FIRST_PROBE;
        while time < LAST_PROBE {
            let next = time + PROBE_STEP;
            let (before, after) = (offset_at(time), offset_at(next));
            if before != after {
                let (mut low, mut high) = (time, next);
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    if offset_at(middle) == before {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                table.utc.push(high);
                table.local.push(high + i64::from(before.max(after)));
                table.offsets.push(after);
            }
            time = next;
        }
        table
    }

    fn offset_at(&self, seconds: i64) -> i32 {
        let seconds = within_database(seconds);
        self.offsets[self.utc.partition_point(|time| *time <= seconds)]
    }

    fn offset_at_local(&self, seconds: i64) -> i32 {
        let seconds = within_database(seconds);
        self.offsets[self.local.partition_point(|time| *time <= seconds)]
    }
}

/// A time of the database with the same date, time and weekday, for times past its end.
fn within_database(seconds: i64) -> i64 {
    if seconds < LAST_PROBE - 2 * SECONDS_PER_DAY {
        return seconds;
    }
    let days = seconds.div_euclid(SECONDS_PER_DAY);
    let date = calendar::date_of(i32::try_from(days).unwrap_or(i32::MAX));
    let start = |year: i32| calendar::day_number(i64::from(year), 1, 1);
    let alike = |year: &i32| {
        calendar::is_leap_year(*year) == calendar::is_leap_year(date.year)
            && (start(date.year) - start(*year)) % 7 == 0
    };
    // Any 28 years in a row without a skipped leap day have one of each kind.
    let year = (2061..2089).find(alike).unwrap_or(2061);
    seconds - (start(date.year) - start(year)) * SECONDS_PER_DAY
}

/// Conversions of times that lie close together, as those of a column mostly do: remembers between which
/// changes of the clocks the last one fell, and looks the next one up only if it falls elsewhere.
#[derive(Debug, Clone)]
pub struct ZoneCursor<'a> {
    zone: &'a TimeZone,
    utc: Span,
    local: Span,
}

/// A range of microseconds in which one offset holds, in microseconds too.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: i64,
    until: i64,
    offset: i64,
}

impl Span {
    const NOTHING: Span = Span {
        from: 0,
        until: 0,
        offset: 0,
    };

    #[inline]
    fn contains(&self, micros: i64) -> bool {
        self.from <= micros && micros < self.until
    }

    /// The span of a time among the changes of a region, given in seconds.
    fn of(micros: i64, changes: &[i64], offsets: &[i32]) -> Span {
        let seconds = micros.div_euclid(MICROS_PER_SECOND);
        let index = changes.partition_point(|time| *time <= within_database(seconds));
        let offset = i64::from(offsets[index]) * MICROS_PER_SECOND;
        if seconds >= LAST_PROBE - 2 * SECONDS_PER_DAY {
            // Past the database nothing is known of the neighbourhood.
            return Span {
                from: micros,
                until: micros.saturating_add(1),
                offset,
            };
        }
        let end = (LAST_PROBE - 2 * SECONDS_PER_DAY) * MICROS_PER_SECOND;
        Span {
            from: index
                .checked_sub(1)
                .map_or(i64::MIN, |i| changes[i] * MICROS_PER_SECOND),
            until: changes
                .get(index)
                .map_or(end, |time| time * MICROS_PER_SECOND),
            offset,
        }
    }
}

impl TimeZone {
    /// A cursor for the times of one column.
    pub fn cursor(&self) -> ZoneCursor<'_> {
        ZoneCursor {
            zone: self,
            utc: Span::NOTHING,
            local: Span::NOTHING,
        }
    }

    fn fixed_span(&self) -> Option<Span> {
        self.fixed_offset().map(|offset| Span {
            from: i64::MIN,
            until: i64::MAX,
            offset: i64::from(offset) * MICROS_PER_SECOND,
        })
    }
}

impl ZoneCursor<'_> {
    /// [`TimeZone::to_local`]
    #[inline]
    pub fn to_local(&mut self, utc_micros: i64) -> i64 {
        if !self.utc.contains(utc_micros) {
            self.utc = match &self.zone.rules {
                Rules::Fixed(_) => self.zone.fixed_span().unwrap_or(Span::NOTHING),
                Rules::Region(_, table) => Span::of(utc_micros, &table.utc, &table.offsets),
            };
        }
        utc_micros.saturating_add(self.utc.offset)
    }

    /// [`TimeZone::to_utc`]
    #[inline]
    pub fn to_utc(&mut self, local_micros: i64) -> i64 {
        if !self.local.contains(local_micros) {
            self.local = match &self.zone.rules {
                Rules::Fixed(_) => self.zone.fixed_span().unwrap_or(Span::NOTHING),
                Rules::Region(_, table) => Span::of(local_micros, &table.local, &table.offsets),
            };
        }
        local_micros.saturating_sub(self.local.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(zone: &TimeZone, y: i32, m: u32, d: u32, hour: i64) -> i64 {
        let days = i64::from(calendar::days_of(y, m, d).unwrap());
        zone.to_utc(days * calendar::MICROS_PER_DAY + hour * calendar::MICROS_PER_HOUR)
    }

    #[test]
    fn ids_are_read_as_java_reads_them() {
        let offset = |id: &str| TimeZone::parse(id).and_then(|zone| zone.fixed_offset());
        assert_eq!(offset("+8"), Some(28_800));
        assert_eq!(offset("GMT+8"), Some(28_800));
        assert_eq!(offset("UTC-03:30"), Some(-12_600));
        assert_eq!(offset("-0130"), Some(-5_400));
        assert_eq!(offset("Z"), Some(0));
        assert_eq!(offset("+19:00"), None);
        assert!(TimeZone::parse("PST").unwrap().region().is_some());
        assert!(TimeZone::parse("Mars/Olympus").is_none());
    }

    #[test]
    fn gaps_move_on_and_overlaps_take_the_first() {
        let zone = TimeZone::parse("America/Los_Angeles").unwrap();
        // 02:00 did not exist on 2024-03-10; it is 03:00 PDT.
        let hour = calendar::MICROS_PER_HOUR;
        let gap = local(&zone, 2024, 3, 10, 2);
        assert_eq!(zone.to_local(gap) - gap, -7 * hour);
        // 01:00 came twice on 2024-11-03; the first was PDT.
        let twice = local(&zone, 2024, 11, 3, 1);
        assert_eq!(zone.to_local(twice) - twice, -7 * hour);
        // Summer time goes on behind the end of the database.
        let far = local(&zone, 2500, 7, 1, 0);
        assert_eq!(zone.to_local(far) - far, -7 * hour);
        // Local mean time before 1883.
        assert_eq!(zone.offset_at(-4_000_000_000 * MICROS_PER_SECOND), -28_378);
    }

    #[test]
    fn cursors_agree_with_single_lookups() {
        for id in [
            "America/Los_Angeles",
            "Asia/Kolkata",
            "+02:00",
            "Australia/Lord_Howe",
        ] {
            let zone = TimeZone::parse(id).unwrap();
            let mut cursor = zone.cursor();
            let mut micros = -3_000_000_000_000_000;
            while micros < 9_000_000_000_000_000 {
                assert_eq!(
                    cursor.to_local(micros),
                    zone.to_local(micros),
                    "{id} {micros}"
                );
                assert_eq!(cursor.to_utc(micros), zone.to_utc(micros), "{id} {micros}");
                micros += 1_234_567_890_123;
            }
        }
    }
}
