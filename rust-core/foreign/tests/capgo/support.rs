//! A sound archive and the private half of its key, to make unsound ones that differ in one point.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use airlock_foreign::capgo::{Error, PublicKey, SealedArchive};
use airlock_protocol::{base64, hex};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U2048};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The AES key and vector of everything made here.
pub(crate) const AES_KEY: [u8; 16] = [0x5a; 16];
pub(crate) const VECTOR: [u8; 16] = [0xc3; 16];

/// What node's crypto made, with the test key.
pub(crate) struct Vector {
    value: Value,
}

impl Vector {
    pub(crate) fn read() -> Vector {
        let value = serde_json::from_str(include_str!("data/node.json")).unwrap();
        Vector { value }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.value[name].as_str().unwrap()
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        hex::decode(self.text(name)).unwrap()
    }

    pub(crate) fn key(&self) -> PublicKey {
        PublicKey::from_pem(self.text("publicKey")).unwrap()
    }

    pub(crate) fn modulus(&self) -> U2048 {
        U2048::from_be_slice(&self.bytes("modulus"))
    }

    /// The private operation of RSA on any block, also on one that no sound padding gives.
    pub(crate) fn sign(&self, block: &[u8; 256]) -> [u8; 256] {
        let field = FixedMontyParams::new_vartime(Odd::new(self.modulus()).unwrap());
        let exponent = U2048::from_be_slice(&self.bytes("privateExponent"));
        let number = FixedMontyForm::new(&U2048::from_be_slice(block), &field);
        number.pow_vartime(&exponent).retrieve().to_be_bytes().into()
    }

    /// Opens with the sound texts, one of them replaced.
    pub(crate) fn open_with(&self, name: &str, text: &str) -> Result<SealedArchive, Error> {
        let pick = |own: &'static str| if own == name { text } else { self.text(own) };
        SealedArchive::open(&self.key(), pick("checksum"), pick("sessionKey"))
    }
}

/// Sound padding of type 1.
pub(crate) fn padded(payload: &[u8]) -> [u8; 256] {
    let mut block = [0xff; 256];
    block[..2].copy_from_slice(&[0, 1]);
    block[256 - payload.len() - 1] = 0;
    block[256 - payload.len()..].copy_from_slice(payload);
    block
}

/// The text of a session key.
pub(crate) fn session_key(signed: &[u8]) -> String {
    format!("{}:{}", base64::encode(&VECTOR), base64::encode(signed))
}

/// Seals `zip` with the test key and encrypts it.
pub(crate) fn sealed(vector: &Vector, zip: &[u8]) -> (SealedArchive, Vec<u8>) {
    let checksum = hex::encode(&vector.sign(&padded(&Sha256::digest(zip))));
    let session_key = session_key(&vector.sign(&padded(&AES_KEY)));
    let sealed = SealedArchive::open(&vector.key(), &checksum, &session_key).unwrap();
    let mut room = zip.to_vec();
    room.resize(zip.len() + 16, 0);
    let encryptor = cbc::Encryptor::<aes::Aes128>::new(&AES_KEY.into(), &VECTOR.into());
    let archive = encryptor.encrypt_padded::<Pkcs7>(&mut room, zip.len()).unwrap();
    (sealed, archive.to_vec())
}

/// Decrypts in pieces of that many bytes.
pub(crate) fn decrypt(sealed: &SealedArchive, archive: &[u8], piece: usize) -> Result<Vec<u8>, Error> {
    let mut decryptor = sealed.decryptor();
    let mut zip = Vec::new();
    for piece in archive.chunks(piece) {
        zip.extend_from_slice(decryptor.update(piece));
    }
    zip.extend(decryptor.finish()?);
    Ok(zip)
}
