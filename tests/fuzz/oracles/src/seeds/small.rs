//! Paths, texts, JSON and heads of patches.

use airlock_protocol::Sha256Digest;

use super::Seed;

fn each(target: &'static str, good: &[&str], bad: &[&str]) -> Vec<Seed> {
    let named = |verdict: &'static str, texts: &[&str]| {
        let texts = texts.iter().enumerate();
        texts
            .map(|(index, text)| Seed::new(target, format!("{verdict}-{:02}", index + 1), *text))
            .collect::<Vec<Seed>>()
    };
    [named("good", good), named("bad", bad)].concat()
}

pub(super) fn bundle_paths() -> Vec<Seed> {
    let good = [
        "index.html",
        "assets/index-4f2a.js",
        ".well-known/apple-app-site-association",
        "a/b/c/d/e.txt",
        "\u{fc}ber/\u{65e5}\u{672c}\u{8a9e}.svg",
        "routes/[slug]+page.js",
        "Stra\u{df}e/\u{130}\u{131}\u{3c2}.css",
        "e\u{301}\u{345}/\u{1f80}.js",
    ];
    let bad = [
        "../up",
        "/absolute",
        "a//b",
        "a/./b",
        "a\\b",
        "c:x",
        "nul.txt",
        "com\u{b9}",
        "dot.",
        "space ",
        "\u{ff0f}\u{2025}",
        "a\0b",
    ];
    each("bundle_path", &good, &bad)
}

pub(super) fn texts() -> Vec<Seed> {
    let digest = Sha256Digest::of(b"").to_string();
    let (digest_seed, id_seed) = (format!("d{digest}"), format!("b{}", digest.to_uppercase()));
    let checksum_seed = format!("h{digest}");
    let good = [
        "acom.example.app",
        "cbeta-2",
        "pandroid",
        "v1.4.0.5-debug",
        "r>=1.4.0 <2.0.0",
        "t2026-11-22T00:00:00Z",
        "t2024-02-29T23:59:59.123Z",
        "s9007199254740991",
        "nstable/1042/checksum.json",
        "hd41d8cd98f00b204e9800998ecf8427e",
        digest_seed.as_str(),
        id_seed.as_str(),
        checksum_seed.as_str(),
    ];
    let bad = [
        "aa..b",
        "croot",
        "pweb",
        "v1..2",
        "r~1",
        "t2023-02-29T00:00:00Z",
        "s0",
        "n../x",
        "hzz",
        "dab",
        "",
    ];
    each("texts", &good, &bad)
}

pub(super) fn json() -> Vec<Seed> {
    let good = [
        r#" {"a":[1,-2,18446744073709551615,true,null,"\u00e9\ud83d\ude00"],"b":{"a":{}}} "#,
        r#"{"a":{"b":1},"c":{"b":2},"\"":":"}"#,
        "-9223372036854775808",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    ];
    let bad = [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"x":[{"a":{"b":1,"b":2}}]}"#,
        "1.0",
        "-0",
        "18446744073709551616",
        "{} {}",
        "[1,]",
        "\u{feff}{}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    ];
    each("strict_json", &good, &bad)
}

/// Heads that zstd 1.5.4 wrote (the unit tests of protocol/src/patch.rs say how), and some that it never would.
pub(super) fn patches() -> Vec<Seed> {
    let mebibyte = 1024 * 1024;
    let heads: [(&str, u64, u64, &[u8]); 9] = [
        ("good-tiny", 36, 37, &[0x24, 37]),
        ("good-small", 36, 1030, &[0x64, 0x06, 0x03]),
        ("good-medium", 36, 110_890, &[0xa4, 0x2a, 0xb1, 0x01, 0x00]),
        (
            "good-large",
            36,
            14_888_890,
            &[0x84, 0x58, 0xba, 0x2f, 0xe3, 0x00],
        ),
        (
            "good-wide",
            12 * mebibyte,
            14_888_890,
            &[0xa4, 0xba, 0x2f, 0xe3, 0x00],
        ),
        ("bad-too-wide", 36, 14_888_890, &[0xa4, 0xba, 0x2f, 0xe3, 0x00]),
        ("bad-unsized", 36, 110_890, &[0x04, 0x58]),
        (
            "bad-trained",
            2000,
            1030,
            &[0x67, 0x40, 0xf9, 0xfc, 0x56, 0x06, 0x03],
        ),
        ("bad-reserved", 36, 37, &[0x2c, 37]),
    ];
    let seeds = heads.map(|(name, dictionary, content, head)| {
        let magic = [0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0];
        let digest = Sha256Digest::of(b"Airlock: the files of the old bundle");
        let frame = [0x28, 0xb5, 0x2f, 0xfd];
        let numbers = [dictionary.to_le_bytes(), content.to_le_bytes()].concat();
        let patch = [&magic[..], digest.as_bytes(), &frame, head].concat();
        Seed::new("patch", name, [numbers, patch].concat())
    });
    seeds.to_vec()
}
