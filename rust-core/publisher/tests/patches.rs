//! What a publication makes for devices that have something already.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing fails"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use airlock_protocol::{ChecksumJson, Difference, PatchBase, PatchHead, Sha256Digest, file_list};
use airlock_publisher::progress::Unwatched;
use airlock_publisher::{Bundle, EmbeddedBundle, NewRelease, PatchBases, PatchOutcome, Published, WebTree};
use support::{Author, channel, day, fields};
use zstd_safe::DCtx;

/// Lines that do not repeat, so that only a dictionary helps.
fn script(seed: u64, lines: u64) -> String {
    let line = |number: u64| {
        format!(
            "f({});\n",
            (number ^ seed << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        )
    };
    (0..lines).map(line).collect()
}

/// What no compressor makes smaller.
fn noise(seed: u8) -> Vec<u8> {
    let block = |number: u16| *Sha256Digest::of(&[&[seed][..], &number.to_le_bytes()].concat()).as_bytes();
    (0..1_000).flat_map(block).collect()
}

struct Shop {
    author: Author,
    embedded: Vec<EmbeddedBundle>,
    releases: usize,
}

impl Shop {
    fn new() -> Self {
        Self {
            author: Author::new(),
            embedded: Vec::new(),
            releases: 5,
        }
    }

    fn publish(&self, sequence: u64) -> Published {
        let signers = self.author.daily();
        let tree = WebTree::read(&self.author.path("dist"), &Unwatched).unwrap();
        let bundle = Bundle::describe(&tree, fields(sequence))
            .unwrap()
            .signed(&signers)
            .unwrap();
        let release = NewRelease {
            bundle: &bundle,
            rollout: None,
            mandatory: false,
            notes: None,
        };
        let bases = PatchBases {
            releases: self.releases,
            embedded: self.embedded.clone(),
        };
        let mut repository = self.author.open().unwrap().with_patches_from(bases);
        repository
            .publish(&channel("stable"), &release, &signers, day(1), &Unwatched)
            .unwrap()
    }

    fn dist(&self, files: &[(&str, String)]) {
        let _none = fs::remove_dir_all(self.author.path("dist"));
        for (name, content) in files {
            self.author.write(&format!("dist/{name}"), content);
        }
    }

    /// The one file of a release that ends so.
    fn target(&self, sequence: u64, end: &str) -> Vec<u8> {
        let folder = self
            .author
            .repository()
            .join(format!("targets/stable/{sequence}"));
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let found: Vec<PathBuf> = files
            .filter(|path| path.to_str().unwrap().ends_with(end))
            .collect();
        assert_eq!(found.len(), 1, "{end}: {found:?}");
        fs::read(&found[0]).unwrap()
    }
}

fn made(published: &Published) -> Vec<u64> {
    let made = published.patches.iter().filter_map(|patch| match patch.outcome {
        PatchOutcome::Made(length) => Some(length),
        _ => None,
    });
    made.collect()
}

fn inflate(stream: &[u8], dictionary: &[u8], length: usize) -> Vec<u8> {
    let base = PatchBase {
        dictionary: Sha256Digest::of(dictionary),
        dictionary_bytes: dictionary.len() as u64,
        content_bytes: length as u64,
    };
    PatchHead::parse(stream, &base).unwrap();
    let mut context = DCtx::create();
    context.ref_prefix(dictionary).unwrap();
    let mut content = Vec::with_capacity(length);
    context
        .decompress(&mut content, &stream[PatchHead::STREAM_START..])
        .unwrap();
    content
}

#[test]
fn a_patch_yields_the_description_and_the_files_that_the_base_lacks() {
    let shop = Shop::new();
    let big = script(1, 5_000);
    shop.dist(&[
        ("index.html", "one".into()),
        ("main.a1.js", big.clone()),
        ("same.js", script(2, 500)),
    ]);
    let one = shop.publish(1);
    assert!(one.patches.is_empty());
    let changed = big.replacen("f(", "g(", 3);
    let new = [
        ("index.html", "two".to_owned()),
        ("main.b2.js", changed),
        ("moved/same.js", script(2, 500)),
    ];
    shop.dist(&new);
    let two = shop.publish(2);
    let [length] = made(&two)[..] else {
        panic!("one patch: {:?}", two.patches)
    };
    assert!(length < 1_000, "{length} bytes");
    assert!(two.archive_bytes > 20_000);

    let description = |sequence| ChecksumJson::parse(&shop.target(sequence, ".checksum.json")).unwrap();
    let (base, next) = (description(1), description(2));
    assert_eq!(two.patches[0].id, base.id());
    let patch = shop.target(2, &format!(".from-{}.dcz", base.id()));
    assert_eq!(patch.len() as u64, length);
    let report = shop.author.audit(day(1)).unwrap();
    let listed = &report.channels[&channel("stable")];
    assert_eq!(listed.len(), 2, "a device reads the repository");

    let metadata = shop.target_metadata();
    let split =
        metadata["signed"]["targets"][format!("stable/2/from-{}.dcz", base.id())]["custom"]["description"]
            .as_u64()
            .unwrap();
    let (first, second) = patch.split_at(usize::try_from(split).unwrap());
    let bytes = shop.target(2, ".checksum.json");
    assert_eq!(inflate(first, &file_list(base.files()), bytes.len()), bytes);
    let difference = Difference::between(base.files(), next.files());
    assert_eq!(difference.copied().len(), 1, "what only moved is in neither");
    let dictionary = ["one", &big].concat();
    let content: String = new.iter().take(2).map(|(_, content)| content.as_str()).collect();
    let payload = inflate(second, dictionary.as_bytes(), content.len());
    assert!(payload == content.as_bytes());
}

impl Shop {
    /// The newest metadata of the channel.
    fn target_metadata(&self) -> serde_json::Value {
        let newest = (1..100).rev().find_map(|version| {
            fs::read(
                self.author
                    .repository()
                    .join(format!("metadata/{version}.stable.json")),
            )
            .ok()
        });
        serde_json::from_slice(&newest.unwrap()).unwrap()
    }

    fn listed_patches(&self) -> BTreeMap<String, u64> {
        let metadata = self.target_metadata();
        let mut counts = BTreeMap::new();
        for name in metadata["signed"]["targets"].as_object().unwrap().keys() {
            let mut parts = name.split('/').skip(1);
            let (sequence, file) = (parts.next().unwrap(), parts.next().unwrap());
            *counts.entry(sequence.to_owned()).or_default() += u64::from(file.ends_with(".dcz"));
        }
        counts
    }
}

#[test]
fn patches_come_from_the_latest_releases_and_older_ones_leave_the_metadata() {
    let mut shop = Shop::new();
    shop.releases = 2;
    for sequence in 1..=5 {
        let body = format!("// {sequence}\n{}", script(9, 3_000));
        shop.dist(&[("index.html", "same".into()), ("app.js", body)]);
        let published = shop.publish(sequence);
        assert_eq!(
            made(&published).len(),
            usize::try_from(sequence - 1).unwrap().min(2)
        );
    }
    let counts = shop.listed_patches();
    let counts: Vec<u64> = ["1", "2", "3", "4", "5"].map(|sequence| counts[sequence]).into();
    assert_eq!(counts, [0, 0, 0, 2, 2]);
    // The same files again: nothing to patch from itself, and no object is written twice.
    let before = shop.author.files();
    let again = shop.publish(6);
    assert!(again.patches.iter().all(|patch| patch.id != again.id));
    let after = shop.author.files();
    for (path, bytes) in before
        .iter()
        .filter(|(path, _)| !path.ends_with("timestamp.json"))
    {
        assert!(after[path] == *bytes, "{} was written again", path.display());
    }
}

#[test]
fn a_patch_that_saves_nothing_is_left_out_and_so_is_a_base_that_is_gone() {
    let shop = Shop::new();
    shop.dist(&[("index.html", "same".into())]);
    shop.author.write("dist/photo", noise(1));
    let one = shop.publish(1);
    shop.author.write("dist/photo", noise(2));
    let two = shop.publish(2);
    assert!(
        matches!(two.patches[0].outcome, PatchOutcome::NotWorthIt(_)),
        "{:?}",
        two.patches
    );

    let folder = shop.author.repository().join("targets/stable/1");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.to_str().unwrap().ends_with(".bundle.zip") {
            fs::write(path, "damaged").unwrap();
        }
    }
    shop.dist(&[("index.html", "other".into())]);
    shop.author.write("dist/photo", noise(2));
    let three = shop.publish(3);
    let outcome = |id| &three.patches.iter().find(|patch| patch.id == id).unwrap().outcome;
    assert!(
        matches!(outcome(two.id), PatchOutcome::Made(_)),
        "{:?}",
        three.patches
    );
    assert!(
        matches!(outcome(one.id), PatchOutcome::Impossible(_)),
        "{:?}",
        three.patches
    );
}

