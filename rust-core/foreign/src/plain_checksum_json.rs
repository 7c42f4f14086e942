//! The older checksum.json.
