//! A file that becomes visible under its name when it is whole, and not before.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use airlock_protocol::Code;
use tempfile::{Builder, NamedTempFile};

use crate::exit::Failure;

/// Ends the names of files that are not whole yet.
const SUFFIX: &str = ".part";

/// How often a new temporary file is made before giving up. Another run may take it for a leftover in the instant
/// before it is locked.
const ATTEMPTS: usize = 3;

/// A temporary sibling of `target`. Dropped, it is gone; killed, the next [`Staged::beside`] of the same target
/// removes it.
#[derive(Debug)]
pub(crate) struct Staged {
    target: PathBuf,
    file: NamedTempFile,
}

impl Staged {
    /// Makes an empty file in the folder of `target`, locked for as long as it lives.
    ///
    /// # Errors
    /// `usage` if `target` is no file name in a folder, or something else than a plain file has it; `no_space`, `storage_failure`.
    pub(crate) fn beside(target: &Path) -> Result<Staged, Failure> {
        let folder = folder_of(target);
        if !folder.is_dir() {
            return Err(Failure::usage(format!("{} is not a folder", folder.display())));
        }
        // A device or a link would be replaced by a plain file, which nobody means by naming it.
        let taken = fs::symlink_metadata(target).is_ok_and(|there| !there.is_file());
        let name = target.file_name().and_then(|name| name.to_str());
        let name = name.filter(|_| !taken).ok_or_else(|| {
            Failure::usage(format!(
                "{} cannot be written as a plain file; name another",
                target.display()
            ))
        })?;
        let prefix = format!(".{name}.");
        remove_leftovers(folder, &prefix);
        for _ in 0..ATTEMPTS {
            let failed = |error| Failure::storage("create a file in", folder, &error);
            let file = new_file(folder, &prefix).map_err(failed)?;
            if file.as_file().try_lock().is_ok() && file.path().exists() {
                return Ok(Staged {
                    target: target.to_owned(),
                    file,
                });
            }
        }
        Err(Failure::new(
            Code::Locked,
            format!("another process is writing {}", target.display()),
        ))
    }

    /// To write to.
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Makes the content durable, then gives it its name. After a cut at any instruction `target` is what it was
    /// before, or whole.
    pub(crate) fn persist(self) -> Result<(), Failure> {
        let target = self.target;
        let failed = |error: std::io::Error| Failure::storage("write", &target, &error);
        self.file.as_file().sync_all().map_err(failed)?;
        self.file.persist(&target).map_err(|error| failed(error.error))?;
        sync_folder(folder_of(&target))
    }
}

/// The folder a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes renames and removals in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), Failure> {
    File::open(folder)
        .and_then(|opened| opened.sync_all())
        .map_err(|error| Failure::storage("write to", folder, &error))
}

/// With the rights of an ordinary new file, not those of a secret.
fn new_file(folder: &Path, prefix: &str) -> std::io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(prefix).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// What killed runs left: plain files with our names that nobody holds locked. Best effort.
fn remove_leftovers(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(prefix) && name.ends_with(SUFFIX));
        // Not a pipe: opening one would wait.
        if !ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        let abandoned = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if abandoned {
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("app.zip");
        let mut staged = Staged::beside(&target).unwrap();
        staged.file().write_all(b"half").unwrap();
        drop(staged);
        assert_eq!(names(folder.path()), [""; 0]);
        let mut staged = Staged::beside(&target).unwrap();
        staged.file().write_all(b"whole").unwrap();
        assert!(!target.exists());
        staged.persist().unwrap();
        assert_eq!(names(folder.path()), ["app.zip"]);
        assert_eq!(fs::read(&target).unwrap(), b"whole");
    }

    #[test]
    fn leftovers_of_the_same_file_go_and_those_in_use_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".app.zip.dead.part", ".other.zip.dead.part", ".app.zip.mine"] {
            fs::write(at(name), "x").unwrap();
        }
        let in_use = Staged::beside(&at("app.zip")).unwrap();
        let second = Staged::beside(&at("app.zip")).unwrap();
        assert!(in_use.file.path().exists() && second.file.path().exists());
        drop((in_use, second));
        assert_eq!(names(folder.path()), [".app.zip.mine", ".other.zip.dead.part"]);
    }

    #[test]
    fn a_folder_that_is_none_and_a_name_that_is_none_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for bad in [
            folder.path().join("no/a.zip"),
            folder.path().to_owned(),
            "/".into(),
        ] {
            let failure = Staged::beside(&bad).unwrap_err();
            assert_eq!(failure.code(), Code::Usage, "{}", failure.message());
        }
    }
}
