//! What the platform tells once, at the start of the process.

use std::path::PathBuf;

use airlock_engine::Config;
use airlock_protocol::NativeVersion;
use serde_json::Value;

use crate::error::AirlockError;

/// What the platform tells. Nothing in it makes the app fail to start: what cannot be read is named in
/// [`crate::Airlock::warnings`], and the app runs what is on the device.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Setup {
    /// The store's directory, made when it is first needed: private to the app, left out of backups.
    pub state_dir: String,
    /// Where the embedded bundle lies.
    pub embedded: EmbeddedSource,
    /// The whole capacitor.config.json as the platform holds it, or the plugin's section of it.
    pub config_json: String,
    /// The system the app runs on.
    pub platform: Platform,
    /// The native app's version, such as `1.4.0`. `None` keeps the one that was last told.
    #[uniffi(default = None)]
    pub native_version: Option<String>,
    /// The app's id, for a configuration that names none.
    #[uniffi(default = None)]
    pub app_id: Option<String>,
}

/// Where the embedded bundle lies.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum EmbeddedSource {
    /// In a directory (iOS, desktops).
    Directory {
        /// The one that holds `index.html`.
        path: String,
    },
    /// In the installed APK files, as the entries below `assets/public/` (Android).
    Apk {
        /// The base APK first, then the splits.
        paths: Vec<String>,
    },
}

/// The system an app runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Platform {
    /// Android.
    Android,
    /// iOS.
    Ios,
}

impl From<Platform> for airlock_protocol::Platform {
    fn from(platform: Platform) -> Self {
        match platform {
            Platform::Android => Self::Android,
            Platform::Ios => Self::Ios,
        }
    }
}

impl From<EmbeddedSource> for airlock_engine::EmbeddedSource {
    fn from(source: EmbeddedSource) -> Self {
        match source {
            EmbeddedSource::Directory { path } => Self::Directory(path.into()),
            EmbeddedSource::Apk { paths } => Self::Apk(paths.into_iter().map(PathBuf::from).collect()),
        }
    }
}

/// What was understood of a [`Setup`].
pub(crate) struct Understood {
    /// The configuration, or one that fetches nothing.
    pub(crate) config: Config,
    /// Why the configuration could not be read; whatever needs it fails with this.
    pub(crate) unusable: Option<AirlockError>,
    /// `None` where none was told, or none that is a version.
    pub(crate) native_version: Option<NativeVersion>,
    /// For the log.
    pub(crate) warnings: Vec<String>,
}

/// Reads the parts of a setup that can be wrong. Errors: `internal` when not even a configuration without
/// updates can be made.
pub(crate) fn understand(setup: &Setup) -> Result<Understood, AirlockError> {
    let mut warnings = Vec::new();
    let read = Config::parse(with_app_id(&setup.config_json, setup.app_id.as_deref()).as_bytes());
    let (config, unusable) = match read {
        Ok(config) => (config, None),
        Err(error) => {
            warnings.push(format!("{error}; the app runs without updates"));
            (Config::offline()?, Some(AirlockError::from(error)))
        }
    };
    warnings.extend(config.warnings().into_iter().map(str::to_owned));
    let native_version = setup.native_version.as_deref().and_then(|text| {
        text.parse()
            .inspect_err(|error| warnings.push(format!("the native app's version: {error}")))
            .ok()
    });
    Ok(Understood {
        config,
        unusable,
        native_version,
        warnings,
    })
}

/// The configuration with the platform's app id where it has none of its own.
fn with_app_id(json: &str, app_id: Option<&str>) -> String {
    let (Some(app_id), Ok(Value::Object(mut fields))) = (app_id, serde_json::from_str(json)) else {
        return json.to_owned();
    };
    fields.entry("appId").or_insert_with(|| app_id.into());
    Value::Object(fields).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(config_json: &str, native_version: Option<&str>, app_id: Option<&str>) -> Setup {
        Setup {
            state_dir: "/nowhere".to_owned(),
            embedded: EmbeddedSource::Directory {
                path: "/nowhere".to_owned(),
            },
            config_json: config_json.to_owned(),
            platform: Platform::Android,
            native_version: native_version.map(str::to_owned),
            app_id: app_id.map(str::to_owned),
        }
    }

    #[test]
    fn the_platforms_app_id_fills_in_and_never_overrides() {
        let app = |json, id| {
            let understood = understand(&setup(json, None, id)).unwrap();
            understood.config.app_id.to_string()
        };
        assert_eq!(app(r#"{"appId":"a.b"}"#, Some("c.d")), "a.b");
        assert_eq!(app(r#"{"plugins":{"Airlock":{}}}"#, Some("c.d")), "c.d");
        let none = understand(&setup(r#"{"plugins":{"Airlock":{}}}"#, None, None)).unwrap();
        assert!(none.unusable.is_some());
    }

    #[test]
    fn what_cannot_be_read_is_named_and_stops_no_start() {
        let good = understand(&setup(r#"{"appId":"a.b"}"#, Some("1.4.0"), None)).unwrap();
        assert!(good.warnings.is_empty() && good.unusable.is_none() && good.native_version.is_some());
        let bad = understand(&setup("nonsense", Some("one point four"), Some("a.b"))).unwrap();
        assert_eq!(bad.warnings.len(), 2, "{:?}", bad.warnings);
        let Some(AirlockError::Failed { code, .. }) = bad.unusable else {
            panic!("nothing wrong with nonsense?");
        };
        assert_eq!((code.as_str(), bad.native_version), ("config_invalid", None));
    }
}
