//! Remote configuration: with a key nothing unsigned is read, and what is read says one thing.

use std::sync::LazyLock;

use airlock_foreign::minisign::{PublicKey, Signature};
use airlock_foreign::remote_config::{PlainHttp, RemoteConfig, Selection, Trust, Updates};
use airlock_protocol::json;

use crate::Verdict;

pub(crate) const BODY: &[u8] =
    include_bytes!("../../../../rust-core/foreign/tests/vicius/vectors/updates.json");
pub(crate) const SIGNATURE: &[u8] =
    include_bytes!("../../../../rust-core/foreign/tests/vicius/vectors/updates.json.minisig");
pub(crate) const KEY: &str = include_str!("../../../../rust-core/foreign/tests/vicius/vectors/key.pub");

static TRUST: LazyLock<Trust> = LazyLock::new(|| Trust::Key(PublicKey::parse(KEY).unwrap()));

/// A letter for what is attacked: an unsigned document, the honest signature's document, the honest document's
/// signature, or the key.
pub(crate) fn remote_config(data: &[u8]) -> Verdict {
    match data.split_first() {
        Some((b'u', body)) => unsigned(body),
        Some((b'b', body)) => signed(body, SIGNATURE),
        Some((b's', signature)) => signed(BODY, signature),
        Some((b'k', text)) => {
            std::str::from_utf8(text).map_or(Verdict::Refused, |text| Verdict::of(&PublicKey::parse(text)))
        }
        _ => Verdict::Refused,
    }
}

/// Ed25519 has one signature for one message and key: only the author's two files go together. Of a signature file
/// only the untrusted comment and a last line feed are free.
fn signed(body: &[u8], signature: &[u8]) -> Verdict {
    let accepted = TRUST.accept(body, Some(signature));
    if let Ok(accepted) = &accepted {
        assert_eq!(accepted.body(), BODY, "a forged document is believed");
        let free_of_comment = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text.split_once('\n').unwrap().1.trim_end_matches('\n').to_owned()
        };
        assert_eq!(
            free_of_comment(signature),
            free_of_comment(SIGNATURE),
            "a forged signature is believed"
        );
        assert!(Signature::parse(signature).is_ok());
    }
    assert!(
        TRUST.accept(body, None).is_err(),
        "unsigned bytes are read although there is a key"
    );
    Verdict::of(&accepted)
}

fn unsigned(body: &[u8]) -> Verdict {
    let accepted = Trust::Unsigned.accept(body, None).unwrap();
    let parsed = RemoteConfig::parse(&accepted, PlainHttp::Refused);
    let Ok(config) = &parsed else {
        return Verdict::Refused;
    };
    assert!(
        json::parse(body, u64::MAX).is_ok(),
        "what is no strict JSON is read"
    );
    assert!(RemoteConfig::parse(&accepted, PlainHttp::LoopbackOnly).is_ok());
    let releases = config.releases();
    assert!(
        releases.is_sorted_by(|one, other| one.version >= other.version),
        "not the newest first"
    );
    for release in releases {
        assert!(!release.name.chars().any(char::is_control));
        assert!(
            release.download_url.as_str().starts_with("https://"),
            "plain http is accepted"
        );
    }
    selection_is_sound(config);
    Verdict::Accepted
}

/// Nothing installed wants the newest; the newest installed wants nothing.
fn selection_is_sound(config: &RemoteConfig) {
    let newest = config.releases().first();
    let none = config.select(None);
    match (newest, config.updates()) {
        (_, Updates::Disabled) => assert!(matches!(none, Selection::Disabled)),
        (None, _) => assert!(matches!(none, Selection::Empty)),
        (Some(newest), Updates::Enabled) => {
            assert!(matches!(none, Selection::Outdated(release) if std::ptr::eq(release, newest)));
            let compared = newest.compared_version();
            if compared.is_readable() {
                assert!(matches!(config.select(Some(compared)), Selection::UpToDate(_)));
            }
        }
    }
}
