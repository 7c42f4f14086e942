//! What an ELF library says of itself: for which processor it is, and for pages of which size it was linked.

use anyhow::{Context as _, Result, ensure};
use goblin::elf::Elf;
use goblin::elf::header::ET_DYN;
use goblin::elf::program_header::PT_LOAD;

use crate::ui;

/// The size of a memory page that a library must be loadable with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Pages {
    /// Every device until 2024, and all 32-bit ones.
    #[value(name = "4")]
    Of4KiB,
    /// Android 15 and newer, on devices that chose it.
    #[value(name = "16")]
    Of16KiB,
}

impl Pages {
    pub(super) fn bytes(self) -> u64 {
        match self {
            Pages::Of4KiB => 4 << 10,
            Pages::Of16KiB => 16 << 10,
        }
    }
}

/// A shared library, as far as a release is concerned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shared {
    /// `e_machine`.
    pub(super) machine: u16,
    /// The smallest alignment of a loadable segment, in bytes: pages must not be larger.
    pub(super) alignment: u64,
}

impl Shared {
    /// Errors: no ELF file, no shared library, or segments whose place in the file and in memory do not fit together.
    pub(super) fn parse(bytes: &[u8]) -> Result<Shared> {
        let elf = Elf::parse(bytes).context("read it as an ELF file")?;
        ensure!(elf.header.e_type == ET_DYN, "it is no shared library");
        let segments: Vec<_> = elf
            .program_headers
            .iter()
            .filter(|header| header.p_type == PT_LOAD)
            .collect();
        let aligned = |at: u64, by: u64| by.is_power_of_two() && at.is_multiple_of(by);
        for segment in &segments {
            let distance = segment.p_vaddr.wrapping_sub(segment.p_offset);
            ensure!(
                aligned(distance, segment.p_align),
                "a segment at {:#x} is not where its alignment of {:#x} wants it",
                segment.p_vaddr,
                segment.p_align
            );
        }
        let smallest = segments.iter().map(|segment| segment.p_align).min();
        Ok(Shared {
            machine: elf.header.e_machine,
            alignment: smallest.context("it has no loadable segment")?,
        })
    }

    /// Errors: it was linked for smaller pages.
    pub(super) fn loads_with(&self, pages: Pages) -> Result<()> {
        ensure!(
            self.alignment >= pages.bytes(),
            "it is aligned to {}, and pages of {} need at least that; link it with NDK r28 or `-z max-page-size={}`",
            ui::size(self.alignment),
            ui::size(pages.bytes()),
            pages.bytes()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::process::Command;

    /// A real library, linked here for pages of that size.
    fn linked(folder: &Path, pages: Pages) -> Vec<u8> {
        let source = folder.join("small.rs");
        std::fs::write(
            &source,
            "#![no_std]\n#[panic_handler] fn end(_: &core::panic::PanicInfo) -> ! { loop {} }\n",
        )
        .unwrap();
        let library = folder.join(format!("lib{}.so", pages.bytes()));
        Command::new("rustc")
            .args(["--edition", "2024", "--crate-type", "cdylib", "-C", "panic=abort"])
            .args([
                "-C".to_owned(),
                format!("link-arg=-Wl,-z,max-page-size={}", pages.bytes()),
            ])
            .args(["-o", library.to_str().unwrap(), source.to_str().unwrap()])
            .quietly()
            .unwrap();
        std::fs::read(library).unwrap()
    }

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-elf-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_library_for_small_pages_is_told_from_one_for_large_pages() {
        let folder = folder();
        let small = Shared::parse(&linked(&folder, Pages::Of4KiB)).unwrap();
        let large = Shared::parse(&linked(&folder, Pages::Of16KiB)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((small.alignment, large.alignment), (4096, 16384));
        assert_eq!(small.machine, large.machine);
        assert!(large.loads_with(Pages::Of16KiB).is_ok());
        assert!(large.loads_with(Pages::Of4KiB).is_ok());
        assert!(small.loads_with(Pages::Of4KiB).is_ok());
        let error = small.loads_with(Pages::Of16KiB).unwrap_err().to_string();
        assert!(
            error.contains("aligned to 4.0 KiB") && error.contains("16.0 KiB"),
            "{error}"
        );
    }

    #[test]
    fn what_is_no_library_is_refused() {
        for bytes in [&b""[..], b"\x7fELF", b"#!/bin/sh\n", &[0; 4096]] {
            assert!(Shared::parse(bytes).is_err());
        }
    }
}
