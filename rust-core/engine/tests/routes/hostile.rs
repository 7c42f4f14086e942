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

/// A patch that is wrong in one way, and the code of that.
type Wrong = (&'static str, Patch, Code);

/// Long and noisy versions, so that the heads have their longest usual form.
fn long_versions() -> (Bundle, Bundle) {
    let kept = noise(3, 100_000);
    let base = Bundle::new(1, &[("index.html", &noise(1, 70_000)), ("kept.js", &kept)]);
    let (page, last) = (noise(2, 70_000), b"last");
    let new = Bundle::new(2, &[("index.html", &page), ("kept.js", &kept), ("z.js", last)]);
    (base, new)
}

/// The right streams, cut, followed or in the wrong place.
fn cut_or_followed(base: &Bundle, new: &Bundle) -> Vec<Wrong> {
    let [one, two] = parts(base, new);
    let end = two.len() - 1;
    let unsafe_ones = [
        ("cut", one.clone(), two[..end].to_vec()),
        ("cut in the head", one.clone(), two[..20].to_vec()),
        ("only half of it", one.clone(), Vec::new()),
        ("a byte behind it", one.clone(), [&two[..], &[0]].concat()),
        (
            "a frame behind it",
            one.clone(),
            [&two[..], &two[FRAME..]].concat(),
        ),
        ("a byte between", [&one[..], &[0]].concat(), two.clone()),
        ("no dcz", one.clone(), two[FRAME..].to_vec()),
    ];
    let swapped = Patch::of_parts(base, two, one);
    let wrong =
        unsafe_ones.map(|(name, one, two)| (name, Patch::of_parts(base, one, two), Code::ArchiveUnsafe));
    let swapped = ("the second first", swapped, Code::ChecksumMismatch);
    wrong.into_iter().chain([swapped]).collect()
}

/// A first stream that is right or not, and a second one whose head or content is wrong.
fn other_contents(base: &Bundle, new: &Bundle) -> Vec<Wrong> {
    let [one, two] = parts(base, new);
    let (dictionary, payload) = (dictionary(base, new), payload(base, new));
    let mut bomb = two.clone();
    bomb.splice(FRAME + 4..FRAME + 5, [0b1000_0000, 0xf8]);
    let longer = claiming(dcz(&dictionary, &[&payload[..], b"more"].concat()), payload.len());
    let shorter = claiming(dcz(&dictionary, &payload[..payload.len() - 4]), payload.len());
    let mut other_files = payload.clone();
    *other_files.last_mut().unwrap() ^= 1;
    let seconds = [
        ("a huge window", bomb, Code::ArchiveUnsafe),
        ("more than it says", longer, Code::ArchiveUnsafe),
        ("less than it says", shorter, Code::ArchiveUnsafe),
        (
            "another dictionary",
            dcz(b"another", &payload),
            Code::ChecksumMismatch,
        ),
        (
            "says another length",
            dcz(&dictionary, b"short"),
            Code::ChecksumMismatch,
        ),
        (
            "other files",
            dcz(&dictionary, &other_files),
            Code::ChecksumMismatch,
        ),
    ];
    let list = file_list(base.checksum.files());
    let text = String::from_utf8(new.text.clone())
        .unwrap()
        .replace("2.0.0", "9.0.0");
    let firsts = [
        ("another base", dcz(&file_list(new.checksum.files()), &new.text)),
        ("another checksum.json", dcz(&list, text.as_bytes())),
    ];
    let seconds =
        seconds.map(|(name, second, code)| (name, Patch::of_parts(base, one.clone(), second), code));
    let firsts = firsts.map(|(name, first)| {
        (
            name,
            Patch::of_parts(base, first, two.clone()),
            Code::ChecksumMismatch,
        )
    });
    seconds.into_iter().chain(firsts).collect()
}

#[test]
fn each_kind_of_wrong_patch_has_its_code_and_the_archive_comes() {
    let (base, new) = long_versions();
    let (route, detours, text) = outcome(&base, &new, Patch::between(&base, &new));
    assert_eq!(
        (route, detours),
        (Route::Patch, Vec::new()),
        "the right one: {text}"
    );
    let wrong = [cut_or_followed(&base, &new), other_contents(&base, &new)].concat();
    assert_eq!(wrong.len(), 16);
    for (name, patch, code) in wrong {
        let (route, detours, text) = outcome(&base, &new, patch);
        let expected = (Route::Archive, vec![(Route::Patch, code)]);
        assert_eq!((route, detours), expected, "{name}: {text}");
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
