//! What the protocol accepts and refuses, through its public API. One binary, so that it links once.

#[cfg(test)]
mod advisories;
#[cfg(test)]
mod checksum_json;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod search;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tuf_anchors;
#[cfg(test)]
mod tuf_bounds;
#[cfg(test)]
mod tuf_interop;
#[cfg(test)]
mod tuf_quick;
#[cfg(test)]
mod tuf_refresh;
#[cfg(test)]
mod tuf_rollback;
#[cfg(test)]
mod tuf_roots;
#[cfg(test)]
mod tuf_thresholds;
