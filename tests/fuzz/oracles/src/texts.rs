//! Small values written as text: what is accepted is written again as something that means the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use airlock_protocol::tuf::TargetName;
use airlock_protocol::{
    AppId, BundleId, ChannelName, Checksum, ChecksumAlgorithm, NativeRange, NativeVersion, Platform,
    Sequence, Sha256Digest, UnixMillis,
};

use crate::Verdict;

/// A letter for the kind of value, then its text.
pub(crate) fn texts(data: &[u8]) -> Verdict {
    let Ok(input) = std::str::from_utf8(data) else {
        return Verdict::Refused;
    };
    let Some(kind) = input.chars().next() else {
        return Verdict::Refused;
    };
    let text = &input[kind.len_utf8()..];
    match kind {
        'a' => name::<AppId>(text),
        'c' => name::<ChannelName>(text),
        'p' => name::<Platform>(text),
        'b' => round_trip::<BundleId>(text, |one, other| one == other),
        'd' => round_trip::<Sha256Digest>(text, |one, other| one == other),
        'v' => version(text),
        'r' => range(text),
        't' => time(text),
        's' => sequence(text),
        'n' => target_name(text),
        'h' => checksum(text),
        _ => Verdict::Refused,
    }
}

fn round_trip<T: FromStr + Display + Debug>(text: &str, same: fn(&T, &T) -> bool) -> Verdict {
    let parsed = text.parse::<T>();
    if let Ok(value) = &parsed {
        let written = value.to_string();
        let again = written.parse::<T>().ok().expect("its own writing is refused");
        assert!(same(value, &again), "{text:?} becomes {written:?}");
        assert_eq!(again.to_string(), written);
    }
    Verdict::of(&parsed)
}

/// Names go into URLs and file names as they are.
fn name<T: FromStr + Display + Debug + PartialEq>(text: &str) -> Verdict {
    let verdict = round_trip::<T>(text, |one, other| one == other);
    if verdict == Verdict::Accepted {
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        assert!(text.bytes().all(harmless) && !text.split('.').any(str::is_empty));
    }
    verdict
}

fn version(text: &str) -> Verdict {
    let verdict = round_trip::<NativeVersion>(text, |one, other| one == other);
    if let (Ok(one), Ok(two)) = (text.parse::<NativeVersion>(), "1.4.0".parse::<NativeVersion>()) {
        assert_eq!(one.cmp(&two), two.cmp(&one).reverse());
        let exactly: NativeRange = format!("={text}")
            .parse()
            .expect("a version is a range of itself");
        assert!(exactly.contains(&one));
    }
    verdict
}

fn range(text: &str) -> Verdict {
    let verdict = round_trip::<NativeRange>(text, |one, other| one == other);
    if let Ok(range) = text.parse::<NativeRange>() {
        let again: NativeRange = range.to_string().parse().unwrap();
        for probe in ["0", "1.4.0", "2", "18446744073709551615"] {
            let probe = probe.parse().unwrap();
            assert_eq!(range.contains(&probe), again.contains(&probe));
        }
    }
    verdict
}

fn time(text: &str) -> Verdict {
    let parsed = UnixMillis::from_rfc3339(text);
    if let Ok(moment) = &parsed {
        let written = moment.to_rfc3339();
        assert_eq!(
            UnixMillis::from_rfc3339(&written).as_ref(),
            Ok(moment),
            "{written}"
        );
    }
    Verdict::of(&parsed)
}

fn sequence(text: &str) -> Verdict {
    let verdict = round_trip::<Sequence>(text, |one, other| one == other);
    if let Ok(sequence) = text.parse::<Sequence>() {
        assert!((1..=Sequence::MAX).contains(&sequence.get()));
        assert_eq!(sequence.to_string(), text, "a number has two texts");
    }
    verdict
}

/// Target names become URLs below `targets/`.
fn target_name(text: &str) -> Verdict {
    let parsed = text.parse::<TargetName>();
    if let Ok(name) = &parsed {
        assert_eq!(name.as_str(), text);
        assert!(!text.starts_with('/') && text.split('/').all(|part| !["", ".", ".."].contains(&part)));
    }
    Verdict::of(&parsed)
}

/// The length of the hexadecimal text decides the algorithm, as older formats have it.
fn checksum(text: &str) -> Verdict {
    let Some(algorithm) = ChecksumAlgorithm::of_hex_length(text.len()) else {
        return Verdict::Refused;
    };
    let parsed = Checksum::parse(algorithm, text);
    if let Ok(checksum) = &parsed {
        assert_eq!(checksum.to_hex(), text.to_lowercase());
        assert!(checksum.check("it", checksum).is_ok());
        assert!(
            checksum
                .check("it", &Checksum::of(algorithm, data_of_no_such_hash()))
                .is_err()
        );
    }
    Verdict::of(&parsed)
}

/// Nobody feeds its hash by chance.
fn data_of_no_such_hash() -> &'static [u8] {
    b"the bytes whose hash the fuzzer would have to guess"
}
