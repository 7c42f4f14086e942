//! Hostile and honest archives, built byte by byte, against the public install API. One module for each
//! kind of lie (faults.md 2.1); one binary, so that it links once.

#[cfg(test)]
mod amounts;
#[cfg(test)]
mod data;
#[cfg(test)]
mod described;
#[cfg(test)]
mod entries;
#[cfg(test)]
mod extras;
#[cfg(test)]
mod kinds;
#[cfg(all(test, unix))]
mod links;
#[cfg(test)]
mod names;
#[cfg(test)]
mod structure;
#[cfg(test)]
mod support;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod tree;