#[test]
fn what_a_store_build_embeds_gets_a_patch_too_once_it_says_what_it_is() {
    let mut shop = Shop::new();
    let kept = shop.author.path("embedded");
    shop.dist(&[("index.html", script(5, 3_000))]);
    let dist = shop.author.path("dist");
    let error = EmbeddedBundle::register(&dist, &kept, &Unwatched).unwrap_err();
    assert!(error.to_string().contains("--in-place"), "{error}");
    assert!(EmbeddedBundle::registered(&kept).unwrap().is_empty());

    let tree = WebTree::read(&dist, &Unwatched).unwrap();
    let bundle = Bundle::describe(&tree, fields(1)).unwrap();
    bundle.write_in_place().unwrap();
    EmbeddedBundle::register(&dist, &kept, &Unwatched).unwrap();
    shop.embedded = EmbeddedBundle::registered(&kept).unwrap();
    assert_eq!(shop.embedded.len(), 1);
    shop.dist(&[("index.html", format!("new\n{}", script(5, 3_000)))]);
    let published = shop.publish(2);
    assert_eq!(published.patches[0].id, bundle.checksum().id());
    assert_eq!(made(&published).len(), 1);

    // A folder that was built again after it was described.
    shop.author.write("dist/index.html", "other");
    fs::write(dist.join("checksum.json"), bundle.checksum_bytes()).unwrap();
    let error = EmbeddedBundle::register(&dist, &kept, &Unwatched).unwrap_err();
    assert!(error.to_string().contains("other files"), "{error}");
}

