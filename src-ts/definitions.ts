import type { PluginListenerHandle } from '@capacitor/core';

import type { DelayConditionsResult, SetMultiDelayOptions } from './delay.js';
import type { AirlockErrorCode } from './errors.js';
import type { AirlockEvents } from './events.js';

/**
 * Over-the-air updates of the app's web bundle.
 *
 * A _bundle_ is a tree of web files. A downloaded bundle first runs _on trial_: it becomes the new fallback when its
 * page calls `notifyAppReady()`, and is rolled back when it crashes or stays silent. The _embedded_ bundle is the one
 * inside the app binary; its id is `builtin`.
 *
 * Every rejection carries a stable `code`, see `AirlockErrorCode`. "No update" is a result, not a rejection.
 *
 * @since 0.1.0
 */
export interface AirlockPlugin {
  /**
   * Confirm that the running bundle works. Call it at each start, once the app can be used.
   *
   * Only the page of the current launch can confirm its bundle: the call carries the launch token that the native
   * side gave to this page. Without a call within `appReadyTimeout` a bundle on trial is rolled back; a bundle that
   * was confirmed before is unaffected.
   *
   * @example
   * await renderApp();
   * await Airlock.notifyAppReady();
   *
   * @since 0.1.0
   */
  notifyAppReady(): Promise<AppReadyResult>;

  /**
   * The running bundle and the version of the native app around it.
   *
   * @since 0.1.0
   */
  current(): Promise<CurrentBundleResult>;

  /**
   * Ask the repository for the newest release this device may run, without downloading it.
   *
   * Rejects with `download_failed`, `response_unusable`, `signature_invalid`, `metadata_invalid` or
   * `metadata_expired` when the answer cannot be had or cannot be trusted.
   *
   * @since 0.1.0
   */
  getLatest(): Promise<LatestVersion>;

  /**
   * Check for an update, download it, verify it and stage it: it starts at the next launch, or when the app goes to
   * the background, or with `reload()`. With `autoUpdate: 'onlyDownload'` it is not staged: call `next()` or `set()`.
   * Whatever is refused leaves the running bundle as it was.
   *
   * @example
   * const { result, bundle } = await Airlock.sync();
   * if (result === 'staged') console.log(`${bundle?.version} starts next time`);
   *
   * @since 0.1.0
   */
  sync(): Promise<SyncResult>;

  /**
   * Download and verify one archive without activating it. Use `next()` or `set()` to run it.
   *
   * What counts as proof is settled by the configuration, never by the call:
   *
   * - a `publicKey`: the archive of a release that the repository has signed; `url` is a mirror
   * - a `publicKey` and `updateProtocol: 'capgo'`: an archive that the holder of the key has encrypted with
   *   `capgo bundle encrypt`; `checksum` and `sessionKey` are both needed
   * - `allowUnsigned`: the `checksum`, or nothing at all
   *
   * Rejects with `checksum_mismatch` for other bytes, and with `strictVerification` before anything is downloaded
   * where the checksum is missing, MD5 or SHA-1; with `signature_missing` or `signature_invalid` when nobody who
   * holds the key vouches for the archive; and as `sync()`.
   *
   * @example
   * const bundle = await Airlock.download({ url: 'https://example.com/1.4.2.zip', version: '1.4.2' });
   * await Airlock.next({ id: bundle.id });
   *
   * @since 0.1.0
   */
  download(options: DownloadOptions): Promise<DownloadResult>;

  /**
   * Stage a downloaded bundle: it starts at the next launch, when the app goes to the background, or with `reload()`.
   * Rejects with `bundle_unknown`, or `bundle_failed` for one that failed on this device.
   *
   * @since 0.1.0
   */
  next(options: BundleId): Promise<BundleInfo>;

  /**
   * Start a downloaded bundle now. This page ends, so nothing after the call runs. Rejects with `bundle_unknown`,
   * or `bundle_failed` for one that failed on this device.
   *
   * @since 0.1.0
   */
  set(options: BundleId): Promise<void>;

