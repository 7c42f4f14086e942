//! The author's hand: the commands that change keys and releases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::airlock::{Run, airlock};
use crate::world::World;

impl World {
    /// Runs a command of the author in the project.
    pub fn author(&self, words: &[&str]) -> Run {
        Run::of(&mut self.author_command(words))
    }

    /// The command, for tests that want the process itself.
    pub fn author_command(&self, words: &[&str]) -> Command {
        let mut command = airlock();
        command
            .args(words)
            .arg("--json")
            .arg("--project")
            .arg(self.path("project"));
        command.current_dir(self.path("project"));
        command
    }

    /// The configuration of an app that was built before any key was changed.
    pub fn installed_config(&self) -> PathBuf {
        let path = self.path("installed.json");
        if !path.exists() {
            fs::copy(self.path("project/capacitor.airlock.json"), &path).unwrap();
        }
        path
    }

    /// Opens a channel, as the error message of `publish` says.
    pub fn open_channel(&self, name: &str) {
        let path = self.path("project/airlock.json");
        let mut project: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        project["channels"].as_array_mut().unwrap().push(name.into());
        fs::write(path, project.to_string()).unwrap();
    }

    /// Puts a copy of one directory of the world in the place of another.
    pub fn replace(&self, place: &str, by: &str) {
        let _ = fs::remove_dir_all(self.path(place));
        copy_tree(&self.path(by), &self.path(place));
    }
}

/// `cp -r`, with modes.
pub fn copy_tree(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(status.expect("cp starts").success());
}
