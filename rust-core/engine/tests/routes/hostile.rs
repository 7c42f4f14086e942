//! Patches that are signed and wrong: each is refused with a code, and the archive brings the bundle.

use airlock_engine::Route;
use airlock_protocol::{Code, file_list};

use super::patches::{versions, with_patch};
use super::support::{Author, Bundle, Device, Patch, Server, codes, dcz, dictionary, noise, payload};

/// Where the Zstandard frame begins in a part.
const FRAME: usize = 40;

/// What a device makes of a patch that was signed as it is.
fn outcome(base: &Bundle, new: &Bundle, patch: Patch) -> (Route, Vec<(Route, Code)>, String) {
    let server = Server::new();
    Author::new(&server).publish(new, &with_patch(patch));
    let device = Device::new(base, &server);
    let (route, detours) = device.sync(new);
    let text = detours.first().map(|detour| detour.message.clone());
    (route, codes(&detours), text.unwrap_or_default())
}

/// The parts of the right patch.
fn parts(base: &Bundle, new: &Bundle) -> [Vec<u8>; 2] {
    let right = Patch::between(base, new);
    let (description, files) = right.bytes.split_at(right.description_bytes);
    [description.to_vec(), files.to_vec()]
}

/// A frame whose head says `content` bytes, which is not what it holds: the field of 4 bytes behind the descriptor.
fn claiming(mut part: Vec<u8>, content: usize) -> Vec<u8> {
    assert_eq!(
        part[FRAME + 4] & 0b1110_0000,
        0b1010_0000,
        "one segment, 4 bytes of length"
    );
    part[FRAME + 5..FRAME + 9].copy_from_slice(&u32::try_from(content).unwrap().to_le_bytes());
    part
}

#[test]
fn each_kind_of_wrong_patch_has_its_code_and_the_archive_comes() {
    // Long and noisy, so that the heads have their longest usual form.
    let kept = noise(3, 100_000);
    let base = Bundle::new(1, &[("index.html", &noise(1, 70_000)), ("kept.js", &kept)]);
    let (page, last) = (noise(2, 70_000), b"last");
    let new = Bundle::new(2, &[("index.html", &page), ("kept.js", &kept), ("z.js", last)]);
    let [description, files] = parts(&base, &new);
    let (dictionary, payload) = (dictionary(&base, &new), payload(&base, &new));
    let whole =
        |description: &[u8], files: &[u8]| Patch::of_parts(&base, description.to_vec(), files.to_vec());
    let right = outcome(&base, &new, whole(&description, &files));
    assert_eq!(
        (right.0, right.1),
        (Route::Patch, Vec::new()),
        "the right one is taken"
    );

    let mut other_text = new.text.clone();
    let place = other_text
        .windows(5)
        .position(|window| window == b"2.0.0")
        .unwrap();
    other_text[place] = b'9';
    let mut bomb = files.clone();
    bomb.splice(FRAME + 4..FRAME + 5, [0b1000_0000, 0xf8]);
    let longer = claiming(dcz(&dictionary, &[&payload[..], b"more"].concat()), payload.len());
    let shorter = claiming(dcz(&dictionary, &payload[..payload.len() - 4]), payload.len());
    let mut wrong_bytes = payload.clone();
    *wrong_bytes.last_mut().unwrap() ^= 1;
    let frame = &files[FRAME..];
    let cases: Vec<(&str, Patch, Code)> = vec![
        (
            "cut",
            whole(&description, &files[..files.len() - 1]),
            Code::ArchiveUnsafe,
        ),
        (
            "cut in the head",
            whole(&description, &files[..20]),
            Code::ArchiveUnsafe,
        ),
        ("only half of it", whole(&description, &[]), Code::ArchiveUnsafe),
        (
            "a byte behind it",
            whole(&description, &[&files[..], &[0]].concat()),
            Code::ArchiveUnsafe,
        ),
        (
            "a frame behind it",
            whole(&description, &[&files[..], frame].concat()),
            Code::ArchiveUnsafe,
        ),
        (
            "a byte between",
            whole(&[&description[..], &[0]].concat(), &files),
            Code::ArchiveUnsafe,
        ),
        (
            "the second first",
            whole(&files, &description),
            Code::ChecksumMismatch,
        ),
        (
            "another dictionary",
            whole(&description, &dcz(b"another", &payload)),
            Code::ChecksumMismatch,
        ),
        (
            "another base",
            whole(&dcz(&file_list(new.checksum.files()), &new.text), &files),
            Code::ChecksumMismatch,
        ),
        ("a huge window", whole(&description, &bomb), Code::ArchiveUnsafe),
        (
            "more than it says",
            whole(&description, &longer),
            Code::ArchiveUnsafe,
        ),
        (
            "less than it says",
            whole(&description, &shorter),
            Code::ArchiveUnsafe,
        ),
        (
            "says another length",
            whole(&description, &dcz(&dictionary, b"short")),
            Code::ChecksumMismatch,
        ),
        (
            "another checksum.json",
            whole(&dcz(&file_list(base.checksum.files()), &other_text), &files),
            Code::ChecksumMismatch,
        ),
        (
            "other files",
            whole(&description, &dcz(&dictionary, &wrong_bytes)),
            Code::ChecksumMismatch,
        ),
        (
            "no dcz",
            whole(&description, &files[FRAME..]),
            Code::ArchiveUnsafe,
        ),
    ];
    for (name, patch, code) in cases {
        let (route, detours, text) = outcome(&base, &new, patch);
        assert_eq!(
            (route, detours),
            (Route::Archive, vec![(Route::Patch, code)]),
            "{name}: {text}"
        );
    }
}

