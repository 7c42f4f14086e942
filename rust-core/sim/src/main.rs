//! `airlock-sim`: the long run.

use std::io::{self, Write as _};
use std::process::ExitCode;

use airlock_sim::flows::{FLOWS, Flow};
use airlock_sim::history;
use airlock_sim::sweep::{self, Effort};
use airlock_sim::world::Shop;
use clap::Parser;

/// Cut the power at every step of the engine and check what starts afterwards
#[derive(Parser)]
struct Args {
    /// Disks after a power cut to look at, at least; and up to half as many after a second cut during the recovery
    #[arg(long, default_value_t = 10_000)]
    images: usize,
    /// Files in a bundle
    #[arg(long, default_value_t = 40)]
    files: usize,
    /// Random lives to live
    #[arg(long, default_value_t = 200)]
    histories: u64,
    /// Leave out the calls that are made to fail
    #[arg(long)]
    no_errors: bool,
    /// Make every n-th call fail, instead of every one
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// One flow only, by its name
    #[arg(long)]
    flow: Option<String>,
    /// Picks the images and the lives; the same seed does the same again
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> io::Result<ExitCode> {
    let args = Args::parse();
    let shop = Shop::open(args.files);
    let every = args.every.max(1);
    let effort = Effort {
        every,
        ..Effort::for_images(&shop, args.images, args.seed)
    };
    let wanted = |flow: &&Flow| args.flow.as_ref().is_none_or(|name| flow.name == name);
    let flows: Vec<&Flow> = FLOWS.iter().filter(wanted).collect();
    let mut report = sweep::cuts(&shop, &flows, effort);
    if !args.no_errors {
        report.merge(sweep::failures(&shop, &flows, effort));
    }
    report.merge(history::live(&shop, args.histories, args.seed, None));
    writeln!(
        io::stdout(),
        "seed {}, {} files a bundle\n{report}",
        args.seed,
        args.files
    )?;
    Ok(match report.findings.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
