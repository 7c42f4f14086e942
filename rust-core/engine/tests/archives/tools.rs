//! Archives of real tools, which must unpack to the byte; airlock-archives holds them.

use airlock_archives::tools::{self, Tool};

use crate::support::{refuse_bytes, unpack_undescribed};

/// Checks the tools whose names begin with this, and that there are as many as there were.
fn unpack_all(prefix: &str, count: usize) {
    let tools: Vec<Tool> = tools::all()
        .into_iter()
        .filter(|tool| tool.name.starts_with(prefix))
        .collect();
    assert_eq!(tools.len(), count, "{prefix}");
    for tool in tools {
        match tool.refused {
            Some((code, reason)) => refuse_bytes(&tool.archive, 0, code, reason),
            None => {
                let found = unpack_undescribed(&tool.archive).into_tree();
                let found = found.unwrap_or_else(|error| panic!("{}: {error}", tool.name));
                assert_eq!(found, tool.tree.into_iter().collect(), "{}", tool.name);
            }
        }
    }
}

#[test]
fn info_zip() {
    unpack_all("info-zip", 5);
}

#[test]
fn seven_zip() {
    unpack_all("7-zip", 1);
}

#[test]
fn libarchive() {
    unpack_all("bsdtar", 1);
}

#[test]
fn python() {
    unpack_all("python", 4);
}

#[test]
fn java() {
    unpack_all("jar", 1);
    unpack_all("java", 1);
}

#[test]
fn go() {
    unpack_all("go", 1);
}

#[test]
fn node_packages() {
    for name in ["adm-zip", "archiver", "fflate"] {
        unpack_all(name, 1);
    }
    unpack_all("jszip", 2);
}

#[test]
fn the_shape_of_ditto() {
    unpack_all("ditto", 3);
}

#[test]
fn the_shape_of_dotnet() {
    unpack_all(".NET", 4);
}