#[test]
fn whatever_byte_is_flipped_the_bundle_is_right() {
    let (base, new) = versions();
    let right = Patch::between(&base, &new);
    let is_near_a_head = |place: usize| {
        let within = place.checked_sub(right.description_bytes).unwrap_or(place);
        (36..52).contains(&within) || place + 4 > right.bytes.len()
    };
    let places: Vec<usize> = (0..right.bytes.len())
        .filter(|place| is_near_a_head(*place) || place % 16 == 0)
        .collect();
    let mut refused = 0;
    for place in &places {
        let mut patch = right.clone();
        patch.bytes[*place] ^= 0x10;
        // `sync` holds the tree against what was published.
        let (route, detours, _) = outcome(&base, &new, patch);
        match route {
            Route::Archive => {
                assert_eq!(detours.len(), 1, "byte {place}");
                refused += 1;
            }
            // The unused bit of each head says nothing (RFC 8878 section 3.1.1.1.1.3).
            Route::Patch => assert!(detours.is_empty(), "byte {place}"),
            other => panic!("byte {place}: {other:?}"),
        }
    }
    assert!(
        places.len() > 50 && refused >= places.len() - 3,
        "{refused} of {}",
        places.len()
    );
}

#[test]
fn what_the_server_changed_or_cut_is_not_what_was_signed() {
    let (base, new) = versions();
    type Change = fn(&mut Vec<u8>);
    let changes: [(Change, Code); 3] = [
        (|bytes| bytes[70] ^= 1, Code::ChecksumMismatch),
        (|bytes| bytes.truncate(100), Code::ChecksumMismatch),
        (
            |bytes| bytes.splice(.., *b"<!DOCTYPE html><p>Sign in").for_each(drop),
            Code::ResponseUnusable,
        ),
    ];
    for (change, code) in changes {
        let server = Server::new();
        Author::new(&server).publish(&new, &with_patch(Patch::between(&base, &new)));
        server.change(&server.path(".dcz"), change);
        let (route, detours) = Device::new(&base, &server).sync(&new);
        assert_eq!(
            (route, codes(&detours)),
            (Route::Archive, vec![(Route::Patch, code)])
        );
    }
    let server = Server::new();
    Author::new(&server).publish(&new, &with_patch(Patch::between(&base, &new)));
    server.remove(&server.path(".dcz"));
    let (route, detours) = Device::new(&base, &server).sync(&new);
    assert_eq!(
        (route, codes(&detours)),
        (Route::Archive, vec![(Route::Patch, Code::ResponseUnusable)])
    );
}
