//! The API as the iOS plugin class declares it.

use super::scan::{after, between, literal, word};
use super::{Names, Problem, Side, SourceFile, below, differences};

const SOURCES: &str = "ios/Sources/";
const CLASS: &str = "CAPBridgedPlugin {";

pub(super) fn side(files: &[SourceFile]) -> Option<Side> {
    let sources = below(files, SOURCES, ".swift");
    let class = sources.iter().find(|file| file.text.contains(CLASS))?;
    Some(Side {
        place: class.path.clone(),
        plugin: after(&class.text, "let jsName =").find_map(literal)?,
        methods: listed(&class.text),
        events: sources.iter().flat_map(|file| events(&file.text)).collect(),
        codes: sources.iter().flat_map(|file| codes(&file.text)).collect(),
    })
}

/// Capacitor calls a listed method by its selector: without the `@objc func` of that name the app crashes.
pub(super) fn undeclared(files: &[SourceFile]) -> Vec<Problem> {
    let sources = below(files, SOURCES, ".swift");
    let Some(class) = sources.into_iter().find(|file| file.text.contains(CLASS)) else {
        return Vec::new();
    };
    let functions = functions(&class.text);
    differences(
        &class.path,
        "@objc func",
        &listed(&class.text),
        &functions,
        "pluginMethods",
    )
}

/// `CAPPluginMethod(name: "sync", …)`.
fn listed(text: &str) -> Names {
    after(text, "CAPPluginMethod(name:").filter_map(literal).collect()
}

/// `@objc func sync(_ call: CAPPluginCall)`.
fn functions(text: &str) -> Names {
    after(text, "@objc func ")
        .filter(|rest| {
            rest.split_once('(')
                .is_some_and(|(_, parameters)| parameters.starts_with("_ call: CAPPluginCall)"))
        })
        .filter_map(word)
        .collect()
}

/// `return ("set", […])`: the name under which each event of the facade is told.
fn events(text: &str) -> Names {
    let naming = between(text, "extension AirlockEvent {", "\n}");
    after(naming, "return (").filter_map(literal).collect()
}

/// `code: "usage"`, where a rejection is made here and not in Rust.
fn codes(text: &str) -> Names {
    after(text, "code:").filter_map(literal).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::file;
    use super::*;

    const PLUGIN: &str = r#"
public class AirlockPlugin: CAPPlugin, CAPBridgedPlugin {
    public let jsName = "Airlock"
    public let pluginMethods: [CAPPluginMethod] = [
        CAPPluginMethod(name: "sync", returnType: CAPPluginReturnPromise),
        CAPPluginMethod(name: "set", returnType: CAPPluginReturnPromise),
    ]
    @objc func sync(_ call: CAPPluginCall) { perform(.sync, call) }
    @objc func set(_ call: CAPPluginCall) { perform(.set, call) }
    @objc func appMoved() {}
}
"#;
    const CORE: &str = r#"
extension AirlockEvent {
    var named: (String, Payload) {
        case .set(let bundle): return ("set", ["bundle": bundle.payload])
        case .appReady(let bundle): return ("appReady", ["bundle": bundle.payload])
    }
}
let other = ("not", 1)
self.init(code: "usage", message: message)
"#;

    fn files(plugin: &str) -> [SourceFile; 2] {
        [
            file("ios/Sources/AirlockPlugin/AirlockPlugin.swift", plugin),
            file("ios/Sources/AirlockCore/Core.swift", CORE),
        ]
    }

    #[test]
    fn methods_events_and_codes_are_read() {
        let side = side(&files(PLUGIN)).unwrap();
        assert_eq!(side.plugin, "Airlock");
        assert_eq!(side.methods.iter().collect::<Vec<_>>(), ["set", "sync"]);
        assert_eq!(side.events.iter().collect::<Vec<_>>(), ["appReady", "set"]);
        assert_eq!(side.codes.iter().collect::<Vec<_>>(), ["usage"]);
        assert_eq!(super::side(&files("class Other {}")), None);
    }

    #[test]
    fn a_listed_method_needs_its_function_and_a_function_its_entry() {
        assert_eq!(undeclared(&files(PLUGIN)), []);
        let renamed = PLUGIN.replace("@objc func set(", "@objc func place(");
        assert_eq!(undeclared(&files(&renamed)).len(), 2);
        let unlisted = PLUGIN.replace(
            "CAPPluginMethod(name: \"set\", returnType: CAPPluginReturnPromise),",
            "",
        );
        assert_eq!(undeclared(&files(&unlisted)).len(), 1);
    }
}
