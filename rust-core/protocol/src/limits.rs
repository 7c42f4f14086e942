//! Every cap on received data, each with the attack it stops.
//!
//! A cap is checked before the thing it caps is parsed or allocated. Units are in the names or the text.

/// Largest root.json accepted, in bytes. Stops endless data before any signature can be checked.
pub const ROOT_BYTES: u64 = 512 * 1024;

/// Largest timestamp.json accepted, in bytes. It names one file; 16 KiB leaves room for many signatures.
pub const TIMESTAMP_BYTES: u64 = 16 * 1024;

/// Largest snapshot accepted when timestamp.json gives no length, in bytes.
pub const SNAPSHOT_BYTES: u64 = 2 * 1024 * 1024;

/// Largest targets metadata accepted when the snapshot gives no length, in bytes.
pub const TARGETS_BYTES: u64 = 5 * 1024 * 1024;

/// Most new roots followed in one refresh. Stops an endless chain; yearly rotation needs one.
pub const ROOT_ROTATIONS: u32 = 256;

/// Most roots skipped while looking for the first one signed by the configured keys.
pub const ROOT_SKIPS: u64 = 256;

/// Most delegated roles visited in one search. Stops a delegation graph built to keep devices busy.
pub const DELEGATIONS: usize = 32;

/// Most delegated roles one targets role may name, and most keys any role or document may hold.
pub const KEYS_MAX: usize = 256;

/// Most signatures one document may carry. Each costs a public-key operation.
pub const SIGNATURES_MAX: usize = 256;

/// Largest checksum.json accepted, in bytes: room for [`FILES_MAX`] ordinary paths.
pub const CHECKSUM_JSON_BYTES: u64 = 8 * 1024 * 1024;

/// Largest checksum.json.sig accepted, in bytes.
pub const ENVELOPE_BYTES: u64 = 64 * 1024;

/// Most files in a bundle. Stops inode exhaustion by a million empty files.
pub const FILES_MAX: usize = 20_000;

/// Most bytes in a bundle, all files together: 1 GiB. Stops a bomb from being even declared.
pub const BUNDLE_BYTES: u64 = 1024 * 1024 * 1024;

/// Longest path in a bundle, in bytes of UTF-8. iOS accepts 1,024 for the whole path, and the container's
/// own path and the store's folders come before ours.
pub const PATH_BYTES: usize = 768;

/// Longest path component, in bytes: the limit of ext4, f2fs and APFS.
pub const PATH_COMPONENT_BYTES: usize = 255;

/// Deepest nesting of JSON arrays and objects. Stops stack exhaustion; TUF needs 8.
pub const JSON_DEPTH: usize = 32;

/// Largest PEM text accepted, in bytes, per configured key string.
pub const PEM_BYTES: usize = 64 * 1024;

/// Longest version, app id, channel or other short text, in bytes.
pub const TEXT_BYTES: usize = 128;

/// Longest release note, in bytes.
pub const NOTES_BYTES: usize = 8 * 1024;

/// Most bytes of the base that a patch may look back at, in bytes: they are held in memory while it is decoded
/// (docs/adr/0022-routes-and-patches.md), so a patch between two huge bundles must not end an app on a small phone. More
/// would be out of reach of the largest window anyway.
pub const PATCH_DICTIONARY_BYTES: u64 = PATCH_WINDOW_BYTES_MAX;

/// Window that every patch may ask for, in bytes: the 8 MiB that RFC 9842 (section 5) wants of every decoder.
pub const PATCH_WINDOW_BYTES: u64 = 8 * 1024 * 1024;

/// Largest window whatever the dictionary, in bytes: RFC 9842's 128 MiB. Stops a frame header of two bytes
/// from asking for terabytes (RFC 8878 section 3.1.1.1.2 allows the refusal).
pub const PATCH_WINDOW_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// The largest window accepted with a dictionary of `dictionary_bytes`: 8 MiB or 1.25 times the dictionary,
/// whichever is more, and never more than 128 MiB (RFC 9842 section 5).
pub fn patch_window_bytes(dictionary_bytes: u64) -> u64 {
    dictionary_bytes
        .saturating_add(dictionary_bytes / 4)
        .clamp(PATCH_WINDOW_BYTES, PATCH_WINDOW_BYTES_MAX)
}

/// The most bytes that a single file of `size` bytes may have in the repository: what Zstandard makes of bytes that do not
/// shrink (3 bytes a block of at least 1 KiB, RFC 8878 section 3.1.1.2), and its frame's head and checksum. Bounds what a
/// server can make a device receive.
pub fn single_file_bytes(size: u64) -> u64 {
    size.saturating_add(size / 128).saturating_add(512)
}
