//! Writes the Kotlin, Swift or Python bindings of a built airlock-ffi, or its interface as text. `cargo xtask bindings`
//! calls it; it is a crate of its own so that neither the phone's library nor the other tools carry its dependencies.

mod interface;

use std::env;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;
use uniffi_bindgen::bindings::{
    GenerateOptions, SwiftBindingsOptions, TargetLanguage, generate, generate_swift_bindings,
};

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(language), Some(library), Some(place), None) = (
        arguments.next(),
        arguments.next().map(Utf8PathBuf::from),
        arguments.next().map(Utf8PathBuf::from),
        arguments.next(),
    ) else {
        bail!("usage: airlock-bindgen kotlin|swift|python LIBRARY FOLDER, or interface LIBRARY FILE");
    };
    let written = match language.as_str() {
        "kotlin" => generate(options(TargetLanguage::Kotlin, library, place)),
        "python" => generate(options(TargetLanguage::Python, library, place)),
        "swift" => generate_swift_bindings(SwiftBindingsOptions {
            generate_swift_sources: true,
            generate_headers: true,
            generate_modulemap: true,
            source: library,
            out_dir: place,
            xcframework: false,
            module_name: Some("airlock_ffiFFI".to_owned()),
            modulemap_filename: Some("module.modulemap".to_owned()),
            metadata_no_deps: true,
            link_frameworks: Vec::new(),
            config: None,
        }),
        "interface" => {
            let text = interface::of(&library)?;
            std::fs::write(&place, text).with_context(|| format!("write {place}"))
        }
        other => bail!("there are no bindings for `{other}`; write kotlin, swift or python"),
    };
    written.context("write the bindings; is the library built unstripped? Its metadata are among the symbols")
}

fn options(language: TargetLanguage, source: Utf8PathBuf, out_dir: Utf8PathBuf) -> GenerateOptions {
    GenerateOptions {
        languages: vec![language],
        source,
        out_dir,
        config_override: None,
        format: false,
        crate_filter: Some("airlock_ffi".to_owned()),
        metadata_no_deps: true,
    }
}
