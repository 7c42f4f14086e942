//! What libFuzzer prints, as numbers.

/// The numbers of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stats {
    /// Inputs that were run.
    pub(super) executions: u64,
    /// Edges covered by the seeds, and at the end.
    pub(super) seeds_cover: u64,
    pub(super) cover: u64,
    /// Inputs kept because each covers something new.
    pub(super) corpus: u64,
}

impl Stats {
    /// From lines such as `#19<tab>INITED cov: 96 ft: 97 corp: 1/1b exec/s: 0 rss: 30Mb` and
    /// `stat::number_of_executed_units: 4711`.
    pub(super) fn parse(log: &str) -> Stats {
        let mut stats = Stats::default();
        for line in log.lines() {
            if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
                stats.executions = count.trim().parse().unwrap_or(0);
            }
            let Some(cover) = number_after(line, "cov: ").filter(|_| line.starts_with('#')) else {
                continue;
            };
            if line.contains("\tINITED") {
                stats.seeds_cover = cover;
            }
            stats.cover = cover;
            stats.corpus = number_after(line, "corp: ").unwrap_or(stats.corpus);
        }
        stats
    }
}

fn number_after(line: &str, word: &str) -> Option<u64> {
    let (_, rest) = line.split_once(word)?;
    let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_read_from_what_libfuzzer_prints() {
        let log = "INFO: seed corpus: files: 19 min: 10b max: 31b\n\
                   #20\tINITED cov: 96 ft: 97 corp: 19/1b exec/s: 0 rss: 30Mb\n\
                   #21\tNEW    cov: 98 ft: 99 corp: 20/2b lim: 4 exec/s: 0 rss: 30Mb L: 1/1 MS: 1 ChangeBit-\n\
                   #4711\tDONE   cov: 120 ft: 300 corp: 44/3Kb lim: 4096 exec/s: 942 rss: 41Mb\n\
                   stat::number_of_executed_units: 4711\n\
                   stat::average_exec_per_sec:     942\n";
        let expected = Stats {
            executions: 4711,
            seeds_cover: 96,
            cover: 120,
            corpus: 44,
        };
        assert_eq!(Stats::parse(log), expected);
        assert_eq!(Stats::parse("sh: libFuzzer: not found"), Stats::default());
    }
}