#[test]
fn every_file_lies_there_by_itself_and_goes_when_no_release_has_it() {
    let shop = Shop::new();
    let names = |shop: &Shop| -> Vec<PathBuf> {
        let files = shop.author.files().into_keys();
        files.filter(|path| path.starts_with("files")).collect()
    };
    let of = |text: &str| PathBuf::from(format!("files/{}.zst", Sha256Digest::of(text.as_bytes())));
    shop.dist(&[("index.html", "one".into()), ("a.js", "kept".into())]);
    shop.publish(1);
    shop.dist(&[("index.html", "two".into()), ("a.js", "kept".into())]);
    let two = shop.publish(2);
    assert!(two.files_bytes.is_some_and(|bytes| bytes > 0));
    let mut all = vec![of("one"), of("two"), of("kept")];
    all.sort();
    assert_eq!(names(&shop), all);
    let compressed = &shop.author.files()[&of("kept")];
    let mut content = Vec::with_capacity(100);
    DCtx::create().decompress(&mut content, compressed).unwrap();
    assert_eq!(content, b"kept");

    let mut repository = shop.author.open().unwrap();
    repository
        .prune(1.try_into().unwrap(), &shop.author.daily(), day(1))
        .unwrap();
    let mut left = vec![of("two"), of("kept")];
    left.sort();
    assert_eq!(names(&shop), left);
}
