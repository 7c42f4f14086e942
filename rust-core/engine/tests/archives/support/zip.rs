//! A zip writer that can lie in each field. Layouts: PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};

pub(crate) const STORED: u16 = 0;
pub(crate) const DEFLATED: u16 = 8;
pub(crate) const FLAG_DESCRIPTOR: u16 = 1 << 3;

/// An archive; `bytes` writes it as it says, true or not.
#[derive(Clone, Default)]
pub(crate) struct Zip {
    pub(crate) prefix: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) before_directory: Vec<u8>,
    pub(crate) after_directory: Vec<u8>,
    /// Changes the end record: the fields in their order.
    pub(crate) end: End,
    pub(crate) trailing: Vec<u8>,
}

/// What is added to each true field of the end record, wrapping, and its comment.
#[derive(Clone, Default)]
pub(crate) struct End {
    pub(crate) disk: u16,
    pub(crate) directory_disk: u16,
    pub(crate) count_here: u16,
    pub(crate) count: u16,
    pub(crate) size: u32,
    pub(crate) offset: u32,
    pub(crate) comment: Vec<u8>,
}

/// What one header says about an entry.
#[derive(Clone)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
}

/// An entry: its own header, its data, its descriptor, and what the directory says.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) gap: Vec<u8>,
    pub(crate) local: Header,
    pub(crate) data: Vec<u8>,
    pub(crate) descriptor: Vec<u8>,
    pub(crate) central: Header,
    pub(crate) made_by: u8,
    pub(crate) attributes: u32,
    pub(crate) disk: u16,
    pub(crate) comment: Vec<u8>,
    /// Where the directory says the entry is, if that is not where it is.
    pub(crate) offset: Option<u32>,
}

/// Does a data descriptor begin with its optional signature?
#[derive(Clone, Copy)]
pub(crate) enum Signature {
    With,
    Without,
}

impl Zip {
    pub(crate) fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self {
            entries: entries.into_iter().collect(),
            ..Self::default()
        }
    }

    /// What the tests below change: a page and a script in a directory.
    pub(crate) fn honest() -> Self {
        Self::of([
            Entry::deflated("index.html", &b"<title>Airlock</title>".repeat(20)),
            Entry::stored("assets/app.js", b"export const answer = 42;"),
        ])
    }

    /// The honest archive, changed.
    pub(crate) fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut zip = Self::honest();
        change(&mut zip);
        zip
    }

    /// The honest archive and one more entry.
    pub(crate) fn with(entry: Entry) -> Self {
        Self::changed(|zip| zip.entries.push(entry))
    }

    /// The sum of the sizes in the directory.
    pub(crate) fn declared(&self) -> u64 {
        self.entries
            .iter()
            .map(|entry| u64::from(entry.central.size))
            .sum()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (mut out, mut directory) = (self.prefix.clone(), Vec::new());
        for entry in &self.entries {
            out.extend(&entry.gap);
            let offset = u32::try_from(out.len()).unwrap();
            entry.write_central(&mut directory, entry.offset.unwrap_or(offset));
            entry.write_local(&mut out);
        }
        out.extend(&self.before_directory);
        let (offset, size) = (out.len() as u32, directory.len() as u32);
        out.extend(directory);
        out.extend(&self.after_directory);
        self.write_end(&mut out, offset, size);
        out.extend(&self.trailing);
        out
    }

    fn write_end(&self, out: &mut Vec<u8>, offset: u32, size: u32) {
        let count = self.entries.len() as u16;
        out.extend(b"PK\x05\x06");
        for field in [
            self.end.disk,
            self.end.directory_disk,
            count.wrapping_add(self.end.count_here),
            count.wrapping_add(self.end.count),
        ] {
            out.extend(field.to_le_bytes());
        }
        out.extend(size.wrapping_add(self.end.size).to_le_bytes());
        out.extend(offset.wrapping_add(self.end.offset).to_le_bytes());
        out.extend((self.end.comment.len() as u16).to_le_bytes());
        out.extend(&self.end.comment);
    }
}

