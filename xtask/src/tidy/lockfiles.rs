//! Lock files pin content, not addresses: a clone must build wherever its registries are reached.

use serde_json::Value;

use super::{Problem, SourceFile};

/// No download address in package-lock.json, and no registry setting in a committed configuration.
pub(super) fn no_mirror(files: &[SourceFile]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files {
        match file.path.rsplit('/').next().unwrap_or_default() {
            "package-lock.json" => problems.extend(addresses(file)),
            ".npmrc" => problems.extend(settings(file, "registry=")),
            "config.toml" => problems.extend(settings(file, "replace-with")),
            _ => {}
        }
    }
    problems
}

fn addresses(file: &SourceFile) -> Vec<Problem> {
    let Ok(lock) = serde_json::from_str::<Value>(&file.text) else {
        return vec![Problem::new(
            &file.path,
            "is no JSON; make it again with `npm install`",
        )];
    };
    let packages = lock.get("packages").and_then(Value::as_object);
    let resolved = packages
        .into_iter()
        .flatten()
        .filter_map(|(name, package)| Some((name, package.get("resolved")?.as_str()?)));
    resolved
        .filter(|(_, address)| address.contains("://"))
        .map(|(name, _)| {
            Problem::new(
                &file.path,
                format!("{name} names a download address; set `omit-lockfile-registry-resolved=true`"),
            )
        })
        .collect()
}

fn settings(file: &SourceFile, setting: &str) -> Option<Problem> {
    let set = file
        .text
        .lines()
        .any(|line| line.replace(' ', "").contains(setting));
    set.then(|| {
        Problem::new(
            &file.path,
            format!("`{setting}`: registries are each machine's own affair"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples::file;
    use super::*;

    #[test]
    fn a_download_address_is_found_and_a_workspace_link_is_not() {
        let good = r#"{"packages":{"":{},"node_modules/a":{"resolved":"example-app","link":true},"node_modules/b":{"integrity":"x"}}}"#;
        assert_eq!(no_mirror(&[file("package-lock.json", good)]), []);
        let bad = r#"{"packages":{"node_modules/a":{"resolved":"http://mirror.example/a.tgz"}}}"#;
        assert_eq!(no_mirror(&[file("package-lock.json", bad)]).len(), 1);
        assert_eq!(no_mirror(&[file("package-lock.json", "{")]).len(), 1);
    }

    #[test]
    fn a_registry_setting_is_found() {
        assert_eq!(no_mirror(&[file(".npmrc", "fund=false\n")]), []);
        assert_eq!(
            no_mirror(&[file(".npmrc", "registry = http://mirror.example/\n")]).len(),
            1
        );
        assert_eq!(
            no_mirror(&[file(".cargo/config.toml", "replace-with = \"mirror\"\n")]).len(),
            1
        );
    }
}