  /**
   * Restart the web app now, with the staged bundle if there is one, whatever its delay conditions say. This page
   * ends.
   *
   * @since 0.1.0
   */
  reload(): Promise<void>;

  /**
   * Go back to the embedded bundle, or to the last confirmed one, and restart. This page ends.
   *
   * @since 0.1.0
   */
  reset(options?: ResetOptions): Promise<void>;

  /**
   * The bundles on this device, the embedded one included.
   *
   * @since 0.1.0
   */
  list(): Promise<BundleListResult>;

  /**
   * Remove a downloaded bundle from the device. Rejects with `bundle_in_use` for the embedded, the running, the
   * staged and the fallback bundle, and with `bundle_unknown` for an id that is not on the device.
   *
   * @since 0.1.0
   */
  delete(options: BundleId): Promise<void>;

  /**
   * The staged bundle, or `null`.
   *
   * @since 0.1.0
   */
  getNextBundle(): Promise<BundleInfo | null>;

  /**
   * The bundle that was rolled back last, or `null`. Each rollback is reported once: reading it clears it.
   *
   * @since 0.1.0
   */
  getFailedUpdate(): Promise<FailedUpdateResult | null>;

  /**
   * Say what must be true before the staged bundle is applied by itself. Each condition has to be met once, at its
   * own time, and all of them before the bundle starts at a launch, when the app goes to the background, or as soon as
   * it was staged. `reload()` and `set()` are your own decision and wait for nothing.
   *
   * The conditions replace those set before, and stay until they are met, cancelled, or the bundle that set them is
   * rolled back, reset or replaced by a native update. At most 8. Rejects with `usage` for a condition that makes no
   * sense; the old ones stay then.
   *
   * @example
   * // Not before the user has been away for five minutes.
   * await Airlock.setMultiDelay({ delayConditions: [{ kind: 'background', value: '300000' }] });
   *
   * @since 0.1.0
   */
  setMultiDelay(options: SetMultiDelayOptions): Promise<void>;

  /**
   * Wait for nothing any more: the staged bundle starts at the next launch or when the app goes to the background.
   *
   * @since 0.1.0
   */
  cancelDelay(): Promise<void>;

  /**
   * The conditions that are not met yet. An empty list holds nothing back.
   *
   * @since 0.1.0
   */
  getDelayConditions(): Promise<DelayConditionsResult>;

  /**
   * Listen to one of the events in `AirlockEvents`. The events `updateFailed`, `set`, `appReady` and
   * `appReloaded` are kept for the first listener that comes.
   *
   * @example
   * await Airlock.addListener('download', ({ percent }) => showProgress(percent));
   *
   * @since 0.1.0
   */
  addListener<Name extends keyof AirlockEvents>(
    eventName: Name,
    listener: (event: AirlockEvents[Name]) => void,
  ): Promise<PluginListenerHandle>;

  /**
   * Remove every listener of this page.
   *
   * @since 0.1.0
   */
  removeAllListeners(): Promise<void>;
}

/**
 * Names one bundle on the device.
 *
 * @since 0.1.0
 */
export interface BundleId {
  /**
   * The bundle's id: the digest of its tree, or `builtin` for the embedded bundle.
   *
   * @since 0.1.0
   */
  id: string;
}

/**
 * What the device knows of one bundle.
 *
 * @since 0.1.0
 */
