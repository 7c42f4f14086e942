//! The npm package, as `npm publish` would send it: what it holds, and whether an app can use it.

mod app;
mod contents;
mod release;
mod wired;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Context;
use super::layer::{Outcome, Skipped};
use crate::{npm, ui};

/// One thing that must hold, and whether it does.
struct Verdict {
    rule: String,
    holds: bool,
}

impl Verdict {
    fn new(rule: impl Into<String>, holds: bool) -> Verdict {
        Verdict {
            rule: rule.into(),
            holds,
        }
    }
}

pub(super) fn check(context: &Context) -> Result<Outcome> {
    if let Some(missing) = npm::missing() {
        return Err(Skipped::because(missing));
    }
    let Some(node) = npm::modern_node(context.repository)? else {
        return Err(Skipped::because(npm::NO_MODERN_NODE));
    };
    npm::install(context.repository)?;
    let folder = fresh(&context.repository.path("target/package"))?;
    let packed = contents::pack(context.repository, &folder)?;
    let contents = judged(&contents::judge(&packed));
    let release = judged(&release::rehearsal(context.repository, &folder)?);
    let app = app::App::fresh(context.repository, &folder, node)?;
    app.install(&folder.join(packed.tarball()))?;
    let types = judged(&wired::types(&app)?);
    Ok(contents
        .plus(release)
        .plus(types)
        .plus(judged(&wired::platforms(&app)?)))
}

/// An empty folder: nothing of an earlier run may help this one.
fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    Ok(folder.to_path_buf())
}

fn judged(verdicts: &[Verdict]) -> Outcome {
    for Verdict { rule, holds } in verdicts {
        let mark = match holds {
            true => ui::paint(ui::GOOD, "ok  "),
            false => ui::paint(ui::BAD, "FAIL"),
        };
        ui::line(&format!("  {mark} {rule}"));
    }
    verdicts.iter().fold(Outcome::default(), |sum, verdict| {
        sum.plus(Outcome::single(verdict.holds))
    })
}
