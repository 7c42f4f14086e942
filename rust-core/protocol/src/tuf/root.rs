//! root.json: the keys of the top-level roles (specification section 4.3), and how one root follows another
//! (section 5.3).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    ROOT, StoreOp,
    document::{Body, Document, Header},
    keyring::{RoleKeys, WireKeys},
};
use crate::{Error, MetadataFault, keys::PublicKeys, limits};

/// A trusted root: signed by the one before it (or the anchor) and by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    body: RootBody,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct RootBody {
    header: Header,
    consistent: Layout,
    root: RoleKeys,
    timestamp: RoleKeys,
    snapshot: RoleKeys,
    targets: RoleKeys,
}

/// How a repository names its files (specification section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Versions and hashes are part of the names.
    Consistent,
    /// Names are plain.
    Plain,
}

#[derive(Deserialize)]
pub(super) struct WireRoot {
    consistent_snapshot: Option<bool>,
    keys: WireKeys,
    roles: BTreeMap<String, WireRole>,
}

#[derive(Deserialize)]
struct WireRole {
    keyids: Vec<String>,
    threshold: u32,
}

impl Body for RootBody {
    const TYPE: &'static str = "root";
    type Wire = WireRoot;

    fn read(wire: WireRoot, header: Header) -> Result<RootBody, String> {
        let role = |name: &str| {
            let role = wire
                .roles
                .get(name)
                .ok_or_else(|| format!("it has no role {name}"))?;
            RoleKeys::new(&role.keyids, role.threshold, &wire.keys).map_err(str::to_owned)
        };
        let consistent = if wire.consistent_snapshot == Some(true) {
            Layout::Consistent
        } else {
            Layout::Plain
        };
        Ok(RootBody {
            header,
            consistent,
            root: role("root")?,
            timestamp: role("timestamp")?,
            snapshot: role("snapshot")?,
            targets: role("targets")?,
        })
    }

    fn header(&self) -> Header {
        self.header
    }
}

impl Root {
    /// A root that is trusted as it is; it must verify with its own keys.
    ///
    /// # Errors
    /// `metadata_invalid`.
    pub(super) fn anchor(bytes: &[u8]) -> Result<Root, Error> {
        let document = Document::parse(ROOT, bytes, limits::ROOT_BYTES)?;
        Root::self_signed(&document, bytes)
    }

    /// Checks that the configured `keys`, not only the root's own, signed it.
    ///
    /// # Errors
    /// `metadata_invalid`.
    pub(super) fn check_vouched(&self, keys: &PublicKeys) -> Result<(), Error> {
        Document::parse(ROOT, &self.bytes, limits::ROOT_BYTES)?.check_vouched(&self.body.root, keys)
    }

    /// The root after this one: signed by the threshold of both, version exactly one higher (5.3.4, 5.3.5).
    ///
    /// # Errors
    /// `metadata_invalid`.
    pub(super) fn successor(&self, bytes: &[u8]) -> Result<Root, Error> {
        let document = Document::parse(ROOT, bytes, limits::ROOT_BYTES)?;
        document.verified::<RootBody>(&self.body.root)?;
        let next = Root::self_signed(&document, bytes)?;
        if self.version().checked_add(1) != Some(next.version()) {
            let detail = format!("version {} follows version {}", next.version(), self.version());
            return Err(MetadataFault::invalid(ROOT, detail).into());
        }
        Ok(next)
    }

    fn self_signed(document: &Document, bytes: &[u8]) -> Result<Root, Error> {
        let claimed: RootBody = document.claims()?;
        let body = document.verified(&claimed.root)?;
        Ok(Root {
            body,
            bytes: bytes.to_vec(),
        })
    }

    pub(super) fn header(&self) -> Header {
        self.body.header
    }

    pub(super) fn version(&self) -> u64 {
        self.body.header.version
    }

    pub(super) fn layout(&self) -> Layout {
        self.body.consistent
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn timestamp_keys(&self) -> &RoleKeys {
        &self.body.timestamp
    }

    pub(super) fn snapshot_keys(&self) -> &RoleKeys {
        &self.body.snapshot
    }

    pub(super) fn targets_keys(&self) -> &RoleKeys {
        &self.body.targets
    }

    /// Keeps this root as one link of the chain, then as the newest one.
    pub(super) fn store_ops(&self) -> Vec<StoreOp> {
        let link = history_name(self.version());
        vec![
            StoreOp::write(&link, &self.bytes),
            StoreOp::write(ROOT, &self.bytes),
        ]
    }
}

/// The name under which root `version` is kept.
pub(super) fn history_name(version: u64) -> String {
    format!("root_history/{version}.root.json")
}

/// The name under which root `version` is fetched. Roots and timestamp are named alike in both layouts.
pub(super) fn fetch_name(version: u64) -> String {
    format!("{version}.{ROOT}")
}
