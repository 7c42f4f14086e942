//! A patch that is right, from every kind of base.

use std::fs;

use airlock_engine::{Check, Route};

use super::support::{Author, Bundle, Device, Extras, Patch, Server, codes, noise};

/// Two versions of an app: one file kept, one moved, one changed in the middle, one gone, one new, and one empty.
pub(crate) fn versions() -> (Bundle, Bundle) {
    let (kept, moved) = (noise(1, 3000), noise(2, 2000));
    let chunk = noise(3, 20_000);
    let changed = [&chunk[..9000], b"a few new lines", &chunk[9000..]].concat();
    let base = Bundle::new(
        1,
        &[
            ("assets/chunk-old.js", &chunk),
            ("assets/font-1.woff2", &moved),
            ("assets/kept.js", &kept),
            ("gone.js", b"gone"),
            ("index.html", b"<h1>old</h1>"),
        ],
    );
    let new = Bundle::new(
        2,
        &[
            ("assets/chunk-new.js", &changed),
            ("assets/deep/er/font-2.woff2", &moved),
            ("assets/empty.css", b""),
            ("assets/kept.js", &kept),
            ("index.html", b"<h1>new</h1>"),
        ],
    );
    (base, new)
}

pub(crate) fn with_patch(patch: Patch) -> Extras {
    Extras {
        patches: vec![patch],
        has_single_files: false,
    }
}

#[test]
fn the_embedded_bundle_is_a_base_in_a_directory_and_in_an_apk() {
    let (base, new) = versions();
    let server = Server::new();
    let mut author = Author::new(&server);
    author.publish(&new, &with_patch(Patch::between(&base, &new)));
    for device in [Device::new(&base, &server), Device::in_apk(&base, &server)] {
        let Check::Available { bundle } = device.engine().check().unwrap() else {
            panic!("nothing is on offer");
        };
        assert_eq!(bundle.download_bytes, server.length(&server.path(".dcz")));
        server.requests();
        assert_eq!(device.sync(&new), (Route::Patch, Vec::new()));
        let dcz = format!("from-{}.dcz", base.checksum.id());
        assert_eq!(server.requests(), [dcz], "not even checksum.json is asked for");
        let archive = server.length(&server.path(".bundle.zip"));
        assert!(
            bundle.download_bytes * 20 < archive,
            "{} of {archive}",
            bundle.download_bytes
        );
    }
}

#[test]
fn an_installed_bundle_is_a_base_and_the_cheapest_patch_is_taken() {
    let (embedded, second) = versions();
    let mut files: Vec<(&str, &[u8])> = second
        .files
        .iter()
        .map(|(path, bytes)| (path.as_str(), &bytes[..]))
        .collect();
    files.push(("assets/later.js", b"a third version"));
    let third = Bundle::new(3, &files);
    let server = Server::new();
    let mut author = Author::new(&server);
    author.publish(&second, &Extras::default());
    let device = Device::new(&embedded, &server);
    assert_eq!(device.sync(&second), (Route::Archive, Vec::new()));
    let extras = Extras {
        patches: vec![Patch::between(&embedded, &third), Patch::between(&second, &third)],
        has_single_files: false,
    };
    author.publish(&third, &extras);
    server.requests();
    assert_eq!(device.sync(&third), (Route::Patch, Vec::new()));
    assert_eq!(server.requests(), [format!("from-{}.dcz", second.checksum.id())]);
    // A device that has the embedded bundle alone takes the other one.
    let fresh = Device::new(&embedded, &server);
    assert_eq!(fresh.sync(&third), (Route::Patch, Vec::new()));
    assert_eq!(
        server.requests(),
        [format!("from-{}.dcz", embedded.checksum.id())]
    );
}

#[test]
fn what_moves_costs_nothing() {
    let (one, two) = (noise(1, 50_000), noise(2, 50_000));
    let base = Bundle::new(
        1,
        &[
            ("a.js", &one),
            ("b.js", &two),
            ("index.html", b"page"),
            ("gone.js", b"gone"),
        ],
    );
    let new = Bundle::new(
        2,
        &[
            ("b.js", &one),
            ("c/d.js", &two),
            ("c/e.js", &two),
            ("index.html", b"page"),
        ],
    );
    let server = Server::new();
    Author::new(&server).publish(&new, &with_patch(Patch::between(&base, &new)));
    let device = Device::new(&base, &server);
    assert_eq!(device.sync(&new), (Route::Patch, Vec::new()));
    let length = server.length(&server.path(".dcz"));
    assert!(length < 400, "{length} bytes for names alone");
}

