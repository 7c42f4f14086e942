//! The API as TypeScript declares it.

use super::scan::{after, between, literal, word};
use super::{Names, Side, SourceFile, file};

const METHODS: &str = "src-ts/definitions.ts";
const EVENTS: &str = "src-ts/events.ts";
const CODES: &str = "src-ts/errors.ts";
const INDEX: &str = "src-ts/index.ts";
pub(super) const CONFIG: &str = "src-ts/config.ts";

pub(super) fn api(files: &[SourceFile]) -> Option<Side> {
    let text = |path| file(files, path).map(|file| file.text.as_str());
    let codes = between(text(CODES)?, "AIRLOCK_ERROR_CODES = [", "\n]");
    Some(Side {
        place: METHODS.to_owned(),
        plugin: after(text(INDEX)?, "registerPlugin<NativeAirlockPlugin>(").find_map(literal)?,
        methods: members(
            between(text(METHODS)?, "export interface AirlockPlugin {", "\n}"),
            "  ",
        ),
        events: members(
            between(text(EVENTS)?, "export interface AirlockEvents {", "\n}"),
            "  ",
        ),
        codes: codes.lines().filter_map(literal).collect(),
    })
}

/// The keys of `plugins.Airlock`.
pub(super) fn configuration(files: &[SourceFile]) -> Names {
    let text = file(files, CONFIG).map_or("", |file| file.text.as_str());
    members(between(text, "Airlock?: {", "\n    }"), "      ")
}

/// The members of an interface, each at the start of a line with just that indentation.
fn members(body: &str, indent: &str) -> Names {
    let lines = body.lines().filter_map(|line| line.strip_prefix(indent));
    let named = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    named.filter_map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::file;
    use super::*;

    #[test]
    fn methods_events_codes_and_keys_are_read() {
        let files = [
            file(
                METHODS,
                "export interface AirlockPlugin {\n  /**\n   * words\n   */\n  sync(): Promise<void>;\n  addListener<E>(\n    name: E,\n  ): void;\n}\nexport interface Other {\n  not(): void;\n}\n",
            ),
            file(
                EVENTS,
                "export interface AirlockEvents {\n  set: A;\n  appReady: B;\n}\n",
            ),
            file(
                CODES,
                "export const AIRLOCK_ERROR_CODES = [\n  /** It's so. */\n  'usage',\n] as const;\n",
            ),
            file(INDEX, "registerPlugin<NativeAirlockPlugin>('Airlock', {"),
            file(
                CONFIG,
                "    Airlock?: {\n      /** a */\n      channel?: string;\n    };\n  }\n",
            ),
        ];
        let api = api(&files).unwrap();
        assert_eq!(api.plugin, "Airlock");
        assert_eq!(api.methods.iter().collect::<Vec<_>>(), ["addListener", "sync"]);
        assert_eq!(api.events.iter().collect::<Vec<_>>(), ["appReady", "set"]);
        assert_eq!(api.codes.iter().collect::<Vec<_>>(), ["usage"]);
        assert_eq!(configuration(&files).iter().collect::<Vec<_>>(), ["channel"]);
    }
}
