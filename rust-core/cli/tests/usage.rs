//! What a person types wrongly, and what the command says to that.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

mod support;

use support::{Desk, Outcome};

const COMMANDS: [&str; 20] = [
    "init",
    "pack",
    "publish",
    "rollback",
    "promote",
    "prune",
    "refresh",
    "keys",
    "keys generate",
    "keys list",
    "keys rotate",
    "keys split",
    "verify",
    "inspect",
    "serve",
    "fetch",
    "self-update",
    "device",
    "tuf",
    "simulate",
];

#[test]
fn every_command_has_help_with_examples() {
    let desk = Desk::new();
    for command in COMMANDS {
        let help = desk.run(command.split(' ').chain(["--help"])).succeeds().stdout;
        let (_, examples) = help
            .split_once("\nExample")
            .unwrap_or_else(|| panic!("no examples:\n{help}"));
        assert!(
            examples.contains(&format!("airlock {command}")),
            "{command} does not show itself:\n{help}"
        );
    }
}

#[test]
fn the_top_help_lists_every_command_and_exit_code() {
    let desk = Desk::new();
    let help = desk.run(["--help"]).succeeds().stdout;
    for code in [
        "0", "1", "2", "104", "107", "115", "116", "118", "119", "120", "121", "122", "123", "124",
    ] {
        assert!(
            help.lines()
                .any(|line| line.trim_start().starts_with(&format!("{code}  "))),
            "no {code} in:\n{help}"
        );
    }
    assert!(help.contains("AIRLOCK_PASSPHRASE"));
    assert!(desk.run(["--version"]).succeeds().stdout.starts_with("airlock "));
}

#[test]
fn a_command_line_that_makes_no_sense_is_explained() {
    let desk = Desk::new();
    for (line, words) in [
        ("publsh", "publish"),
        ("publish", "--version"),
        ("pack dist --app-id a.b --version 1 --sequence 1", "--in-place"),
        (
            "pack dist --app-id a.b --version 1 --sequence 1 -o x --in-place",
            "cannot be used with",
        ),
        ("pack dist --app-id a/b --version 1 --sequence 1 -o x", "app id"),
        ("pack dist --app-id a.b --version 1 --sequence 0 -o x", "sequence"),
        ("publish dist --version 1 --rollout 101", "1..=100"),
        ("publish dist --version 1 --native android", "colon"),
        ("publish dist --version 1 --platforms windows", "platform"),
        ("publish dist --version 1 --expires tomorrow", "RFC 3339"),
        ("init --app-id a.b --channel root", "channel"),
        ("init --app-id a.b --update-url http://example.com/", "https"),
        (
            "init --app-id a.b --no-passphrase --passphrase-file x",
            "--passphrase-file",
        ),
    ] {
        let outcome = desk.run(line.split(' '));
        assert_eq!(outcome.code, 2, "{line} {outcome:#?}");
        assert!(
            outcome.stderr.contains(words),
            "{line}: no {words:?} in {outcome:#?}"
        );
        let json = desk.run(line.split(' ').chain(["--json"]));
        assert_eq!(json.json()["error"]["code"], "usage", "{line}");
    }
}

#[test]
fn init_never_overwrites() {
    let desk = Desk::with_project();
    let before = desk.tree(".");
    for taken in [
        "airlock.json",
        "keys/root.pem",
        "keys/release.pem",
        "repository/metadata",
        "capacitor.airlock.json",
    ] {
        desk.run(["init", "--app-id", "com.example.app", "--no-passphrase"])
            .fails(2, "config_invalid", "exists already");
        assert_eq!(desk.tree("."), before);
        let path = desk.path(taken);
        std::fs::rename(&path, desk.path("kept")).unwrap();
        let other = desk.run(["init", "--app-id", "com.example.app", "--no-passphrase"]);
        assert_eq!(
            other.code, 2,
            "{taken} was missing and the rest was overwritten: {other:#?}"
        );
        std::fs::rename(desk.path("kept"), &path).unwrap();
    }
}

