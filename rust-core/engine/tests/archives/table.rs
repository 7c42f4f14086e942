//! The table of airlock-archives, which the tests of the real binary run too: every case refused by the
//! profile alone, beside the sound description, and beside one that says what the archive says.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use airlock_archives::{Case, Description, File, Forged, Verdict, cases, sound};
use airlock_protocol::ChecksumJson;

use crate::support::unpack_described;

/// Cases at a time.
const WORKERS: usize = 2;

#[test]
fn every_case() {
    run(&cases::all());
}

#[test]
fn every_heavy_case() {
    run(&cases::heavy());
}

#[test]
fn names_of_cases_are_unique_in_their_class() {
    let all: Vec<Case> = cases::all().into_iter().chain(cases::heavy()).collect();
    let names: std::collections::BTreeSet<_> = all.iter().map(|case| (case.class, &case.name)).collect();
    assert_eq!(names.len(), all.len());
}

/// Tells of all that went wrong, not of the first alone.
fn run(cases: &[Case]) {
    let honest: Vec<File> = sound()
        .iter()
        .map(|(path, bytes)| File::of(*path, bytes))
        .collect();
    let (wrong, next) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = wrong_verdicts(case, &honest);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    println!("{} cases, each beside two descriptions", cases.len());
    assert_eq!(wrong.into_inner().unwrap(), Vec::<String>::new());
}

fn wrong_verdicts(case: &Case, honest: &[File]) -> Vec<String> {
    let forged = case.build();
    let both = [case.reason, case.reason_beside_sound];
    let descriptions = [
        (honest, case.beside_sound, both),
        (forged.files.as_slice(), case.as_described, [case.reason; 2]),
    ];
    let wrong = descriptions.into_iter().filter_map(|(files, verdict, reasons)| {
        let found = check(&forged, &Description::of(files), verdict, reasons).err()?;
        Some(format!("{}, {}: {found}, not {verdict:?}", case.class, case.name))
    });
    wrong.collect()
}

fn check(
    forged: &Forged,
    description: &Description,
    verdict: Verdict,
    reasons: [&str; 2],
) -> Result<(), String> {
    let checksum = match (ChecksumJson::parse(&description.bytes), verdict) {
        (Ok(checksum), _) => checksum,
        (Err(error), Verdict::Refused(code)) if error.code() == code => return Ok(()),
        (Err(error), _) => return Err(error.to_string()),
    };
    let attempt = unpack_described(&forged.bytes, &checksum, &description.bytes);
    let written: u64 = attempt.tree.values().map(|file| file.len() as u64).sum();
    match (attempt.result, verdict) {
        (Ok(_), Verdict::Installs) => Ok(()),
        (Err(_), Verdict::Refused(_)) if written > forged.declared => Err(format!("{written} bytes written")),
        (Err(error), Verdict::Refused(code))
            if error.code() == code && reasons.iter().any(|reason| error.to_string().contains(reason)) =>
        {
            Ok(())
        }
        (Err(error), _) => Err(error.to_string()),
        (Ok(files), _) => Err(format!("{} files unpacked", files.len())),
    }
}
