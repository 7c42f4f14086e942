//! What the tools look like on a terminal. Colours vanish by themselves when the output is no terminal.

use std::fmt::Display;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default();
pub(crate) const ACCENT: Style = AnsiColor::Cyan.on_default();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const STRONG: Style = Style::new().bold();

/// `text` in `style`.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(crate) fn heading(title: &str, detail: &str) {
    anstream::println!(
        "\n{} {}",
        paint(ACCENT.bold(), format!("== {title} ==")),
        paint(FAINT, detail)
    );
}

pub(crate) fn line(text: &str) {
    anstream::println!("{text}");
}

pub(crate) fn error(text: &str) {
    anstream::eprintln!("{} {text}", paint(BAD, "error:"));
}

pub(crate) fn warning(text: &str) {
    anstream::eprintln!("{} {text}", paint(NOTE, "warning:"));
}

/// A size for people: `812 B`, `3.4 KiB`, `12.0 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    for (unit, scale) in UNITS {
        if bytes >= scale {
            let tenths = bytes.saturating_mul(10) / scale;
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} B")
}

/// A duration for people: `42 ms`, `3.2 s`.
pub(crate) fn duration(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_read_like_a_person_would_write_them() {
        assert_eq!(
            (size(812), size(3_500), size(12 << 20)),
            ("812 B".into(), "3.4 KiB".into(), "12.0 MiB".into())
        );
        assert_eq!(duration(Duration::from_millis(42)), "42 ms");
        assert_eq!(duration(Duration::from_millis(3_210)), "3.2 s");
    }
}
