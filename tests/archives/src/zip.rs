//! A zip writer that can lie in each field. Layouts: PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16.

use std::io::{Read as _, Write as _};

use flate2::{Compression, Crc, read::DeflateDecoder, write::DeflateEncoder};

/// The method number of stored data.
pub const STORED: u16 = 0;
/// The method number of deflated data.
pub const DEFLATED: u16 = 8;
/// The flag of entries whose sizes follow their data.
pub const FLAG_DESCRIPTOR: u16 = 1 << 3;

/// An archive; `bytes` writes it as it says, true or not.
#[derive(Clone, Default)]
pub struct Zip {
    /// Before the first entry; the offsets count it.
    pub prefix: Vec<u8>,
    /// In the order of the file and of the directory.
    pub entries: Vec<Entry>,
    /// Between the last entry and the directory.
    pub before_directory: Vec<u8>,
    /// Between the directory and the end record.
    pub after_directory: Vec<u8>,
    /// Changes the end record: the fields in their order.
    pub end: End,
    /// Behind the end record.
    pub trailing: Vec<u8>,
}

/// What is added to each true field of the end record, wrapping, and its comment.
#[derive(Clone, Default)]
pub struct End {
    /// The number of this disk.
    pub disk: u16,
    /// The disk where the directory begins.
    pub directory_disk: u16,
    /// Entries on this disk.
    pub count_here: u16,
    /// Entries in all.
    pub count: u16,
    /// Bytes of the directory.
    pub size: u32,
    /// Where the directory begins.
    pub offset: u32,
    /// The archive's comment.
    pub comment: Vec<u8>,
}

/// What one header says about an entry.
#[derive(Clone)]
pub struct Header {
    /// As bytes, whatever they mean.
    pub name: Vec<u8>,
    /// The general purpose bits.
    pub flags: u16,
    /// 0 is stored, 8 deflated.
    pub method: u16,
    /// CRC-32 of the inflated bytes.
    pub crc: u32,
    /// Bytes of data in the archive.
    pub compressed: u32,
    /// Bytes when inflated.
    pub size: u32,
    /// The extra fields, one after another.
    pub extra: Vec<u8>,
}

/// An entry: its own header, its data, its descriptor, and what the directory says.
#[derive(Clone)]
pub struct Entry {
    /// Before the entry; the offsets count it.
    pub gap: Vec<u8>,
    /// The header before the data.
    pub local: Header,
    /// As it lies in the archive.
    pub data: Vec<u8>,
    /// Behind the data.
    pub descriptor: Vec<u8>,
    /// What the directory says.
    pub central: Header,
    /// The system that made it (APPNOTE 4.4.2): 0 FAT, 3 Unix, 10 NTFS, 19 Darwin.
    pub made_by: u8,
    /// The version of the specification that its maker claims, times ten.
    pub made_version: u8,
    /// External attributes: a Unix mode in the upper half, a DOS one in the lower.
    pub attributes: u32,
    /// The disk that the directory says it lies on.
    pub disk: u16,
    /// The entry's comment.
    pub comment: Vec<u8>,
    /// Where the directory says the entry is, if that is not where it is.
    pub offset: Option<u32>,
}

/// Does a data descriptor begin with its optional signature?
#[derive(Clone, Copy)]
pub enum Signature {
    /// `PK\x07\x08` first.
    With,
    /// The fields alone.
    Without,
}

