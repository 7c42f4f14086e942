//! The older checksum.json, `{id, timestamp, files: [{path, hash}]}`, as `@objekt/capacitor-app-updater` reads it.
//!
//! It names files and hashes and is signed by nobody, so it finds accidents and says nothing about who made a
//! bundle. Whoever has a public key to check with refuses it.

use airlock_protocol::{
    BundlePath, CHECKSUM_FILE, Checksum, Error, MetadataFault, UnixMillis, check_paths, json, limits,
};
use serde::Deserialize;
use serde_json::Value;

/// The fields that only a signed checksum.json has. One of them is enough to be held to all of its rules: a
/// mangled one is never read as an older one.
const FIELDS_OF_THE_SIGNED_FORM: [&str; 4] = ["algorithm", "appId", "version", "sequence"];

/// One file of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Where it is in the bundle.
    pub path: BundlePath,
    /// What its bytes must hash to. The number of digits decides the algorithm, file by file.
    pub checksum: Checksum,
}

/// An older checksum.json whose every rule holds: paths are safe and distinct on every file system, every hash is
/// one that can be computed, counts are within [`limits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainChecksumJson {
    id: String,
    timestamp: UnixMillis,
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    timestamp: UnixMillis,
    files: Vec<WireFile>,
}

/// Both stay text here so that an unsafe path and an unknown hash are refused as such.
#[derive(Deserialize)]
struct WireFile {
    path: String,
    hash: String,
}

impl PlainChecksumJson {
    /// Whether this is a checksum.json of the older form: a JSON object with `files` and without any field that
    /// only the signed form has. What is no JSON is not, so that its own reader tells what is wrong with it.
    pub fn is_written_in(bytes: &[u8]) -> bool {
        match json::parse(bytes, limits::CHECKSUM_JSON_BYTES) {
            Ok(Value::Object(fields)) => {
                let has = |field: &str| fields.contains_key(field);
                has("files") && !FIELDS_OF_THE_SIGNED_FORM.into_iter().any(has)
            }
            _ => false,
        }
    }

    /// Reads and checks one. Unknown fields are ignored, as its other readers do.
    ///
    /// # Errors
    /// `metadata_invalid` if it is not strict JSON or breaks a rule, `path_unsafe` for an unsafe path.
    pub fn parse(bytes: &[u8]) -> Result<PlainChecksumJson, Error> {
        let value = json::parse(bytes, limits::CHECKSUM_JSON_BYTES).map_err(invalid)?;
        let wire = Wire::deserialize(&value).map_err(invalid)?;
        let is_token = !wire.id.is_empty() && wire.id.len() <= limits::TEXT_BYTES;
        if !is_token || wire.id.chars().any(char::is_control) {
            return Err(invalid("the id must be one line of 1 to 128 bytes"));
        }
        let files = wire
            .files
            .into_iter()
            .map(read_file)
            .collect::<Result<Vec<_>, _>>()?;
        check_paths(files.iter().map(|file| &file.path))?;
        Ok(PlainChecksumJson {
            id: wire.id,
            timestamp: wire.timestamp,
            files,
        })
    }

    /// The id: a token that is equal or not, without an order and without a meaning.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When it was made.
    pub fn timestamp(&self) -> UnixMillis {
        self.timestamp
    }

    /// The files, in the order of the list; at least one.
    pub fn files(&self) -> &[ListedFile] {
        &self.files
    }

    /// The checksum that finds the least: the list is worth as much as its weakest hash, because one file that
    /// can be replaced is enough.
    pub fn weakest(&self) -> Option<&Checksum> {
        let weakest = self.files.iter().min_by_key(|file| file.checksum.algorithm());
        weakest.map(|file| &file.checksum)
    }
}

