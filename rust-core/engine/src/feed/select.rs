//! Which of the offered releases this device should run. Pure.

use airlock_protocol::tuf::Release;
use airlock_protocol::{BundleId, Code, Device, Sequence, Sha256Digest};

use crate::embedded::Embedded;
use crate::machine::{Refusal, State};

/// The choice.
#[derive(Debug)]
pub(crate) enum Selection {
    /// Nothing newer than what runs.
    UpToDate,
    /// What runs was signed again under a higher number.
    SameTree(Box<Release>),
    /// Install and run this.
    Newer(Box<Release>),
    /// There is something newer, and this device may not run it.
    Blocked(Box<Release>, Code, String),
}

/// Chooses from the channel's releases. Older than the floor is refused (R9); what is not made for
/// this device, not yet rolled out to it, or failed on it before (R5) is passed over in favour of the
/// next older one that is still newer than what runs.
pub(crate) fn select(
    mut releases: Vec<Release>,
    state: &State,
    embedded: &Embedded,
    device: &Device,
) -> Result<Selection, Refusal> {
    releases.sort_unstable_by_key(|release| std::cmp::Reverse(release.sequence));
    releases.retain(|release| is_rolled_out(release, &state.device_id));
    let running = state.current().or(embedded.id());
    let mut obstacle = None;
    for release in releases {
        if Some(release.id) == running {
            return Ok(obstacle.unwrap_or(Selection::SameTree(Box::new(release))));
        }
        if !is_newer(&release, state, embedded) {
            return match (obstacle, release.sequence.get() < state.floor) {
                (Some(blocked), _) => Ok(blocked),
                (None, true) => Err(Refusal::BelowFloor),
                (None, false) => Ok(Selection::UpToDate),
            };
        }
        match obstruction(&release, state, device) {
            None => return Ok(Selection::Newer(Box::new(release))),
            Some((code, why)) => {
                obstacle.get_or_insert(Selection::Blocked(Box::new(release), code, why));
            }
        }
    }
    Ok(obstacle.unwrap_or(Selection::UpToDate))
}

/// Newer than what runs, at least the floor, and newer than what the binary embeds.
fn is_newer(release: &Release, state: &State, embedded: &Embedded) -> bool {
    let running = state
        .current()
        .map_or(embedded.sequence(), |id: BundleId| state.sequence_of(&id));
    let above = |other: Option<Sequence>| other.is_none_or(|other| release.sequence > other);
    release.sequence.get() >= state.floor && above(running) && above(embedded.sequence())
}

fn obstruction(release: &Release, state: &State, device: &Device) -> Option<(Code, String)> {
    let version = &release.version;
    if !release.platforms.is_empty() && !release.platforms.contains(&device.platform) {
        return Some((
            Code::IncompatiblePlatform,
            format!("release {version} is not for {}", device.platform),
        ));
    }
    if let Some(range) = release
        .native
        .get(&device.platform)
        .filter(|range| !range.contains(&device.native_version))
    {
        let native = &device.native_version;
        let why = format!("release {version} needs a native app {range}, and this one is {native}");
        return Some((Code::IncompatibleNative, why));
    }
    let verdict = state.verdict(&release.id, release.sequence, device.now.get())?;
    let why = format!(
        "release {version} failed on this device ({})",
        verdict.cause.as_str()
    );
    Some((Code::BundleFailed, why))
}

/// Staged rollout without a server: a device's place in the line is fixed for one release and
/// independent of other releases.
fn is_rolled_out(release: &Release, device_id: &str) -> bool {
    let seed = format!("{device_id}:{}", release.sequence);
    let [first, second, ..] = *Sha256Digest::of(seed.as_bytes()).as_bytes();
    let place = u32::from(u16::from_be_bytes([first, second])) * 100 / 65_536;
    place < u32::from(release.rollout)
}
