//! Capacitor's own native-bridge.js, from the npm package the app is built with.

use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Where `@capacitor/android` keeps it.
const IN_NODE_MODULES: &str = "node_modules/@capacitor/android/capacitor/src/main/assets/native-bridge.js";

/// Reads the file given with `--bridge`, or the one of the nearest node_modules at or above `start`.
pub(crate) fn read(given: Option<&Path>, start: &Path) -> Result<String, Failure> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => find(start).ok_or_else(|| {
            Failure::usage(format!(
                "cannot find Capacitor's native-bridge.js in node_modules/@capacitor/android at or above {}; run \
                 `npm install` in the app's folder, or name the file with --bridge",
                start.display()
            ))
        })?,
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::usage(format!("cannot read the bridge {}: {error}", path.display())))?;
    if text.contains("androidBridge") {
        Ok(text)
    } else {
        Err(Failure::usage(format!(
            "{} is not Capacitor's native-bridge.js: it does not speak to androidBridge",
            path.display()
        )))
    }
}

fn find(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .map(|folder| folder.join(IN_NODE_MODULES))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_upwards_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path().join("apps/example");
        std::fs::create_dir_all(&app).unwrap();
        let error = read(None, &app).unwrap_err();
        assert!(error.message().contains("npm install"), "{}", error.message());

        let file = folder.path().join(IN_NODE_MODULES);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "win.androidBridge.postMessage(x)").unwrap();
        assert!(read(None, &app).unwrap().contains("postMessage"));
        assert!(read(Some(&file), Path::new("/")).is_ok());

        std::fs::write(&file, "alert('something else')").unwrap();
        assert!(
            read(None, &app)
                .unwrap_err()
                .message()
                .contains("not Capacitor's")
        );
        assert!(read(Some(&app.join("missing.js")), &app).is_err());
    }
}
