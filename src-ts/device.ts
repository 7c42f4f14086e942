/**
 * The answer of `getDeviceId()`.
 *
 * @since 0.1.0
 */
export interface DeviceIdResult {
  /**
   * A UUID in lower case: random, and the same until the app's data goes, where Keystore or Keychain keep it longer.
   *
   * @example '0c6b1f5e-9a3d-4f0e-8f57-2b1f0c9d7a11'
   * @since 0.1.0
   */
  deviceId: string;
}

/**
 * What `setCustomId()` takes.
 *
 * @since 0.1.0
 */
export interface CustomIdOptions {
  /**
   * What to call the device: at most 256 bytes of UTF-8 in one line. An empty text ends it.
   *
   * @example 'customer-4711'
   * @since 0.1.0
   */
  customId: string;
}
