/**
 * Names one bundle on the device.
 *
 * @since 0.1.0
 */
export interface BundleId {
  /**
   * The bundle's id: the digest of its tree, or `builtin` for the embedded bundle.
   *
   * @example 'builtin'
   * @since 0.1.0
   */
  id: string;
}

/**
 * What the device knows of one bundle.
 *
 * @since 0.1.0
 */
export interface BundleInfo {
  /**
   * The bundle's id: the digest of its tree, or `builtin` for the embedded bundle.
   *
   * @since 0.1.0
   */
  id: string;
  /**
   * The version for people, as its author wrote it.
   *
   * @since 0.1.0
   */
  version: string;
  /**
   * When it was installed, RFC 3339. Empty for the embedded bundle.
   *
   * @since 0.1.0
   */
  downloaded: string;
  /**
   * The digest of its tree (SHA-256, 64 lower-case hex digits). Empty for the embedded bundle.
   *
   * @since 0.1.0
   */
  checksum: string;
  /**
   * Where it stands.
   *
   * @since 0.1.0
   */
  status: BundleStatus;
  /**
   * The release's number, which only grows. Absent for a bundle without a release.
   *
   * @since 0.1.0
   */
  sequence?: number;
}

/**
 * - `success`: embedded, or confirmed by `notifyAppReady()`
 * - `pending`: on the device, staged or on trial, not yet confirmed
 * - `error`: failed on this device and rolled back
 * - `downloading`: not complete yet
 *
 * @since 0.1.0
 */
export type BundleStatus = 'success' | 'pending' | 'error' | 'downloading';

/**
 * What `notifyAppReady()` answers.
 *
 * @since 0.1.0
 */
export interface AppReadyResult {
  /**
   * The running bundle.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
}

/**
 * What `current()` answers.
 *
 * @since 0.1.0
 */
export interface CurrentBundleResult {
  /**
   * The running bundle.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
  /**
   * The version of the native app. Empty in a browser, where there is none.
   *
   * @since 0.1.0
   */
  native: string;
}

/**
 * What `list()` answers.
 *
 * @since 0.1.0
 */
export interface BundleListResult {
  /**
   * The bundles, the embedded one included.
   *
   * @since 0.1.0
   */
  bundles: BundleInfo[];
}

/**
 * What `getFailedUpdate()` answers after a rollback.
 *
 * @since 0.1.0
 */
export interface FailedUpdateResult {
  /**
   * The bundle that was rolled back.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
}

/**
 * Where `reset()` goes.
 *
 * @since 0.1.0
 */
export interface ResetOptions {
  /**
   * Go back to the last confirmed bundle instead of the embedded one.
   *
   * @default false
   * @example true
   * @since 0.1.0
   */
  toLastSuccessful?: boolean;
}
