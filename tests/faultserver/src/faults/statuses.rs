//! Statuses other than success, and what comes with them.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{After, Fault, header, prompt};
use crate::request::Request;
use crate::site::File;
use crate::wire::Wire;

pub(super) const FAULTS: &[Fault] = &[
    prompt("429-for-two-minutes", |wire, _, _, _| {
        busy(wire, 429, Some("120"))
    }),
    prompt("429-until-a-date", |wire, _, _, _| {
        busy(wire, 429, Some(&date_in(Duration::from_secs(120))))
    }),
    prompt("429-until-a-date-gone-by", |wire, _, _, _| {
        busy(wire, 429, Some("Sun, 06 Nov 1994 08:49:37 GMT"))
    }),
    prompt("429-for-ever", |wire, _, _, _| {
        busy(wire, 429, Some("99999999999999999999999"))
    }),
    prompt("429-for-less-than-nothing", |wire, _, _, _| {
        busy(wire, 429, Some("-5"))
    }),
    prompt("429-for-banana", |wire, _, _, _| busy(wire, 429, Some("banana"))),
    prompt("429-without-a-word", |wire, _, _, _| busy(wire, 429, None)),
    prompt("503-once", |wire, request, file, turn| match turn {
        0 => busy(wire, 503, None),
        _ => honest(wire, request, file),
    }),
    prompt(
        "503-once-for-two-seconds",
        |wire, request, file, turn| match turn {
            0 => busy(wire, 503, Some("2")),
            _ => honest(wire, request, file),
        },
    ),
    prompt("503-for-an-hour", |wire, _, _, _| busy(wire, 503, Some("3600"))),
    prompt("503-always", |wire, _, _, _| busy(wire, 503, None)),
    prompt("500-always", |wire, _, _, _| busy(wire, 500, None)),
    prompt("502-once-with-html", |wire, request, file, turn| match turn {
        0 => plain(wire, 502, "<html><h1>Bad Gateway</h1></html>"),
        _ => honest(wire, request, file),
    }),
    prompt("504-twice", |wire, request, file, turn| match turn {
        0 | 1 => busy(wire, 504, None),
        _ => honest(wire, request, file),
    }),
    prompt("404-always", |wire, _, _, _| plain(wire, 404, "not here")),
    prompt("403-always", |wire, _, _, _| plain(wire, 403, "not for you")),
    prompt("410-always", |wire, _, _, _| plain(wire, 410, "gone")),
    prompt("401-always", |wire, _, _, _| {
        wire.answer(401, &[header("WWW-Authenticate", "Basic realm=\"x\"")], b"")?;
        Ok(After::Open)
    }),
    prompt("407-always", |wire, _, _, _| {
        wire.answer(407, &[header("Proxy-Authenticate", "Basic realm=\"x\"")], b"")?;
        Ok(After::Open)
    }),
    prompt("511-sign-in-to-the-network", |wire, _, _, _| {
        plain(wire, 511, "<html>please sign in</html>")
    }),
    prompt("204-no-content", |wire, _, _, _| {
        wire.head(204, &[])?;
        Ok(After::Open)
    }),
    prompt("205-reset-content", |wire, _, _, _| {
        wire.answer(205, &[], b"")?;
        Ok(After::Open)
    }),
    prompt("304-not-modified", |wire, _, file, _| {
        wire.head(304, &[header("ETag", &file.etag)])?;
        Ok(After::Open)
    }),
    prompt("203-from-a-proxy-that-rewrites", |wire, _, file, _| {
        wire.answer(203, &[], &file.older)?;
        Ok(After::Open)
    }),
    prompt("status-999", |wire, _, file, _| {
        wire.answer(999, &[], &file.bytes)?;
        Ok(After::Open)
    }),
];

fn busy(wire: &mut Wire, status: u16, retry_after: Option<&str>) -> io::Result<After> {
    let headers: Vec<_> = retry_after
        .iter()
        .map(|value| header("Retry-After", value))
        .collect();
    wire.answer(status, &headers, b"busy")?;
    Ok(After::Open)
}

fn plain(wire: &mut Wire, status: u16, body: &str) -> io::Result<After> {
    wire.answer(status, &[header("Content-Type", "text/html")], body.as_bytes())?;
    Ok(After::Open)
}

fn honest(wire: &mut Wire, request: &Request, file: &File) -> io::Result<After> {
    wire.honest(request, file)?;
    Ok(After::Open)
}

/// An HTTP date (RFC 9110 section 5.6.7) that far from now.
fn date_in(time: Duration) -> String {
    let then = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + time;
    let (days, seconds) = (then.as_secs() / 86_400, then.as_secs() % 86_400);
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
    let (year, month, day) = civil(days as i64);
    let month = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][month - 1];
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Year, month and day of a day since 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month as usize, day)
}

#[cfg(test)]
mod tests {
    use super::civil;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(9_075), (1994, 11, 6));
        assert_eq!(civil(19_782), (2024, 2, 29));
    }
}
