//! The README's chart: bytes of one update, for each pair of versions and each way, as an SVG that follows the reader's light or
//! dark background.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use crate::repository::Repository;
use crate::ui;

const FILE: &str = "docs/images/update-bytes.svg";

/// The ways, in the order of their bars, with the style class of each.
const WAYS: [(&str, &str); 4] = [
    ("whole zip", "zip"),
    ("changed files whole, Brotli 11 (the peer's delta)", "peer"),
    ("zstd -19 --patch-from, files alone", "zstd"),
    ("Airlock, all that was fetched, metadata included", "own"),
];

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.small{font-size:11px;fill:#59636e}\
    .line{stroke:#d1d9e0}.zip{fill:#8c959f}.peer{fill:#bf8700}.zstd{fill:#8250df}.own{fill:#1a7f37}\
    @media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.line{stroke:#3d444d}.zip{fill:#6e7681}\
    .peer{fill:#d29922}.zstd{fill:#a371f7}.own{fill:#3fb950}}";

const WIDTH: f64 = 840.0;
const LEFT: f64 = 16.0;
const PLOT: f64 = 720.0;
const BAR: f64 = 12.0;
const GROUP: f64 = 4.0 * BAR + 36.0;
const TOP: f64 = 96.0;

/// The axis, in bytes, five factors of ten of the same length.
const AXIS: [(f64, &str); 6] = [
    (1e3, "1 kB"),
    (1e4, "10 kB"),
    (1e5, "100 kB"),
    (1e6, "1 MB"),
    (1e7, "10 MB"),
    (1e8, "100 MB"),
];

/// One update and its bytes, by [`WAYS`].
pub(super) struct Group {
    pub(super) name: String,
    pub(super) bytes: [u64; 4],
}

/// Draws and writes it.
pub(super) fn write(repository: &Repository, groups: &[Group]) -> Result<()> {
    std::fs::write(repository.path(FILE), draw(groups)?).with_context(|| format!("write {FILE}"))?;
    ui::line(&format!("{FILE} is drawn"));
    Ok(())
}

fn draw(groups: &[Group]) -> Result<String> {
    let bottom = TOP + GROUP * groups.len() as f64;
    let height = bottom + 28.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Bytes of one update, by each way\">\n<style>{STYLE}</style>\n"
    );
    for (number, (title, class)) in WAYS.iter().enumerate() {
        let (x, y) = (
            LEFT + 400.0 * (number % 2) as f64,
            22.0 + 22.0 * (number / 2) as f64,
        );
        writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"12\" height=\"12\"/>",
            y - 11.0
        )?;
        writeln!(svg, "<text x=\"{}\" y=\"{y}\">{title}</text>", x + 18.0)?;
    }
    for (bytes, label) in AXIS {
        let x = place(bytes);
        writeln!(
            svg,
            "<line class=\"line\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{bottom}\"/>",
            TOP - 18.0
        )?;
        writeln!(
            svg,
            "<text class=\"small\" x=\"{x:.1}\" y=\"{}\">{label}</text>",
            bottom + 16.0
        )?;
    }
    for (number, group) in groups.iter().enumerate() {
        bars(&mut svg, group, TOP + GROUP * number as f64)?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn bars(svg: &mut String, group: &Group, top: f64) -> Result<()> {
    let name = group
        .name
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\">{name}</text>", top - 5.0)?;
    for (number, ((_, class), bytes)) in WAYS.iter().zip(group.bytes).enumerate() {
        let (y, end) = (top + BAR * number as f64, place(bytes as f64));
        writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"{}\"/>",
            end - LEFT,
            BAR - 2.0
        )?;
        let label = super::update::thousands(bytes);
        writeln!(
            svg,
            "<text class=\"small\" x=\"{:.1}\" y=\"{}\">{label}</text>",
            end + 5.0,
            y + BAR - 3.0
        )?;
    }
    Ok(())
}

/// Where so many bytes lie on the axis.
fn place(bytes: f64) -> f64 {
    let part = (bytes.max(1.0).log10() - 3.0) / 5.0;
    LEFT + PLOT * part.clamp(0.001, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_the_logarithm_of_its_bytes() {
        let group = Group {
            name: "a <b> & c".to_owned(),
            bytes: [100_000_000, 1_000_000, 10_000, 1_000],
        };
        let svg = draw(&[group]).unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("a &lt;b&gt; &amp; c"));
        for (class, width) in [("zip", "720.0"), ("peer", "432.0"), ("zstd", "144.0")] {
            let bar = svg.lines().find(|line| {
                line.contains(class) && line.contains("width=\"") && line.contains("height=\"10\"")
            });
            assert!(bar.unwrap().contains(&format!("width=\"{width}\"")), "{bar:?}");
        }
    }
}
