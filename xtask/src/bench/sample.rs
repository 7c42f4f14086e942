//! One program, run many times: how long it took, what it cost, how large it grew.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use wait4::Wait4 as _;

use crate::process::Command;

/// One run of a program.
#[derive(Clone, Copy, Debug)]
struct Sample {
    wall: Duration,
    cpu: Duration,
    memory: u64,
}

/// Many runs of the same.
pub(super) struct Samples(Vec<Sample>);

impl Samples {
    /// Runs each command once in turn, `count` times over, so that all meet the same weather.
    pub(super) fn take<const N: usize>(count: usize, commands: &[Command; N]) -> Result<[Samples; N]> {
        let mut all = [const { Samples(Vec::new()) }; N];
        for _ in 0..count {
            for (command, samples) in commands.iter().zip(&mut all) {
                samples.0.push(sample(command)?);
            }
        }
        Ok(all)
    }

    /// The runs of several as one.
    pub(super) fn join(several: Vec<Samples>) -> Samples {
        Samples(several.into_iter().flat_map(|samples| samples.0).collect())
    }

    pub(super) fn wall(&self, percentile: usize) -> Duration {
        percentile_of(self.0.iter().map(|sample| sample.wall).collect(), percentile)
    }

    pub(super) fn cpu(&self, percentile: usize) -> Duration {
        percentile_of(self.0.iter().map(|sample| sample.cpu).collect(), percentile)
    }

    /// The largest resident set of any run, in bytes. The kernel counts what the child had between fork and exec too,
    /// so this is never less than what this tool has at that moment.
    pub(super) fn memory(&self) -> u64 {
        self.0
            .iter()
            .map(|sample| sample.memory)
            .max()
            .unwrap_or_default()
    }
}

fn sample(command: &Command) -> Result<Sample> {
    // Cargo's own search path: the loader would look there for every library first, which it does for no user.
    let command = command.clone().without("LD_LIBRARY_PATH");
    // What the one before left to be written would be waited for by whoever flushes next.
    Command::new("sync").quietly()?;
    // What this tool once had would count as the child's; proc(5), 5: the peak is what there is now.
    if cfg!(target_os = "linux") {
        std::fs::write("/proc/self/clear_refs", "5").context("forget the peak of this tool's memory")?;
    }
    let start = Instant::now();
    let child = command.start(Stdio::null(), Stdio::inherit())?;
    let used = child
        .wait4()
        .with_context(|| format!("wait for `{}`", command.shown()))?;
    let wall = start.elapsed();
    ensure!(
        used.status.success(),
        "`{}` ended with {}",
        command.shown(),
        used.status
    );
    Ok(Sample {
        wall,
        cpu: used.rusage.utime + used.rusage.stime,
        memory: used.rusage.maxrss,
    })
}

/// The nearest rank.
fn percentile_of(mut values: Vec<Duration>, percentile: usize) -> Duration {
    values.sort_unstable();
    let rank = (values.len() * percentile).div_ceil(100).saturating_sub(1);
    values.get(rank).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_value_that_so_many_do_not_exceed() {
        let values: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let at = |percentile| percentile_of(values.clone(), percentile).as_millis();
        assert_eq!((at(50), at(95), at(100)), (100, 190, 200));
        assert_eq!(percentile_of(Vec::new(), 95), Duration::ZERO);
    }

    #[test]
    fn a_program_that_works_is_measured_and_one_that_fails_is_no_sample() {
        let shell = |script: &str| Command::new("sh").args(["-c", script]);
        let [one, two] = Samples::take(3, &[shell("true"), shell("sleep 0.01")]).unwrap();
        assert_eq!((one.0.len(), two.0.len()), (3, 3));
        assert!(two.wall(50) >= Duration::from_millis(10) && one.memory() > 0);
        assert!(Samples::take(1, &[shell("exit 3")]).is_err());
    }
}
