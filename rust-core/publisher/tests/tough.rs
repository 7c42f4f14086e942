//! The repository read by a third party: `tough`'s own client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails, its helpers included"
)]

use tough::{ExpirationEnforcement, RepositoryLoader, TargetName};
use url::Url;

mod support;

use support::Author;

#[tokio::test]
async fn tough_loads_what_was_published() {
    let author = Author::new();
    author.publish("stable", 1).unwrap();
    author.publish("beta", 2).unwrap();
    let folder = |name: &str| Url::from_directory_path(author.repository().join(name)).unwrap();
    let root = std::fs::read(author.repository().join("metadata/1.root.json")).unwrap();
    let repository = RepositoryLoader::new(&root, folder("metadata"), folder("targets"))
        // It looks at the system's clock, and this repository lives in 2027.
        .expiration_enforcement(ExpirationEnforcement::Unsafe)
        .load()
        .await
        .expect("a valid repository");
    let targets = &repository.targets().signed;
    for name in [
        "stable/1/checksum.json",
        "stable/1/bundle.zip",
        "beta/2/bundle.zip",
    ] {
        targets
            .find_target(&TargetName::new(name).unwrap(), false)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    targets
        .find_target(&TargetName::new("stable/9/bundle.zip").unwrap(), false)
        .unwrap_err();
}
