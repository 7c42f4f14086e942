//! Licences of everything that is linked in, against the list in deny.toml.

use std::collections::BTreeSet;

use spdx::{Expression, LicenseReq, ParseMode};

use super::graph::Package;
use super::{Facts, Problem};

pub(super) fn allowed(facts: &Facts) -> Vec<Problem> {
    let allowed: BTreeSet<&str> = facts.policy.licenses.allow.iter().map(String::as_str).collect();
    facts
        .graph
        .packages
        .iter()
        .filter_map(|package| refuse(package, &allowed))
        .collect()
}

fn refuse(package: &Package, allowed: &BTreeSet<&str>) -> Option<Problem> {
    let place = format!("{} {}", package.name, package.version);
    let Some(license) = package.license.as_deref() else {
        return Some(Problem::new(place, "names no licence"));
    };
    // Older manifests write `MIT/Apache-2.0`, which is no SPDX but means OR.
    let Ok(expression) = Expression::parse_mode(license, ParseMode::LAX) else {
        return Some(Problem::new(
            place,
            format!("its licence `{license}` is no SPDX expression"),
        ));
    };
    if expression.evaluate(|wanted| permits(allowed, wanted)) {
        return None;
    }
    Some(Problem::new(
        place,
        format!("its licence `{license}` is not among those deny.toml allows"),
    ))
}

fn permits(allowed: &BTreeSet<&str>, wanted: &LicenseReq) -> bool {
    allowed.contains(wanted.to_string().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(license: Option<&str>) -> Option<Problem> {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]);
        refuse(&Package::sample("sample", license, None), &allowed)
    }

    #[test]
    fn one_allowed_choice_is_enough_and_every_part_of_a_sum_is_needed() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "MIT/Apache-2.0",
            "MIT AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(verdict(Some(good)), None, "{good}");
        }
        for bad in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "whatever we like"] {
            assert!(verdict(Some(bad)).is_some(), "{bad}");
        }
        assert!(verdict(None).is_some());
    }
}
