//! Licences of everything that is linked in, against the list in deny.toml.

use std::collections::BTreeSet;

use spdx::{Expression, LicenseReq, ParseMode};

use super::bans::Licenses;
use super::graph::Package;
use super::{Facts, Problem};

pub(super) fn allowed(facts: &Facts) -> Vec<Problem> {
    let licences = &facts.policy.licenses;
    let packages = facts.graph.packages.iter();
    packages
        .filter_map(|package| refuse(package, &allowed_for(&package.name, licences)))
        .collect()
}

/// What everything may have, and what this package may have besides.
fn allowed_for<'l>(name: &str, licences: &'l Licenses) -> BTreeSet<&'l str> {
    let own = licences
        .exceptions
        .iter()
        .filter(|exception| exception.name == name);
    let own = own.flat_map(|exception| &exception.allow);
    licences.allow.iter().chain(own).map(String::as_str).collect()
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
    fn an_exception_is_for_one_package_alone() {
        let policy = r#"allow = ["MIT"]
            exceptions = [{ crate = "one", allow = ["MPL-2.0"] }]"#;
        let licences: Licenses = toml::from_str(policy).unwrap();
        let verdict = |name| {
            let package = Package::sample(name, Some("MPL-2.0"), None);
            refuse(&package, &allowed_for(name, &licences))
        };
        assert_eq!(verdict("one"), None);
        assert!(verdict("other").is_some());
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
