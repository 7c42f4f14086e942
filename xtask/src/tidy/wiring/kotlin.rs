//! The API as the Android plugin class declares it.

use super::scan::{after, literal, word};
use super::{Names, Side, SourceFile, below};

const SOURCES: &str = "android/src/main/";
const ANNOTATION: &str = "@CapacitorPlugin(name =";

pub(super) fn side(files: &[SourceFile]) -> Option<Side> {
    let sources = below(files, SOURCES, ".kt");
    let class = sources.iter().find(|file| file.text.contains(ANNOTATION))?;
    Some(Side {
        place: class.path.clone(),
        plugin: after(&class.text, ANNOTATION).find_map(literal)?,
        methods: methods(&class.text),
        events: sources.iter().flat_map(|file| events(&file.text)).collect(),
        codes: sources.iter().flat_map(|file| codes(&file.text)).collect(),
    })
}

/// `@PluginMethod fun sync(call: PluginCall)`, with or without arguments of the annotation and a line between.
fn methods(text: &str) -> Names {
    let declared = after(text, "@PluginMethod").filter_map(|rest| rest.split_once("fun "));
    declared.filter_map(|(_, rest)| word(rest)).collect()
}

/// `is AirlockEvent.Set -> "set" to …`: the name under which each event of the facade is told.
fn events(text: &str) -> Names {
    let arms = after(text, "is AirlockEvent.").filter_map(|rest| rest.split_once("->"));
    arms.filter_map(|(_, rest)| literal(rest)).collect()
}

/// `const val USAGE = "usage"` of the class that carries a code to JavaScript.
fn codes(text: &str) -> Names {
    if !text.contains("class Rejection") {
        return Names::new();
    }
    let constants = after(text, "const val ").filter_map(|rest| rest.split_once('='));
    constants.filter_map(|(_, rest)| literal(rest)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::file;
    use super::*;

    const CLASS: &str = r#"
        import com.getcapacitor.PluginMethod
        @CapacitorPlugin(name = "Airlock")
        class AirlockPlugin : Plugin() {
            @PluginMethod fun sync(call: PluginCall) = serve(call)

            @PluginMethod(returnType = PluginMethod.RETURN_NONE)
            fun set(call: PluginCall) = serve(call)
        }
    "#;
    const CORE: &str = r#"
        class Rejection(val code: String) { companion object { const val USAGE = "usage" } }
        is AirlockEvent.Set -> "set" to mapOf("bundle" to of(event.bundle))
        is AirlockEvent.AppReady ->
            "appReady" to mapOf("bundle" to of(event.bundle))
    "#;

    #[test]
    fn methods_events_and_codes_are_read_and_a_method_without_its_annotation_is_none() {
        let read = |class: &str| {
            side(&[
                file("android/src/main/java/AirlockPlugin.kt", class),
                file("android/src/main/java/core/Core.kt", CORE),
            ])
            .unwrap()
        };
        let whole = read(CLASS);
        assert_eq!(whole.plugin, "Airlock");
        assert_eq!(whole.methods.iter().collect::<Vec<_>>(), ["set", "sync"]);
        assert_eq!(whole.events.iter().collect::<Vec<_>>(), ["appReady", "set"]);
        assert_eq!(whole.codes.iter().collect::<Vec<_>>(), ["usage"]);
        let lacking = read(&CLASS.replace("@PluginMethod fun sync", "fun sync"));
        assert_eq!(lacking.methods.iter().collect::<Vec<_>>(), ["set"]);
        assert_eq!(side(&[file("android/src/main/java/Other.kt", CORE)]), None);
    }
}
