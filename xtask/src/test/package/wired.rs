//! Whether the app has the plugin after `npm install`, `npx cap add` and `npx cap sync`: in its types, in Gradle, in
//! SwiftPM, and in the lists by which Capacitor registers plugins when the app starts.

use anyhow::Result;
use serde_json::Value;

use super::Verdict;
use super::app::App;

/// Where npm put the package.
const INSTALLED: &str = "node_modules/capacitor-airlock";
const GRADLE_PROJECT: &str = ":capacitor-airlock";
/// The name that Capacitor's command line makes of `capacitor-airlock` for SwiftPM and CocoaPods.
const SWIFT_PACKAGE: &str = "CapacitorAirlock";
const JAVA_CLASS: &str = "dev.airlock.capacitor.AirlockPlugin";
const SWIFT_CLASS: &str = "AirlockPlugin";

/// `capacitor.config.ts` and a first use of the plugin compile, and a wrong configuration does not.
pub(super) fn types(app: &App) -> Result<Vec<Verdict>> {
    Ok(vec![Verdict::new(
        "an app's code and capacitor.config.ts compile against the installed types",
        app.compiles()?,
    )])
}

/// Both platforms added and synced.
pub(super) fn platforms(app: &App) -> Result<Vec<Verdict>> {
    let added = [
        app.cap(&["add", "android"])?,
        app.cap(&["add", "ios", "--packagemanager", "SPM"])?,
    ];
    let synced = app.cap(&["sync"])?;
    let mut verdicts = vec![
        Verdict::new("cap add android finds the plugin", finds(&added[0])),
        Verdict::new("cap add ios finds the plugin", finds(&added[1])),
        Verdict::new(
            "cap sync finds the plugin for both",
            synced.matches("Found 1 Capacitor plugin").count() == 2 && finds(&synced),
        ),
    ];
    verdicts.extend(gradle(app));
    verdicts.extend(swift(app));
    verdicts.extend(registered(app));
    Ok(verdicts)
}

fn finds(said: &str) -> bool {
    said.contains(concat!("capacitor-airlock@", env!("CARGO_PKG_VERSION")))
}

fn gradle(app: &App) -> Vec<Verdict> {
    let settings = app.text("android/capacitor.settings.gradle");
    let build = app.text("android/app/capacitor.build.gradle");
    let folder = format!("project('{GRADLE_PROJECT}').projectDir = new File('../{INSTALLED}/android')");
    vec![
        Verdict::new(
            "Gradle includes the plugin's project",
            settings.contains(&format!("include '{GRADLE_PROJECT}'")) && settings.contains(&folder),
        ),
        Verdict::new(
            "that project is there",
            app.has(&format!("{INSTALLED}/android/build.gradle")),
        ),
        Verdict::new(
            "the app depends on it",
            build.contains(&format!("implementation project('{GRADLE_PROJECT}')")),
        ),
    ]
}

fn swift(app: &App) -> Vec<Verdict> {
    let list = app.text("ios/App/CapApp-SPM/Package.swift");
    let own = app.text(&format!("{INSTALLED}/Package.swift"));
    let path = format!(".package(name: \"{SWIFT_PACKAGE}\", path: \"../../../{INSTALLED}\")");
    let product = format!(".product(name: \"{SWIFT_PACKAGE}\", package: \"{SWIFT_PACKAGE}\")");
    let squeezed: String = own.split_whitespace().collect();
    vec![
        Verdict::new("SwiftPM depends on the plugin's package", list.contains(&path)),
        Verdict::new("SwiftPM links its product", list.contains(&product)),
        Verdict::new(
            "the plugin's Package.swift has that name and that product",
            squeezed.contains(&format!("Package(name:\"{SWIFT_PACKAGE}\""))
                && squeezed.contains(&format!(".library(name:\"{SWIFT_PACKAGE}\"")),
        ),
        Verdict::new(
            "a podspec of that name is there",
            app.text(&format!("{INSTALLED}/{SWIFT_PACKAGE}.podspec"))
                .contains(&format!("'{SWIFT_PACKAGE}'")),
        ),
    ]
}

/// What the app reads when it starts.
fn registered(app: &App) -> Vec<Verdict> {
    let json = |path: &str| serde_json::from_str::<Value>(&app.text(path)).unwrap_or_default();
    let android = json("android/app/src/main/assets/capacitor.plugins.json");
    let ios = json("ios/App/App/capacitor.config.json");
    let config = json("android/app/src/main/assets/capacitor.config.json");
    let channel =
        |config: &Value| config.pointer("/plugins/Airlock/channel").and_then(Value::as_str) == Some("stable");
    vec![
        Verdict::new(
            format!("Android registers {JAVA_CLASS}"),
            android.pointer("/0/classpath").and_then(Value::as_str) == Some(JAVA_CLASS),
        ),
        Verdict::new(
            format!("iOS registers {SWIFT_CLASS}"),
            ios.get("packageClassList")
                .and_then(Value::as_array)
                .is_some_and(|classes| classes.contains(&Value::from(SWIFT_CLASS))),
        ),
        Verdict::new(
            "both native apps carry the plugin's configuration",
            channel(&config) && channel(&ios),
        ),
    ]
}
