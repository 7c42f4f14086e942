//! Swift sources as Swift on Linux takes them: without what is for the Objective-C runtime.

/// Without `@objc`, `@objc(Name)` and `@objcMembers`, members that are optional in Objective-C, and the one date
/// strategy of Capacitor's coders that Linux's Foundation has not.
pub(super) fn removed(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut in_formatted = false;
    for line in source.lines() {
        let text = line.trim_start();
        // `case .formatted(let …)` in a switch, up to the next case.
        in_formatted =
            text.starts_with("case .formatted(let") || (in_formatted && !text.starts_with("case "));
        if in_formatted || line.contains("@objc optional") {
            continue;
        }
        kept.push_str(&without_attributes(line));
        kept.push('\n');
    }
    kept
}

fn without_attributes(line: &str) -> String {
    let mut rest = line;
    let mut kept = String::with_capacity(line.len());
    while let Some((before, after)) = rest.split_once("@objc") {
        kept.push_str(before);
        rest = end_of_attribute(after).trim_start_matches([' ', '\t']);
    }
    kept.push_str(rest);
    kept
}

/// What follows `@objc`: a name in brackets, or the rest of `@objcMembers`.
fn end_of_attribute(after: &str) -> &str {
    if let Some(after) = after.strip_prefix("Members") {
        return after;
    }
    match after.strip_prefix('(').and_then(|name| name.split_once(')')) {
        Some((_, after)) => after,
        None => after,
    }
}

/// Stand-ins as Objective-C on iOS has them: without it, `@objc func f(_ call: CAPPluginCall)` would be refused.
pub(super) fn added(stub: &str) -> String {
    let mut made = String::with_capacity(stub.len());
    for line in stub.lines() {
        let indent = line.len() - line.trim_start().len();
        let (space, text) = line.split_at(indent);
        let is_class = text.starts_with("open class ");
        let is_method = OVERRIDABLE.iter().any(|name| text.starts_with(name));
        made.push_str(space);
        made.push_str(if is_class || is_method { "@objc " } else { "" });
        made.push_str(text);
        made.push('\n');
    }
    made.replace(
        "@_exported import WebKit\n",
        "@_exported import WebKit\n@_exported import ObjectiveC\n",
    )
}

const OVERRIDABLE: &[&str] = &[
    "open func load()",
    "open func addListener(",
    "open func removeAllListeners(",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_go_and_everything_else_stays() {
        let source = "@objc(Name)\n@objcMembers public class A {\n    @objc optional func gone()\n    @objc func stays() {}\n    let mail = \"a@b\"\n}\n";
        assert_eq!(
            removed(source),
            "\npublic class A {\n    func stays() {}\n    let mail = \"a@b\"\n}\n"
        );
    }

    #[test]
    fn the_date_strategy_goes_with_its_body() {
        let source = "switch s {\ncase .iso:\n    a()\ncase .formatted(let f):\n    b(f)\ncase .custom(let c):\n    c()\n}\n";
        assert_eq!(
            removed(source),
            "switch s {\ncase .iso:\n    a()\ncase .custom(let c):\n    c()\n}\n"
        );
    }

    #[test]
    fn stand_ins_become_classes_of_objective_c() {
        assert_eq!(
            added("open class CAPPlugin: NSObject {\n    open func load() {}\n    open func other() {}\n}\n"),
            "@objc open class CAPPlugin: NSObject {\n    @objc open func load() {}\n    open func other() {}\n}\n"
        );
    }
}