#[test]
fn a_patch_for_another_base_or_dearer_than_the_archive_is_not_asked_for() {
    let (base, new) = versions();
    let other = Bundle::new(1, &[("index.html", b"another app")]);
    let mut padded = Patch::between(&base, &new);
    padded.bytes.resize(100_000, 0);
    for patch in [Patch::between(&other, &new), padded] {
        let server = Server::new();
        Author::new(&server).publish(&new, &with_patch(patch));
        let device = Device::new(&base, &server);
        assert_eq!(device.sync(&new), (Route::Archive, Vec::new()));
        assert_eq!(server.requests(), ["checksum.json", "bundle.zip"]);
    }
}

#[test]
fn a_release_may_have_a_patch_and_no_archive() {
    let (base, new) = versions();
    let server = Server::new();
    let patch = Patch::between(&base, &new);
    Author::new(&server).publish_without_archive(&new, &with_patch(patch));
    assert_eq!(Device::new(&base, &server).sync(&new), (Route::Patch, Vec::new()));
    server.change(&server.path(".dcz"), |bytes| bytes[90] ^= 1);
    let error = Device::new(&base, &server).engine().sync().unwrap_err();
    assert_eq!(error.code().as_str(), "checksum_mismatch", "{error}");
}

#[test]
fn a_patch_that_broke_off_is_gone_on_with() {
    let (base, _) = versions();
    let noisy = Bundle::new(2, &[("index.html", &noise(9, 40_000))]);
    let server = Server::new();
    Author::new(&server).publish_without_archive(&noisy, &with_patch(Patch::between(&base, &noisy)));
    let device = Device::new(&base, &server);
    let dcz = server.path(".dcz");
    server.break_off(&dcz, 5_000);
    let error = device.engine().sync().unwrap_err();
    assert_eq!(error.code().as_str(), "download_failed", "{error}");
    server.mend();
    server.requests();
    assert_eq!(device.sync(&noisy), (Route::Patch, Vec::new()));
    // Four attempts brought 5000 bytes each.
    assert_eq!(
        server.requests(),
        [format!("from-{}.dcz@20000", base.checksum.id())]
    );
}

#[test]
fn progress_never_goes_back_when_a_way_fails() {
    let (base, new) = versions();
    let server = Server::new();
    Author::new(&server).publish(&new, &with_patch(Patch::between(&base, &new)));
    server.change(&server.path(".dcz"), |bytes| bytes[90] ^= 1);
    let device = Device::new(&base, &server);
    let (route, detours) = device.sync(&new);
    assert_eq!(route, Route::Archive);
    assert_eq!(
        codes(&detours),
        [(Route::Patch, airlock_protocol::Code::ChecksumMismatch)]
    );
    let progress = device.progress();
    assert!(progress.is_sorted() && progress.len() > 1, "{progress:?}");
    assert_eq!(progress.first(), Some(&(0, 0)));
    assert_eq!(progress.last().map(|(percent, _)| *percent), Some(100));
}

#[test]
fn a_damaged_base_is_found_out_and_the_archive_taken() {
    let (base, new) = versions();
    // One that the patch looks back at, one that is copied, one that the patch does not need, and all of it.
    let damage = [
        ("assets/chunk-old.js", Route::Archive),
        ("assets/kept.js", Route::Archive),
        ("assets/kept.js/", Route::Archive),
        ("untouched", Route::Patch),
    ];
    for (file, expected) in damage {
        let server = Server::new();
        let mut author = Author::new(&server);
        let embedded = Bundle::new(1, &[("index.html", b"embedded")]);
        let installed = Bundle::new(
            2,
            &base
                .files
                .iter()
                .map(|(path, bytes)| (path.as_str(), &bytes[..]))
                .collect::<Vec<_>>(),
        );
        let next = Bundle::new(
            3,
            &new.files
                .iter()
                .map(|(path, bytes)| (path.as_str(), &bytes[..]))
                .collect::<Vec<_>>(),
        );
        author.publish(&installed, &Extras::default());
        let device = Device::new(&embedded, &server);
        device.sync(&installed);
        let path = device.bundle(&installed).join(file.trim_end_matches('/'));
        match (file.ends_with('/'), path.exists()) {
            (true, _) => fs::remove_file(&path).unwrap(),
            (false, true) => {
                let mut bytes = fs::read(&path).unwrap();
                bytes[1000] ^= 1;
                fs::write(&path, bytes).unwrap();
            }
            (false, false) => {}
        }
        author.publish(&next, &with_patch(Patch::between(&installed, &next)));
        let (route, detours) = device.sync(&next);
        assert_eq!(route, expected, "{file}: {detours:?}");
        let mismatch = (Route::Patch, airlock_protocol::Code::ChecksumMismatch);
        assert_eq!(
            codes(&detours).contains(&mismatch),
            expected == Route::Archive,
            "{file}"
        );
    }
}
