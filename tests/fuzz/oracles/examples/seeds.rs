//! Writes the seeds that are made to `tests/fuzz/seeds`, one folder a target.

use std::fs;
use std::path::Path;

use airlock_fuzz_oracles::seeds;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    for seed in seeds::all() {
        let folder = folder.join(seed.target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(seed.name), seed.bytes)?;
    }
    Ok(())
}
