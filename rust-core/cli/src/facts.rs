//! The options that describe a bundle, shared by `pack` and `publish`.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use airlock_protocol::{AppId, ChecksumFields, NativeRange, Platform, Sequence, UnixMillis};
use clap::Args;

use crate::exit::Failure;

/// What the author says about a bundle.
#[derive(Debug, Clone, Args)]
pub(crate) struct FactsArgs {
    /// The version that people see, for example 1.4.2
    #[arg(long, value_name = "VERSION")]
    version: String,
    /// The platforms it is for, for example android,ios [default: all]
    #[arg(long, value_name = "PLATFORM,…", value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// The native app versions it runs on, for example 'android:>=1.4.0 <2.0.0'; once a platform [default:
    /// all]
    #[arg(long, value_name = "PLATFORM:RANGE")]
    native: Vec<NativeRequirement>,
    /// When devices stop accepting it, for example 2030-01-31T00:00:00Z [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<UnixMillis>,
    #[command(flatten)]
    clock: ClockArgs,
}

/// The time, for runs that must give the same bytes again.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ClockArgs {
    /// Take this as the present time, in milliseconds since 1970, so that a run can be repeated
    #[arg(long, value_name = "UNIX_MS")]
    now: Option<u64>,
}

impl ClockArgs {
    /// The given time, else the system's.
    pub(crate) fn now(self) -> UnixMillis {
        let system = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |passed| passed.as_millis())
        };
        UnixMillis::new(
            self.now
                .unwrap_or_else(|| u64::try_from(system()).unwrap_or(u64::MAX)),
        )
    }
}

impl FactsArgs {
    /// The version that people see.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The present time.
    pub(crate) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    /// The facts of a bundle of this app with this number.
    pub(crate) fn fields(&self, app_id: &AppId, sequence: Sequence) -> Result<ChecksumFields, Failure> {
        let mut native = BTreeMap::new();
        for NativeRequirement { platform, range } in &self.native {
            if native.insert(*platform, range.clone()).is_some() {
                return Err(Failure::usage(format!(
                    "--native is given twice for {platform}: join the ranges with a space"
                )));
            }
        }
        Ok(ChecksumFields {
            app_id: app_id.clone(),
            version: self.version.clone(),
            sequence,
            platforms: self.platforms.clone(),
            native,
            expires: self.expires,
            timestamp: self.now(),
        })
    }
}

/// A platform and the native versions of it that can run the bundle.
#[derive(Debug, Clone)]
struct NativeRequirement {
    platform: Platform,
    range: NativeRange,
}

impl FromStr for NativeRequirement {
    type Err = String;

    fn from_str(text: &str) -> Result<NativeRequirement, String> {
        let (platform, range) = text
            .split_once(':')
            .ok_or("expected a platform, a colon and a range")?;
        Ok(NativeRequirement {
            platform: platform
                .parse()
                .map_err(|error: airlock_protocol::Error| error.to_string())?,
            range: range
                .parse()
                .map_err(|error: airlock_protocol::Error| error.to_string())?,
        })
    }
}
