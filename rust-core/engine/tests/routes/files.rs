//! Single files: when they pay, what is fetched, and what is not fetched twice.

use airlock_engine::Route;
use airlock_protocol::{Code, Sha256Digest};

use super::support::{Author, Bundle, Device, Extras, Patch, Server, codes, noise, zstd};

fn of(bytes: &[u8]) -> String {
    format!("files/{}.zst", Sha256Digest::of(bytes))
}

/// A large app of which two files change, one of them in two places.
fn versions() -> (Bundle, Bundle) {
    let large = noise(1, 60_000);
    let base = Bundle::new(1, &[("index.html", b"old"), ("large.js", &large)]);
    let (first, second) = (noise(2, 4000), noise(3, 300));
    let new = Bundle::new(
        2,
        &[
            ("a/first.js", &first),
            ("a/twin.js", &first),
            ("empty.css", b""),
            ("index.html", &second),
            ("moved.js", &large),
        ],
    );
    (base, new)
}

fn single_files() -> Extras {
    Extras {
        patches: Vec::new(),
        has_single_files: true,
    }
}

#[test]
fn only_what_no_bundle_here_has_is_fetched_and_each_content_once() {
    let (base, new) = versions();
    let server = Server::new();
    Author::new(&server).publish(&new, &single_files());
    for parallel in [1, 8] {
        let device = Device::in_apk(&base, &server.asked_in_parallel(parallel));
        assert_eq!(device.sync(&new), (Route::Files, Vec::new()));
        let mut requests = server.requests();
        let mut expected = [
            "checksum.json".to_owned(),
            of(&new.files["a/first.js"]),
            of(&new.files["index.html"]),
        ];
        requests.sort();
        expected.sort();
        assert_eq!(requests, expected);
        let progress = device.progress();
        assert!(progress.is_sorted(), "{progress:?}");
    }
}

#[test]
fn the_archive_is_taken_where_it_costs_less() {
    let (_, new) = versions();
    let other = Bundle::new(1, &[("index.html", b"nothing in common")]);
    let server = Server::new();
    Author::new(&server).publish(&new, &single_files());
    let device = Device::new(&other, &server);
    assert_eq!(device.sync(&new), (Route::Archive, Vec::new()));
    assert_eq!(server.requests(), ["checksum.json", "bundle.zip"]);
}

#[test]
fn what_a_broken_patch_brought_is_not_fetched_again() {
    let (kept, first, last) = (noise(1, 400_000), noise(2, 200_000), noise(3, 200_000));
    let base = Bundle::new(1, &[("index.html", b"old"), ("kept.js", &kept)]);
    let new = Bundle::new(
        2,
        &[
            ("a.js", &first),
            ("b.js", &last),
            ("index.html", b"old"),
            ("kept.js", &kept),
        ],
    );
    let right = Patch::between(&base, &new);
    for (broken, expected) in [(false, Vec::new()), (true, vec![of(&last)])] {
        let mut patch = right.clone();
        if broken {
            let end = patch.bytes.len() - 1000;
            patch.bytes[end] ^= 1;
        }
        let server = Server::new();
        let extras = Extras {
            patches: vec![patch],
            has_single_files: true,
        };
        Author::new(&server).publish(&new, &extras);
        let device = Device::new(&base, &server);
        let (route, detours) = device.sync(&new);
        let requests: Vec<String> = server.requests().into_iter().skip(1).collect();
        assert_eq!(requests, expected, "behind the patch");
        let mismatch = vec![(Route::Patch, Code::ChecksumMismatch)];
        match broken {
            false => assert_eq!((route, codes(&detours)), (Route::Patch, Vec::new())),
            true => assert_eq!((route, codes(&detours)), (Route::Files, mismatch)),
        }
    }
}

#[test]
fn a_wrong_single_file_is_refused_and_the_archive_comes() {
    let (base, new) = versions();
    let first = new.files["a/first.js"].clone();
    let mut bomb = zstd(&[], &first);
    // Not one segment any more: a window of 3.75 TiB.
    bomb.splice(4..5, [0b0100_0000, 0xff]);
    let plain = zstd(&[], &first);
    let cases: Vec<(&str, Option<Vec<u8>>, Code)> = vec![
        ("missing", None, Code::ResponseUnusable),
        (
            "other bytes",
            Some(zstd(&[], &noise(9, 4000))),
            Code::ChecksumMismatch,
        ),
        (
            "longer",
            Some(zstd(&[], &[&first[..], b"1"].concat())),
            Code::ChecksumMismatch,
        ),
        ("shorter", Some(zstd(&[], &first[1..])), Code::ChecksumMismatch),
        (
            "cut",
            Some(plain[..plain.len() - 1].to_vec()),
            Code::ArchiveUnsafe,
        ),
        (
            "a byte behind it",
            Some([&plain[..], &[0]].concat()),
            Code::ArchiveUnsafe,
        ),
        ("a huge window", Some(bomb), Code::ArchiveUnsafe),
        ("no frame", Some(first.clone()), Code::ArchiveUnsafe),
        ("far too long", Some(noise(1, 50_000)), Code::ArchiveUnsafe),
    ];
    for (name, bytes, code) in cases {
        let server = Server::new();
        Author::new(&server).publish(&new, &single_files());
        match bytes {
            Some(bytes) => server.put(&of(&first), bytes),
            None => server.remove(&of(&first)),
        }
        let (route, detours) = Device::new(&base, &server).sync(&new);
        let expected = (Route::Archive, vec![(Route::Files, code)]);
        assert_eq!((route, codes(&detours)), expected, "{name}: {detours:?}");
    }
}

#[test]
fn every_way_may_fail_and_the_next_run_works() {
    let (base, new) = versions();
    let server = Server::new();
    let extras = Extras {
        patches: vec![Patch::between(&base, &new)],
        has_single_files: true,
    };
    Author::new(&server).publish(&new, &extras);
    let device = Device::new(&base, &server);
    let ways = [
        server.path(".dcz"),
        server.path(".bundle.zip"),
        of(&new.files["index.html"]),
    ];
    for way in &ways {
        server.break_off(way, 0);
    }
    let error = device.engine().sync().unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed, "{error}");
    server.mend();
    assert_eq!(device.sync(&new), (Route::Patch, Vec::new()));
}