#[test]
fn publish_refuses_what_is_no_project_or_no_bundle_and_changes_nothing() {
    let desk = Desk::with_project();
    let before = desk.tree("repository");
    let publish = |args: &[&str]| desk.run(["publish", "--version", "1.0.0"].iter().chain(args));

    publish(&["dist", "--project", "elsewhere"]).fails(2, "config_invalid", "airlock init");
    publish(&["dist", "--channel", "beta"]).fails(2, "config_invalid", "there is: stable");
    publish(&["nowhere"]).fails(2, "usage", "not a folder");
    std::fs::create_dir(desk.path("empty")).unwrap();
    publish(&["empty"]).fails(2, "tree_invalid", "index.html");
    desk.web_app("twins", "x");
    desk.write("twins/ASSETS/app.js", "");
    publish(&["twins"]).fails(2, "tree_invalid", "differ only in case");
    desk.web_app("unsafe", "x");
    desk.write("unsafe/con.js", "");
    publish(&["unsafe"]).fails(2, "tree_invalid", "con.js");
    publish(&["dist", "--notes", &"x".repeat(9000)]).fails(118, "metadata_invalid", "8 KiB");

    assert_eq!(
        timestamp(&before),
        timestamp(&desk.tree("repository")),
        "a reader sees what was there before"
    );
    publish(&["dist"]).succeeds();
    publish(&["dist", "--sequence", "1"]).fails(119, "downgrade_refused", "stable");
    publish(&["dist"]).succeeds();
}

#[cfg(unix)]
#[test]
fn links_and_names_that_are_not_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::with_project();
    let publish = || desk.run(["publish", "dist", "--version", "1.0.0"]);
    std::os::unix::fs::symlink("index.html", desk.path("dist/start.html")).unwrap();
    publish().fails(2, "tree_invalid", "link");
    std::fs::remove_file(desk.path("dist/start.html")).unwrap();
    let name = desk.path("dist").join(std::ffi::OsStr::from_bytes(b"caf\xe9.js"));
    std::fs::write(&name, "").unwrap();
    publish().fails(2, "tree_invalid", "UTF-8");
    std::fs::remove_file(&name).unwrap();
    publish().succeeds();
}

#[test]
fn two_publications_at_once_are_refused() {
    let desk = Desk::with_project();
    let held = std::fs::File::open(desk.path(".airlock.lock")).unwrap();
    held.try_lock().unwrap();
    desk.run(["publish", "dist", "--version", "1.0.0"])
        .fails(124, "locked", "another process");
    // Not by dropping: a process that another test is just starting may still share the open file.
    held.unlock().unwrap();
    desk.run(["publish", "dist", "--version", "1.0.0"]).succeeds();
}

#[test]
fn verify_and_inspect_say_what_they_were_given() {
    let desk = Desk::with_project();
    desk.run(["verify", "nowhere"])
        .fails(2, "usage", "does not exist");
    desk.run(["inspect", "dist"]).fails(2, "usage", "pack");
    desk.write("not.zip", "this is not a zip file");
    desk.run(["verify", "not.zip"]).fails(120, "archive_unsafe", "");
    desk.run(["inspect", "not.zip"]).fails(120, "archive_unsafe", "");
    desk.run(["verify", ".", "--public-key", "nowhere.pem"])
        .fails(2, "usage", "nowhere.pem");
    desk.run(["verify", ".", "--public-key", "keys/root.pem"])
        .fails(2, "public_key_invalid", "private key");
    desk.run(["verify", ".", "--public-key", "keys/root.pub.pem"])
        .succeeds();
}

#[test]
fn colour_comes_when_asked_for_and_never_into_a_pipe() {
    let desk = Desk::with_project();
    let run = |color: &str| desk.run(["inspect", ".", "--color", color]).succeeds().stderr;
    assert!(!run("auto").contains('\u{1b}'));
    assert!(!run("never").contains('\u{1b}'));
    assert!(run("always").contains('\u{1b}'));
    assert_eq!(desk.run(["inspect", ".", "--quiet"]).succeeds().stderr, "");
}

#[test]
fn errors_are_json_too_when_asked_for() {
    let desk = Desk::new();
    let outcome = desk
        .run(["verify", "nowhere", "--json"])
        .fails(2, "usage", "does not exist");
    assert_eq!(outcome.json()["error"]["code"], "usage");
    assert_eq!(outcome.json()["error"]["message"], "nowhere does not exist");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::with_project();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = desk.command(["inspect", ".", "--json"]);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    assert_eq!(Outcome::of(&mut command).code, 0);
}

fn timestamp(tree: &[(std::path::PathBuf, Vec<u8>)]) -> Option<&Vec<u8>> {
    tree.iter()
        .find(|(path, _)| path.ends_with("timestamp.json"))
        .map(|(_, content)| content)
}