impl Entry {
    pub(crate) fn stored(name: impl AsRef<[u8]>, bytes: &[u8]) -> Self {
        Self::new(name.as_ref(), STORED, bytes, bytes.to_vec())
    }

    pub(crate) fn deflated(name: impl AsRef<[u8]>, bytes: &[u8]) -> Self {
        Self::new(name.as_ref(), DEFLATED, bytes, deflate(bytes))
    }

    /// A directory, as Info-ZIP writes it.
    pub(crate) fn directory(name: &str) -> Self {
        Self::stored(name, b"").attributes(0o040_755 << 16 | 0x10)
    }

    fn new(name: &[u8], method: u16, bytes: &[u8], data: Vec<u8>) -> Self {
        let header = Header {
            name: name.to_vec(),
            flags: if name.is_ascii() { 0 } else { 1 << 11 },
            method,
            crc: crc32(bytes),
            compressed: data.len() as u32,
            size: bytes.len() as u32,
            extra: Vec::new(),
        };
        Self {
            gap: Vec::new(),
            local: header.clone(),
            data,
            descriptor: Vec::new(),
            central: header,
            made_by: 3,
            attributes: 0o100_644 << 16,
            disk: 0,
            comment: Vec::new(),
            offset: None,
        }
    }

    /// With the external attributes `attributes`: a Unix mode in the upper half, a DOS one in the lower.
    pub(crate) fn attributes(mut self, attributes: u32) -> Self {
        self.attributes = attributes;
        self
    }

    /// Changes what the entry's own header says.
    pub(crate) fn locally(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.local);
        self
    }

    /// Changes what the directory says.
    pub(crate) fn centrally(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.central);
        self
    }

    /// Changes what both say.
    pub(crate) fn everywhere(self, change: impl Fn(&mut Header)) -> Self {
        self.locally(&change).centrally(&change)
    }

    /// As written by a tool that does not know size and CRC beforehand.
    pub(crate) fn streamed(self, signature: Signature) -> Self {
        let (crc, compressed, size) = (self.central.crc, self.central.compressed, self.central.size);
        let entry = self
            .everywhere(|header| header.flags |= FLAG_DESCRIPTOR)
            .locally(|header| (header.crc, header.compressed, header.size) = (0, 0, 0));
        entry.described(signature, [crc, compressed, size])
    }

    /// With a data descriptor that says `fields`: CRC, compressed size, size.
    pub(crate) fn described(mut self, signature: Signature, fields: [u32; 3]) -> Self {
        self.descriptor = match signature {
            Signature::With => b"PK\x07\x08".to_vec(),
            Signature::Without => Vec::new(),
        };
        self.descriptor
            .extend(fields.map(u32::to_le_bytes).as_flattened());
        self
    }

    pub(crate) fn write_local(&self, out: &mut Vec<u8>) {
        out.extend(b"PK\x03\x04\x14\0");
        self.local.write(out);
        out.extend(&self.local.name);
        out.extend(&self.local.extra);
        out.extend(&self.data);
        out.extend(&self.descriptor);
    }

    pub(crate) fn write_central(&self, out: &mut Vec<u8>, offset: u32) {
        out.extend([b'P', b'K', 1, 2, 20, self.made_by, 20, 0]);
        self.central.write(out);
        out.extend((self.comment.len() as u16).to_le_bytes());
        out.extend(self.disk.to_le_bytes());
        out.extend([0; 2]);
        out.extend(self.attributes.to_le_bytes());
        out.extend(offset.to_le_bytes());
        out.extend(&self.central.name);
        out.extend(&self.central.extra);
        out.extend(&self.comment);
    }
}

impl Header {
    /// From the flags to the length of the extra field.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.flags.to_le_bytes());
        out.extend(self.method.to_le_bytes());
        out.extend([0, 0, 0x21, 0x5c]);
        out.extend(self.crc.to_le_bytes());
        out.extend(self.compressed.to_le_bytes());
        out.extend(self.size.to_le_bytes());
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend((self.extra.len() as u16).to_le_bytes());
    }
}

/// One extra field.
pub(crate) fn extra_field(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes(), &(data.len() as u16).to_le_bytes(), data].concat()
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
