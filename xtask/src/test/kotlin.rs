//! The Android side on this machine: compiled once, then its core on a plain JVM, and the plugin in Capacitor's own
//! bridge under Robolectric; both with the real library.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::layer::{Outcome, Skipped};
use super::{Context, cargo};
use crate::bindings::{self, Language, Library};
use crate::kotlin::{self, Libraries};
use crate::process::Command;
use crate::repository::{Repository, text};
use crate::ui;

/// Everything of this layer.
const FOLDER: &str = "target/kotlin";

/// Capacitor's own sources, as npm has them.
const CAPACITOR: &str = "node_modules/@capacitor/android/capacitor/src/main/java";

/// Only the compiler needs these.
const COMPILERS: &[&str] = &["kotlin-compiler", "kotlin-daemon", "kotlin-script"];

pub(super) fn layer(context: &Context) -> Result<Outcome> {
    let build = Build::done(context)?;
    let airlock = cargo::build_airlock(context.repository, cargo::Build::Dev)?;
    let plain = count(&build.plain_jvm(&airlock)?)?;
    Ok(plain.plus(count(&build.robolectric(&airlock)?)?))
}

/// A program that runs the Android side's core on a JVM, for `airlock simulate --shim`.
pub(super) fn shim(context: &Context) -> Result<PathBuf> {
    let build = Build::done(context)?;
    let program = build.path("shim");
    let classpath = build.without_android()?.join(":");
    let bindings = build.path("bindings");
    let script = format!(
        "#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -Djna.library.path='{}' -classpath '{classpath}' dev.airlock.tests.ShimKt\n",
        bindings.display(),
    );
    std::fs::write(&program, script).with_context(|| format!("write {}", program.display()))?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
        .with_context(|| format!("make {} a program", program.display()))?;
    Ok(program)
}

struct Build<'r> {
    repository: &'r Repository,
    libraries: Libraries,
    folder: PathBuf,
}

