//! Whether an intact bundle is meant for this device.

use super::ChecksumJson;
use crate::{AppId, Error, Incompatible, NativeVersion, Platform, UnixMillis};

/// What a bundle must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The installed app.
    pub app_id: AppId,
    /// The system it runs on.
    pub platform: Platform,
    /// The version of its binary.
    pub native_version: NativeVersion,
    /// The time, read once for the whole check.
    pub now: UnixMillis,
}

impl ChecksumJson {
    /// Checks that the bundle is for `device`.
    ///
    /// # Errors
    /// `incompatible_app`, `incompatible_platform`, `incompatible_native` or `bundle_expired`, in this order.
    pub fn check_device(&self, device: &Device) -> Result<(), Error> {
        if self.fields.app_id != device.app_id {
            let (bundle, device) = (self.fields.app_id.to_string(), device.app_id.to_string());
            return Err(Incompatible::App { bundle, device }.into());
        }
        let platforms = &self.fields.platforms;
        if !platforms.is_empty() && !platforms.contains(&device.platform) {
            return Err(Incompatible::Platform {
                device: device.platform.to_string(),
            }
            .into());
        }
        if let Some(range) = self.fields.native.get(&device.platform)
            && !range.contains(&device.native_version)
        {
            let (range, device) = (range.to_string(), device.native_version.to_string());
            return Err(Incompatible::Native { range, device }.into());
        }
        match self.fields.expires {
            Some(expires) if expires <= device.now => Err(Incompatible::Expired { expires }.into()),
            _ => Ok(()),
        }
    }
}
