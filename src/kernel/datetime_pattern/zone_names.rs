//! Names of time zones: `PDT`, `Pacific Daylight Time`.

use crate::kernel::time_zone::TimeZone;
use chrono::TimeZone as _;
use chrono_tz::OffsetName;
use std::borrow::Cow;

/// Abbreviations with their long names and the zone that stands for them when they are read.
const NAMES: [(&str, &str, &str); 26] = [
    ("UTC", "Coordinated Universal Time", "UTC"),
    ("GMT", "Greenwich Mean Time", "GMT"),
    ("BST", "British Summer Time", "Europe/London"),
    ("WET", "Western European Standard Time", "Europe/Lisbon"),
    ("WEST", "Western European Summer Time", "Europe/Lisbon"),
    ("CET", "Central European Standard Time", "Europe/Paris"),
    ("CEST", "Central European Summer Time", "Europe/Paris"),
    ("EET", "Eastern European Standard Time", "Europe/Helsinki"),
    ("EEST", "Eastern European Summer Time", "Europe/Helsinki"),
    ("MSK", "Moscow Standard Time", "Europe/Moscow"),
    ("EST", "Eastern Standard Time", "America/New_York"),
    ("EDT", "Eastern Daylight Time", "America/New_York"),
    ("CST", "Central Standard Time", "America/Chicago"),
    ("CDT", "Central Daylight Time", "America/Chicago"),
    ("MST", "Mountain Standard Time", "America/Denver"),
    ("MDT", "Mountain Daylight Time", "America/Denver"),
    ("PST", "Pacific Standard Time", "America/Los_Angeles"),
    ("PDT", "Pacific Daylight Time", "America/Los_Angeles"),
    ("AKST", "Alaska Standard Time", "America/Anchorage"),
    ("AKDT", "Alaska Daylight Time", "America/Anchorage"),
    ("HST", "Hawaii-Aleutian Standard Time", "Pacific/Honolulu"),
    ("JST", "Japan Standard Time", "Asia/Tokyo"),
    ("KST", "Korean Standard Time", "Asia/Seoul"),
    ("IST", "India Standard Time", "Asia/Kolkata"),
    (
        "AEST",
        "Australian Eastern Standard Time",
        "Australia/Sydney",
    ),
    (
        "AEDT",
        "Australian Eastern Daylight Time",
        "Australia/Sydney",
    ),
];

/// The name of a zone at an instant.
pub(super) fn name(zone: &TimeZone, utc_micros: i64, full: bool) -> Cow<'static, str> {
    let abbreviation = match zone.region() {
        None => Cow::Owned(zone.id().to_string()),
        Some(region) => {
            let at = chrono::DateTime::from_timestamp_micros(utc_micros).unwrap_or_default();
            let offset = region.offset_from_utc_datetime(&at.naive_utc());
            Cow::Owned(offset.abbreviation().unwrap_or(region.name()).to_string())
        }
    };
    if !full {
        return abbreviation;
    }
    let known = NAMES.iter().find(|(short, _, _)| *short == abbreviation);
    known.map_or(abbreviation, |(_, long, _)| Cow::Borrowed(*long))
}

/// The zone at the start of a text, by abbreviation, long name or id, and how many bytes it takes.
pub(super) fn zone_at_start(text: &str, names: bool) -> Option<(TimeZone, usize)> {
    let starts = |name: &str| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let of_name = |(short, long, id): &(&str, &str, &str)| {
        let length = [long, short].iter().find(|name| starts(name))?.len();
        Some((TimeZone::parse(id)?, length))
    };
    let named = if names {
        NAMES
            .iter()
            .filter_map(of_name)
            .max_by_key(|(_, length)| *length)
    } else {
        None
    };
    // Otherwise the longest start that is an id.
    let of_id = |c: char| c.is_ascii_alphanumeric() || "/_+-:~".contains(c);
    let longest = text.find(|c| !of_id(c)).unwrap_or(text.len());
    let id = (1..=longest).rev().find_map(|length| {
        let id = text.get(..length)?;
        Some((TimeZone::parse(id)?, length))
    });
    match (named, id) {
        (Some(named), Some(id)) if id.1 > named.1 => Some(id),
        (Some(named), _) => Some(named),
        (None, id) => id,
    }
}
