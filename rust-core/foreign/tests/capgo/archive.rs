//! The hosted file itself.

use airlock_foreign::capgo::Error;
use airlock_protocol::Code;

use crate::support::{Vector, decrypt, sealed};

#[test]
fn what_node_encrypted_is_read_in_pieces_of_every_size() {
    let vector = Vector::read();
    let archive = vector.bytes("archive");
    let opened = vector.open_with("", "").unwrap();
    for piece in 1..=archive.len() {
        assert_eq!(
            decrypt(&opened, &archive, piece).unwrap(),
            vector.bytes("zip"),
            "{piece}"
        );
    }
}

#[test]
fn zips_of_every_length_around_a_block_are_read() {
    let vector = Vector::read();
    for length in [1, 2, 15, 16, 17, 31, 32, 33, 48_u8] {
        let zip: Vec<u8> = (0..length).collect();
        let (opened, archive) = sealed(&vector, &zip);
        assert_eq!(archive.len() % 16, 0);
        assert_eq!(decrypt(&opened, &archive, 7).unwrap(), zip);
    }
}

#[test]
fn every_flipped_bit_of_the_file_is_refused_with_the_same_words() {
    let vector = Vector::read();
    let opened = vector.open_with("", "").unwrap();
    let archive = vector.bytes("archive");
    for bit in 0..archive.len() * 8 {
        let mut other = archive.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        let error = decrypt(&opened, &other, 64).unwrap_err();
        assert_eq!(
            (error.code(), error),
            (Code::ChecksumMismatch, Error::Archive),
            "bit {bit}"
        );
    }
    assert!(decrypt(&opened, &archive, 64).is_ok());
}

#[test]
fn a_file_cut_short_or_extended_is_refused_with_the_same_words() {
    let vector = Vector::read();
    let opened = vector.open_with("", "").unwrap();
    let archive = vector.bytes("archive");
    for length in 0..archive.len() {
        assert_eq!(
            decrypt(&opened, &archive[..length], 64).unwrap_err(),
            Error::Archive,
            "{length}"
        );
    }
    for more in [1, 15, 16, 32] {
        let longer = [archive.as_slice(), &vec![0x10; more]].concat();
        assert_eq!(
            decrypt(&opened, &longer, 64).unwrap_err(),
            Error::Archive,
            "{more} more"
        );
    }
    assert!(decrypt(&opened, &archive, 64).is_ok());
}

#[test]
fn an_empty_zip_is_refused_although_its_hash_was_signed() {
    let vector = Vector::read();
    let (opened, archive) = sealed(&vector, b"");
    assert_eq!(archive.len(), 16, "a block of padding alone");
    assert_eq!(decrypt(&opened, &archive, 64).unwrap_err(), Error::Archive);
    let (opened, archive) = sealed(&vector, b"x");
    assert_eq!(decrypt(&opened, &archive, 64).unwrap(), b"x");
}

#[test]
fn the_file_of_another_seal_is_refused() {
    let vector = Vector::read();
    let (one, archive_of_one) = sealed(&vector, b"one");
    let (_, archive_of_two) = sealed(&vector, b"two");
    assert_eq!(decrypt(&one, &archive_of_two, 64).unwrap_err(), Error::Archive);
    assert_eq!(decrypt(&one, &archive_of_one, 64).unwrap(), b"one");
}
