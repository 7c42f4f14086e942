//! What store builds embed, kept by the author so that their first update can be a patch.

use std::fs;
use std::path::{Path, PathBuf};

use airlock_protocol::{CHECKSUM_FILE, ChecksumJson, limits};

use crate::error::{Error, Result};
use crate::files;
use crate::pack::Bundle;
use crate::progress::Progress;
use crate::tree::WebTree;

/// A bundle that some store build embeds. Its archive lies beside the project and not in the repository: no device
/// ever fetches it.
#[derive(Debug, Clone)]
pub struct EmbeddedBundle {
    archive: PathBuf,
    checksum: ChecksumJson,
}

impl EmbeddedBundle {
    /// Keeps a copy of the bundle in `folder`; one that is there already is left as it is.
    ///
    /// # Errors
    /// `tree_invalid` when the web folder has no `checksum.json` of its own or one of other files: a device could not
    /// tell which bundle it embeds; else as [`WebTree::read`], `storage_failure`, `no_space`.
    pub fn register(web: &Path, folder: &Path, progress: &dyn Progress) -> Result<EmbeddedBundle> {
        let tree = WebTree::read(web, progress)?;
        let described = web.join(CHECKSUM_FILE);
        let advice =
            "run `airlock pack --in-place` on the folder first, and build the app with what it wrote";
        let bytes = match fs::read(&described) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Bundle(format!(
                    "{} is not there: {advice}",
                    described.display()
                )));
            }
            bytes => bytes.map_err(Error::storage("reading", &described))?,
        };
        let checksum = ChecksumJson::parse(&bytes)?;
        if checksum.files() != tree.files() {
            return Err(Error::Bundle(format!(
                "{} describes other files than the folder has: {advice}",
                described.display()
            )));
        }
        let archive = folder.join(format!("{}.zip", checksum.id()));
        let bundle = Bundle::describe(&tree, checksum.fields().clone())?;
        if !archive.exists() {
            bundle.write_archive_file(&archive, progress)?;
        }
        files::write(&description_of(&archive), files::Audience::Everyone, &bytes)?;
        Ok(EmbeddedBundle { archive, checksum })
    }

    /// Every bundle kept in `folder`, by id; none where there is no folder.
    ///
    /// # Errors
    /// `storage_failure`, `metadata_invalid`.
    pub fn registered(folder: &Path) -> Result<Vec<EmbeddedBundle>> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Error::storage("reading", folder))?,
        };
        let mut archives = Vec::new();
        for entry in entries {
            let path = entry.map_err(Error::storage("reading", folder))?.path();
            if path.extension().is_some_and(|extension| extension == "zip") && description_of(&path).exists()
            {
                archives.push(path);
            }
        }
        archives.sort();
        archives.into_iter().map(EmbeddedBundle::open).collect()
    }

    fn open(archive: PathBuf) -> Result<EmbeddedBundle> {
        let path = description_of(&archive);
        let length = fs::metadata(&path).map_or(0, |file| file.len());
        if length > limits::CHECKSUM_JSON_BYTES {
            return Err(Error::Bundle(format!(
                "{} is too long for what it should be",
                path.display()
            )));
        }
        let bytes = fs::read(&path).map_err(Error::storage("reading", &path))?;
        let checksum = ChecksumJson::parse(&bytes)?;
        Ok(EmbeddedBundle { archive, checksum })
    }

    /// What it holds.
    pub fn checksum(&self) -> &ChecksumJson {
        &self.checksum
    }

    /// Where its files are.
    pub fn archive(&self) -> &Path {
        &self.archive
    }
}

fn description_of(archive: &Path) -> PathBuf {
    archive.with_extension("json")
}
