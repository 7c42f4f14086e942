//! The museum: how other updaters failed, each as a test that fails when our rule is removed.
//!
//! Every exhibit names the thread where people reported the bug, what happened there, and the line that
//! holds the rule here ("held by"). Each was checked once by hand: take the line out, see the exhibit
//! fail, put it back. Collected in 2026 from the public trackers of Cap-go/capacitor-updater (Capgo),
//! capawesome-team/capacitor-plugins, microsoft/react-native-code-push, expo/expo, shorebirdtech
//! (shorebird, updater), gronxb/hot-updater, OtaKit, react-native-ota-hot-update, peanut-ui,
//! suitenumerique/messages and OneKeyHQ/app-monorepo.
//!
//! What has its place elsewhere: archives that crash the app (Capgo #525, #527) in tests/archives;
//! metadata that was rejected and cached in protocol/tests/protocol; a disk that is really full, and
//! processes that are really killed, in tests/system. Not held by any rule: a page that reports ready
//! and crashes a moment later (CodePush #119). It is confirmed then, and going back could lose what the
//! user has done since; the cure is a newer release.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails; the helpers are shared with other tests"
)]

#[path = "../machine/support.rs"]
mod machine_support;
#[path = "../stores/support.rs"]
mod store_support;

mod clocks;
mod fallbacks;
mod loops;
mod pages;
mod stores;
mod surroundings;