impl Zip {
    /// An archive of these entries that tells the truth.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self {
            entries: entries.into_iter().collect(),
            ..Self::default()
        }
    }

    /// What the tests below change: a page and a script in a directory.
    pub fn honest() -> Self {
        Self::of([
            Entry::deflated("index.html", &b"<title>Airlock</title>".repeat(20)),
            Entry::stored("assets/app.js", b"export const answer = 42;"),
        ])
    }

    /// The honest archive, changed.
    pub fn changed(change: impl FnOnce(&mut Self)) -> Self {
        let mut zip = Self::honest();
        change(&mut zip);
        zip
    }

    /// The honest archive and one more entry.
    pub fn with(entry: Entry) -> Self {
        Self::changed(|zip| zip.entries.push(entry))
    }

    /// The sum of the sizes in the directory.
    pub fn declared(&self) -> u64 {
        self.entries
            .iter()
            .map(|entry| u64::from(entry.central.size))
            .sum()
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
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
    /// A stored entry that tells the truth.
    pub fn stored(name: impl AsRef<[u8]>, bytes: &[u8]) -> Self {
        Self::new(name.as_ref(), STORED, bytes, bytes.to_vec())
    }

    /// A deflated entry that tells the truth.
    pub fn deflated(name: impl AsRef<[u8]>, bytes: &[u8]) -> Self {
        Self::new(name.as_ref(), DEFLATED, bytes, deflate(bytes))
    }

    /// A directory, as Info-ZIP writes it.
    pub fn directory(name: &str) -> Self {
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
            made_version: 20,
            attributes: 0o100_644 << 16,
            disk: 0,
            comment: Vec::new(),
            offset: None,
        }
    }

    /// With the external attributes `attributes`: a Unix mode in the upper half, a DOS one in the lower.
    pub fn attributes(mut self, attributes: u32) -> Self {
        self.attributes = attributes;
        self
    }

    /// Changes what the entry's own header says.
    pub fn locally(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.local);
        self
    }

    /// Changes what the directory says.
    pub fn centrally(mut self, change: impl FnOnce(&mut Header)) -> Self {
        change(&mut self.central);
        self
    }

    /// Changes what both say.
    pub fn everywhere(self, change: impl Fn(&mut Header)) -> Self {
        self.locally(&change).centrally(&change)
    }

    /// As written by a tool that does not know size and CRC beforehand.
    pub fn streamed(self, signature: Signature) -> Self {
        let (crc, compressed, size) = (self.central.crc, self.central.compressed, self.central.size);
        let entry = self
            .everywhere(|header| header.flags |= FLAG_DESCRIPTOR)
            .locally(|header| (header.crc, header.compressed, header.size) = (0, 0, 0));
        entry.described(signature, [crc, compressed, size])
    }

    /// With a data descriptor that says `fields`: CRC, compressed size, size.
    pub fn described(mut self, signature: Signature, fields: [u32; 3]) -> Self {
        self.descriptor = match signature {
            Signature::With => b"PK\x07\x08".to_vec(),
            Signature::Without => Vec::new(),
        };
        self.descriptor
            .extend(fields.map(u32::to_le_bytes).as_flattened());
        self
    }

    /// What its data inflates to, as far as it does and no further than the directory says.
    pub fn content(&self) -> Vec<u8> {
        let (mut bytes, limit) = (Vec::new(), u64::from(self.central.size));
        let _as_far_as_it_goes = match self.central.method {
            DEFLATED => DeflateDecoder::new(self.data.as_slice())
                .take(limit)
                .read_to_end(&mut bytes),
            _ => self.data.as_slice().take(limit).read_to_end(&mut bytes),
        };
        bytes
    }

    /// The header, the data and the descriptor.
    pub fn write_local(&self, out: &mut Vec<u8>) {
        out.extend(b"PK\x03\x04\x14\0");
        self.local.write(out);
        out.extend(&self.local.name);
        out.extend(&self.local.extra);
        out.extend(&self.data);
        out.extend(&self.descriptor);
    }

    /// The record of the directory.
    pub fn write_central(&self, out: &mut Vec<u8>, offset: u32) {
        out.extend([b'P', b'K', 1, 2, self.made_version, self.made_by, 20, 0]);
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
pub fn extra_field(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes(), &(data.len() as u16).to_le_bytes(), data].concat()
}

/// CRC-32, as zip uses it.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// One raw deflate stream.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