impl<'r> Build<'r> {
    /// Everything compiled, unless it is since the last run.
    fn done(context: &Context<'r>) -> Result<Build<'r>> {
        if !kotlin::has_tools()? {
            return Err(Skipped::because(kotlin::MISSING));
        }
        let repository = context.repository;
        let build = Build {
            repository,
            libraries: kotlin::libraries(repository)?,
            folder: repository.path(FOLDER),
        };
        let bindings = build.path("bindings");
        bindings::generate(repository, Language::Kotlin, Library::Plain, &bindings)?;
        let record = build.path("compiled.txt");
        let sources = build.sources();
        if std::fs::read_to_string(&record).is_ok_and(|compiled| compiled == sources) {
            return Ok(build);
        }
        build.cordova()?;
        build.capacitor()?;
        build.kotlin()?;
        std::fs::write(&record, sources).with_context(|| format!("write {}", record.display()))?;
        Ok(build)
    }

    /// All that is compiled, in one number.
    fn sources(&self) -> String {
        let folders = [CAPACITOR, "tests/kotlin", "android/src/main/java"]
            .map(|folder| self.repository.path(folder))
            .into_iter()
            .chain([self.path("bindings")]);
        let mut hasher = DefaultHasher::new();
        for file in folders.flat_map(|folder| ["java", "kt", "sha256"].map(|ending| below(&folder, ending))) {
            for path in file {
                (&path, std::fs::read(&path).ok()).hash(&mut hasher);
            }
        }
        format!("{:016x}\n", hasher.finish())
    }

    /// Cordova's classes out of their Android archive.
    fn cordova(&self) -> Result<()> {
        let archive = self.libraries.one("framework")?;
        Command::new("jar")
            .args(["--extract", "--file", archive.as_str(), "classes.jar"])
            .in_folder(&empty(&self.path("cordova"))?)
            .quietly()
    }

    /// Capacitor's unedited sources, on Android's framework and on stand-ins for AndroidX.
    fn capacitor(&self) -> Result<()> {
        say("compiling Capacitor for Android");
        let sources = [CAPACITOR, "tests/kotlin/androidx"]
            .iter()
            .flat_map(|folder| below(&self.repository.path(folder), "java"));
        self.repository
            .command("javac")
            .args(["-proc:none", "-nowarn", "--release", "17", "-d"])
            .args([text(&empty(&self.path("capacitor"))?)?])
            .args(["-classpath", &self.joined(&[self.libraries.one("android-all")?])])
            .args(sources)
            .quietly()
    }

    /// The bindings, the Android side and its tests, in one go.
    fn kotlin(&self) -> Result<()> {
        say("compiling the Android side and its tests");
        let mut libraries = self.libraries.jars_without(&["android-all"]);
        libraries.push(self.libraries.one("android-all")?);
        let compiler = self
            .libraries
            .jars_without(&["android-all", "robolectric"])
            .join(":");
        let sources = [
            "android/src/main/java",
            "tests/kotlin/support",
            "tests/kotlin/core",
            "tests/kotlin/plugin",
            "tests/kotlin/simulator",
        ];
        self.repository
            .command("java")
            .args(["-Xmx2g", "-classpath", compiler.as_str()])
            .args(["org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-jvm-target", "17"])
            .args(["-no-stdlib", "-no-reflect", "-d"])
            .args([text(&empty(&self.path("classes"))?)?])
            .args(["-classpath", &self.joined(&libraries)])
            .args([text(&self.path("bindings"))?])
            .args(sources)
            .quietly()
    }

    /// Without Android and Capacitor on the class path: the core must not need them.
    fn plain_jvm(&self, airlock: &Path) -> Result<Command> {
        self.run(airlock, &self.without_android()?.join(":"), &[], "jvm")
    }

    fn without_android(&self) -> Result<Vec<String>> {
        let mut classpath = vec![text(&self.path("classes"))?];
        // Robolectric has an artifact named junit, too.
        classpath.extend(self.libraries.jars_of(&[
            "kotlin-stdlib",
            "jna",
            "junit-4.13",
            "hamcrest-core",
            "gson",
            "bcprov",
        ]));
        Ok(classpath)
    }

    fn robolectric(&self, airlock: &Path) -> Result<Command> {
        let without = [COMPILERS, &["android-all"]].concat();
        let mut libraries = vec![text(&self.path("classes"))?];
        libraries.extend(self.libraries.jars_without(&without));
        libraries.push(self.libraries.one("android-all-instrumented")?);
        let jars = format!(
            "-Drobolectric.dependency.dir={}",
            self.libraries.folder().display()
        );
        let settings = [
            "-Drobolectric.offline=true",
            // Without the native parts, which no test here needs.
            "-Drobolectric.graphicsMode=LEGACY",
            "-Drobolectric.sqliteMode=LEGACY",
            jars.as_str(),
        ];
        self.run(airlock, &self.joined(&libraries), &settings, "robolectric")
    }

    fn run(&self, airlock: &Path, classpath: &str, settings: &[&str], kind: &str) -> Result<Command> {
        let library = format!("-Djna.library.path={}", self.path("bindings").display());
        Ok(self
            .repository
            .command("java")
            .args([library.as_str(), "-classpath", classpath])
            .args(settings.iter().copied())
            .args([
                "dev.airlock.tests.RunnerKt".to_owned(),
                text(&self.path("classes"))?,
                kind.to_owned(),
            ])
            .variable("AIRLOCK", text(airlock)?)
            .variable("AIRLOCK_REPOSITORY", text(&self.repository.path("."))?))
    }

    /// A class path with Capacitor and Cordova in it.
    fn joined(&self, libraries: &[String]) -> String {
        let own = ["capacitor", "cordova/classes.jar"].map(|name| self.path(name).display().to_string());
        [&own[..], libraries].concat().join(":")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn say(what: &str) {
    ui::line(&ui::paint(ui::FAINT, format!("     {what}")));
}

/// The folder, with nothing of an earlier run in it.
fn empty(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    Ok(folder.to_owned())
}

/// The files below a folder with that ending.
fn below(folder: &Path, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(below(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            files.push(path.display().to_string());
        }
    }
    files.sort();
    files
}

/// Runs the tests, shows what they print, and reads the closing line.
fn count(command: &Command) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let succeeded = command.lines(|line| {
        ui::line(line);
        if let Some((passed, failed)) = counts(line) {
            outcome.passed += passed;
            outcome.failed += failed;
        }
        Ok(())
    })?;
    Ok(outcome.with_exit(succeeded, &command.shown()))
}

fn counts(line: &str) -> Option<(u32, u32)> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some((passed.parse().ok()?, failed.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_closing_line_is_counted() {
        assert_eq!(counts("17 passed, 2 failed"), Some((17, 2)));
        for other in [
            "     ok UpdaterTest: it passed, and 2 failed",
            "17 passed",
            "",
            "x passed, 1 failed",
        ] {
            assert_eq!(counts(other), None, "{other}");
        }
    }
}