export interface BundleInfo extends BundleId {
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

/** @since 0.1.0 */
export interface AppReadyResult {
  /**
   * The running bundle.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
}

/** @since 0.1.0 */
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

/** @since 0.1.0 */
export interface BundleListResult {
  /**
   * The bundles, the embedded one included.
   *
   * @since 0.1.0
   */
  bundles: BundleInfo[];
}

/** @since 0.1.0 */
export interface FailedUpdateResult {
  /**
   * The bundle that was rolled back.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
}

/**
 * What the repository offers this device.
 *
 * @since 0.1.0
 */
export interface LatestVersion {
  /**
   * The version of the newest release for this device.
   *
   * @since 0.1.0
   */
  version: string;
  /**
   * Why there is nothing to install. Absent when there is something.
   *
   * @since 0.1.0
   */
  kind?: 'up_to_date' | 'blocked';
  /**
   * The release's number, which only grows.
   *
   * @since 0.1.0
   */
  sequence?: number;
  /**
   * The digest of the release's tree, which is the id of its bundle.
   *
   * @since 0.1.0
   */
  checksum?: string;
  /**
   * For `blocked`: the reason in one word, a stable code unless the update server has its own.
   *
   * @since 0.1.0
   */
  error?: string;
  /**
   * For `blocked`: a sentence that says what to do.
   *
   * @since 0.1.0
   */
  message?: string;
}

/**
 * What `sync()` did.
 *
 * @since 0.1.0
 */
export interface SyncResult {
  /**
   * - `staged`: a new bundle is on the device, verified, and starts next
   * - `downloaded`: a new bundle is on the device, verified, and starts when you call `next()` or `set()`; only with
   *   `autoUpdate: 'onlyDownload'`
   * - `up-to-date`: nothing newer is published
   * - `blocked`: something newer is published and this device may not run it; see `code` and `message`
   *
   * @since 0.1.0
   */
  result: 'staged' | 'downloaded' | 'up-to-date' | 'blocked';
  /**
   * The bundle that arrived, or for `blocked` the one that was offered.
   *
   * @since 0.1.0
   */
  bundle?: BundleInfo;
  /**
   * Bytes received for this update.
   *
   * @since 0.1.0
   */
  bytesDownloaded: number;
  /**
   * How the bundle got here: `none` when it was on the device already.
   *
   * @since 0.1.0
   */
  route: 'none' | 'patch' | 'files' | 'archive';
  /**
   * For `blocked`: the stable code of the reason.
   *
   * @since 0.1.0
   */
  code?: AirlockErrorCode;
  /**
   * For `blocked`: a sentence that says what to do.
   *
   * @since 0.1.0
   */
  message?: string;
}

/** @since 0.1.0 */
export interface DownloadOptions {
  /**
   * Where the archive is. HTTPS only.
   *
   * @since 0.1.0
   */
  url: string;
  /**
   * The version for people that the bundle gets.
   *
   * @since 0.1.0
   */
  version: string;
  /**
   * What the archive must hash to, checked before the archive is opened: SHA-256 (64 hex digits), SHA-1 (40) or
   * MD5 (32), with or without `SHA256:`, `SHA1:` or `MD5:` before it. SHA-1 and MD5 find accidents and no attacker:
   * they are warned of, and refused with `strictVerification`.
   *
   * With `updateProtocol: 'capgo'` and a `publicKey` it is the signed checksum of 512 hex digits that
   * `capgo bundle encrypt` prints.
   *
   * @since 0.1.0
   */
  checksum?: string;
  /**
   * The session key of an archive encrypted with `capgo bundle encrypt`, as that command (`ivSessionKey`) or an
   * update server of the Capgo protocol (`session_key`) gives it. Needs `updateProtocol: 'capgo'` and a
   * `publicKey`.
   *
   * @since 0.1.0
   */
  sessionKey?: string;
}

/**
 * The bundle that `download()` installed.
 *
 * @since 0.1.0
 */
export interface DownloadResult extends BundleInfo {
  /**
   * What the developer should know about how it was verified, for people. Absent when there is nothing.
   *
   * @since 0.1.0
   */
  warnings?: string[];
}

/** @since 0.1.0 */
export interface ResetOptions {
  /**
   * Go back to the last confirmed bundle instead of the embedded one.
   *
   * @default false
   * @since 0.1.0
   */
  toLastSuccessful?: boolean;
}
