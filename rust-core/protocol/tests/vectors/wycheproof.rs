//! Wycheproof's signatures (C2SP/wycheproof, `testvectors_v1`), for every algorithm that is shipped and for its
//! neighbours that are not.
//!
//! Keys go through [`PublicKey::from_pem`], as an app's configuration does. Only `valid` counts as valid:
//! what Wycheproof calls `acceptable` must be refused. Totals are written down, so that an empty or shortened
//! set fails.
//!
//! A few vectors are our algorithm in the disguise of an invalid signature of another one; see [`DISGUISED`].

use airlock_protocol::keys::PublicKey;
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use crate::report;

/// One vector: the key as PEM, message, signature.
struct Vector {
    name: String,
    pem: String,
    message: Vec<u8>,
    signature: Vec<u8>,
    result: TestResult,
    /// Whether it is made with the parameters of an algorithm that is shipped.
    ours: bool,
}

/// Vectors that a set of an algorithm that is not shipped calls invalid because they are made with the one that
/// is: RSA-PSS with SHA-256 and a salt of 32 bytes. They verify, as they should.
const DISGUISED: [(&str, &str); 4] = [
    ("RSA-PSS 2048 SHA-256 salt 0", "69 s_len changed to 32"),
    ("RSA PKCS#1 v1.5 2048 SHA-256", "257 RSASSA-PSS signature"),
    ("RSA PKCS#1 v1.5 3072 SHA-256", "258 RSASSA-PSS signature"),
    ("RSA PKCS#1 v1.5 4096 SHA-256", "258 RSASSA-PSS signature"),
];

/// How a set must end.
#[derive(Debug, PartialEq, Eq, Default)]
struct Counts {
    /// Valid vectors of an algorithm that is shipped, all accepted.
    valid_accepted: usize,
    /// Invalid and acceptable vectors, all refused.
    invalid_refused: usize,
    /// Valid vectors of algorithms, parameters or encodings that are not shipped, all refused.
    foreign_refused: usize,
}

macro_rules! vectors {
    ($set:expr, $ours:expr) => {{
        let set = $set;
        let mut vectors = Vec::new();
        for group in set.test_groups {
            let ours: bool = $ours(&group);
            for test in group.tests {
                vectors.push(Vector {
                    name: format!("{:?} {}", test.tc_id, test.comment),
                    pem: group.pem.clone(),
                    message: test.msg.to_vec(),
                    signature: test.sig.to_vec(),
                    result: test.result,
                    ours,
                });
            }
        }
        vectors
    }};
}

/// Judges every vector and holds the counts against the `expected` ones.
fn judge(set: &str, vectors: &[Vector], expected: Counts) {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for vector in vectors {
        let accepted = PublicKey::from_pem(&vector.pem)
            .is_ok_and(|key| key.verifies(&vector.message, &vector.signature));
        let disguised = DISGUISED.contains(&(set, vector.name.as_str()));
        let valid = vector.result == TestResult::Valid || disguised;
        if accepted != (valid && (vector.ours || disguised)) {
            wrong.push(&vector.name);
        } else if accepted {
            counts.valid_accepted += 1;
        } else if valid {
            counts.foreign_refused += 1;
        } else {
            counts.invalid_refused += 1;
        }
    }
    report(&format!(
        "wycheproof {set}: {} valid accepted, {} invalid refused, {} not shipped refused, {} wrong verdicts",
        counts.valid_accepted,
        counts.invalid_refused,
        counts.foreign_refused,
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{set}: {wrong:?}");
    assert_eq!(counts, expected, "{set}");
}

fn shipped(valid_accepted: usize, invalid_refused: usize) -> Counts {
    Counts {
        valid_accepted,
        invalid_refused,
        foreign_refused: 0,
    }
}

/// For a set in which one vector is [`DISGUISED`].
fn not_shipped_but_one(foreign_refused: usize, invalid_refused: usize) -> Counts {
    Counts {
        valid_accepted: 1,
        ..not_shipped(foreign_refused, invalid_refused)
    }
}

fn not_shipped(foreign_refused: usize, invalid_refused: usize) -> Counts {
    Counts {
        valid_accepted: 0,
        invalid_refused,
        foreign_refused,
    }
}

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    judge("Ed25519", &vectors!(set, |_| true), shipped(88, 63));
}

/// The other curve of the family: a key that is not read.
#[test]
fn ed448_is_not_shipped() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed448).unwrap();
    judge("Ed448", &vectors!(set, |_| false), not_shipped(17, 70));
}

#[test]
fn ecdsa_p256_sha256() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap();
    judge(
        "ECDSA P-256 SHA-256 (DER)",
        &vectors!(set, |_| true),
        shipped(174, 310),
    );
}