fn read_file(file: WireFile) -> Result<ListedFile, Error> {
    Ok(ListedFile {
        path: BundlePath::parse(&file.path)?,
        checksum: file
            .hash
            .parse()
            .map_err(|error| invalid(format_args!("the hash of {:?}: {error}", shortened(&file.path))))?,
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

fn invalid(detail: impl ToString) -> Error {
    MetadataFault::invalid(CHECKSUM_FILE, detail).into()
}

#[cfg(test)]
mod tests {
    use airlock_protocol::{ChecksumAlgorithm, Code};
    use serde_json::json;

    use super::*;

    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn list(files: &[(&str, &str)]) -> Value {
        let files: Vec<Value> = files
            .iter()
            .map(|(path, hash)| json!({"path": path, "hash": hash}))
            .collect();
        json!({"id": "7f3a", "timestamp": "2024-01-31T12:00:00.000Z", "files": files})
    }

    fn parse(value: &Value) -> Result<PlainChecksumJson, Error> {
        PlainChecksumJson::parse(value.to_string().as_bytes())
    }

    fn refused(value: &Value) -> Code {
        parse(value).unwrap_err().code()
    }

    #[test]
    fn the_number_of_digits_decides_the_algorithm_and_the_weakest_is_named() {
        for (hashes, weakest) in [
            ([SHA256, SHA256], ChecksumAlgorithm::Sha256),
            ([SHA256, SHA1], ChecksumAlgorithm::Sha1),
            ([SHA1, MD5], ChecksumAlgorithm::Md5),
            ([MD5, SHA256], ChecksumAlgorithm::Md5),
        ] {
            let read = parse(&list(&[("index.html", hashes[0]), ("a/b.js", hashes[1])])).unwrap();
            assert_eq!(read.weakest().unwrap().algorithm(), weakest);
            assert_eq!(read.files()[1].checksum.to_hex(), hashes[1]);
            assert_eq!((read.id(), read.files().len()), ("7f3a", 2));
        }
    }

    #[test]
    fn hashes_that_nobody_can_compute_are_refused() {
        for hash in [
            "",
            "abc",
            &SHA256[1..],
            &format!("{SHA256}00"),
            &SHA256.replace('b', "x"),
            "é",
        ] {
            assert_eq!(
                refused(&list(&[("index.html", hash)])),
                Code::MetadataInvalid,
                "{hash}"
            );
        }
        let upper = SHA256.to_uppercase();
        assert!(parse(&list(&[("index.html", &upper)])).is_ok());
    }

    #[test]
    fn paths_that_leave_the_bundle_or_meet_are_refused() {
        for path in ["../a", "/a", "a\\b", "a//b", "con", "C:a", ""] {
            let code = refused(&list(&[("index.html", SHA256), (path, SHA256)]));
            assert_eq!(code, Code::PathUnsafe, "{path}");
        }
        for path in [
            "index.html",
            "INDEX.html",
            "index.html/a",
            "checksum.json",
            "Checksum.json.sig",
        ] {
            let code = refused(&list(&[("index.html", SHA256), (path, SHA256)]));
            assert_eq!(code, Code::MetadataInvalid, "{path}");
        }
        assert!(parse(&list(&[("index.html", SHA256), ("a/b", SHA256), ("a/c", SHA256)])).is_ok());
    }

    #[test]
    fn ids_and_times_that_are_no_token_and_no_time_are_refused() {
        let with = |field: &str, value: Value| {
            let mut list = list(&[("index.html", SHA256)]);
            list[field] = value;
            list
        };
        for id in [
            json!(""),
            json!("a\nb"),
            json!("x".repeat(129)),
            json!(7),
            Value::Null,
        ] {
            assert_eq!(refused(&with("id", id.clone())), Code::MetadataInvalid, "{id}");
        }
        for time in [json!("yesterday"), json!(1_700_000_000), Value::Null] {
            assert_eq!(
                refused(&with("timestamp", time.clone())),
                Code::MetadataInvalid,
                "{time}"
            );
        }
        assert!(parse(&with("id", json!("any token, even this"))).is_ok());
        assert!(parse(&with("comment", json!("ignored"))).is_ok());
        assert_eq!(
            refused(&with("files", json!([]))),
            Code::MetadataInvalid,
            "no index.html"
        );
    }

    #[test]
    fn documents_with_two_meanings_are_refused() {
        let text = list(&[("index.html", SHA256)]).to_string();
        for text in [
            text.replacen('{', r#"{"id":"other","#, 1),
            format!("{text} {{}}"),
            format!("\u{feff}{text}"),
        ] {
            let error = PlainChecksumJson::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.code(), Code::MetadataInvalid);
        }
        assert!(PlainChecksumJson::parse(text.as_bytes()).is_ok());
    }

    #[test]
    fn a_document_with_any_field_of_the_signed_form_is_never_taken_for_an_older_one() {
        let plain = list(&[("index.html", SHA256)]);
        let is_plain = |value: &Value| PlainChecksumJson::is_written_in(value.to_string().as_bytes());
        assert!(is_plain(&plain));
        for field in FIELDS_OF_THE_SIGNED_FORM {
            let mut signed = plain.clone();
            signed[field] = Value::Null;
            assert!(!is_plain(&signed), "{field}");
        }
        assert!(!is_plain(&json!([])));
        assert!(!PlainChecksumJson::is_written_in(b"{"));
    }
}