/// `r || s` without DER, another hash, another curve.
#[test]
fn other_encodings_hashes_and_curves_of_ecdsa_are_refused() {
    use ecdsa::TestName;
    for (name, set, expected) in [
        (
            "ECDSA P-256 SHA-256 (P1363)",
            TestName::EcdsaSecp256r1Sha256P1363,
            not_shipped(173, 89),
        ),
        (
            "ECDSA P-256 SHA-512",
            TestName::EcdsaSecp256r1Sha512,
            not_shipped(243, 311),
        ),
        (
            "ECDSA P-384 SHA-384",
            TestName::EcdsaSecp384r1Sha384,
            not_shipped(194, 310),
        ),
        (
            "ECDSA secp256k1 SHA-256",
            TestName::EcdsaSecp256k1Sha256,
            not_shipped(168, 308),
        ),
    ] {
        let set = ecdsa::TestSet::load(set).unwrap();
        judge(name, &vectors!(set, |_| false), expected);
    }
}

/// RSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes, the only parameters that are shipped.
fn is_ours(group: &rsa_pss_verify::TestGroup) -> bool {
    use wycheproof::{HashFunction::Sha2_256, Mgf::Mgf1};
    group.hash == Sha2_256
        && group.mgf == Mgf1
        && group.mgf_hash == Some(Sha2_256)
        && group.salt_size == 32
        && group.key_size >= 2048
}

#[test]
fn rsa_pss_sha256() {
    use rsa_pss_verify::TestName;
    for (name, set, expected) in [
        (
            "RSA-PSS 2048 SHA-256 salt 32",
            TestName::RsaPss2048Sha256Mgf1SaltLen32,
            shipped(63, 45),
        ),
        (
            "RSA-PSS 3072 SHA-256 salt 32",
            TestName::RsaPss3072Sha256Mgf1SaltLen32,
            shipped(63, 45),
        ),
        (
            "RSA-PSS 4096 SHA-256 salt 32",
            TestName::RsaPss4096Sha256Mgf1SaltLen32,
            shipped(63, 45),
        ),
        (
            "RSA-PSS of many parameters",
            TestName::RsaPssmisc,
            Counts {
                valid_accepted: 1,
                invalid_refused: 0,
                foreign_refused: 149,
            },
        ),
    ] {
        let set = rsa_pss_verify::TestSet::load(set).unwrap();
        judge(name, &vectors!(set, is_ours), expected);
    }
}

/// Other salts and hashes, and keys whose SPKI carries the PSS algorithm and its parameters.
#[test]
fn other_parameters_and_key_encodings_of_rsa_pss_are_refused() {
    use rsa_pss_verify::TestName;
    for (name, set, expected) in [
        (
            "RSA-PSS 2048 SHA-256 salt 0",
            TestName::RsaPss2048Sha256Mgf1SaltLen0,
            not_shipped_but_one(61, 41),
        ),
        (
            "RSA-PSS 2048 SHA-256 MGF1-SHA-1",
            TestName::RsaPss2048Sha256Mgf1Sha1_20,
            not_shipped(63, 45),
        ),
        (
            "RSA-PSS 2048 SHA-1",
            TestName::RsaPss2048Sha1Mgf1SaltLen20,
            not_shipped(42, 46),
        ),
        (
            "RSA-PSS 4096 SHA-512 salt 32",
            TestName::RsaPss4096Sha512Mgf1SaltLen32,
            not_shipped(132, 45),
        ),
        (
            "RSA-PSS 2048 SHA-256 salt 32, PSS key",
            TestName::RsaPss2048Sha256Mgf1SaltLen32WithParams,
            not_shipped(63, 45),
        ),
        (
            "RSA-PSS of many parameters, PSS keys",
            TestName::RsaPssmiscWithParams,
            not_shipped(150, 0),
        ),
    ] {
        let set = rsa_pss_verify::TestSet::load(set).unwrap();
        judge(name, &vectors!(set, |_| false), expected);
    }
}

/// No key verifies PKCS#1 v1.5: an RSA key means PSS.
#[test]
fn rsa_pkcs1_v1_5_is_not_shipped() {
    use rsa_pkcs1_verify::TestName;
    for (name, set, expected) in [
        (
            "RSA PKCS#1 v1.5 2048 SHA-256",
            TestName::Rsa2048Sha256,
            not_shipped_but_one(9, 249),
        ),
        (
            "RSA PKCS#1 v1.5 3072 SHA-256",
            TestName::Rsa3072Sha256,
            not_shipped_but_one(8, 250),
        ),
        (
            "RSA PKCS#1 v1.5 4096 SHA-256",
            TestName::Rsa4096Sha256,
            not_shipped_but_one(7, 250),
        ),
    ] {
        let set = rsa_pkcs1_verify::TestSet::load(set).unwrap();
        judge(name, &vectors!(set, |_| false), expected);
    }
}
