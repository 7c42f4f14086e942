import type { BundleInfo } from './bundle.js';
import type { AirlockErrorCode } from './errors.js';

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
   * - `postponed`: something newer is published and is not fetched now; only with `wifiOnly`, see `reason`
   *
   * @since 0.1.0
   */
  result: 'staged' | 'downloaded' | 'up-to-date' | 'blocked' | 'postponed';
  /**
   * The bundle that arrived, or for `blocked` and `postponed` the one that was offered.
   *
   * @since 0.1.0
   */
  bundle?: BundleInfo;
  /**
   * Bytes received for this update, metadata included.
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
  /**
   * For `postponed`: the connection is metered, or the battery is low or being saved.
   *
   * @since 0.1.0
   */
  reason?: 'metered' | 'low-battery';
}

/**
 * What `triggerUpdateCheck()` answers.
 *
 * @since 0.1.0
 */
export interface TriggerUpdateCheckResult {
  /**
   * - `queued`: an update begins, and nobody has to wait for it
   * - `already_running`: one is under way, and this call adds none
   * - `unavailable`: `autoUpdate` is off, no `updateUrl` is set, or the page is a development server's
   *
   * @since 0.1.0
   */
  status: 'queued' | 'already_running' | 'unavailable';
}

/**
 * Which archive `download()` fetches.
 *
 * @since 0.1.0
 */
export interface DownloadOptions {
  /**
   * Where the archive is. HTTPS only.
   *
   * @example 'https://cdn.example.com/1.4.2.zip'
   * @since 0.1.0
   */
  url: string;
  /**
   * The version for people that the bundle gets.
   *
   * @example '1.4.2'
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
   * @default none: warned of, or refused with `strictVerification`, where no signed release vouches for the archive
   * @example 'SHA256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
   * @since 0.1.0
   */
  checksum?: string;
  /**
   * The session key of an archive encrypted with `capgo bundle encrypt`, as that command (`ivSessionKey`) or an
   * update server of the Capgo protocol (`session_key`) gives it. Needs `updateProtocol: 'capgo'` and a
   * `publicKey`.
   *
   * @default none: the archive is not encrypted
   * @example 'ZmFrZSBpdiBvZiAxNiBi:…'
   * @since 0.1.0
   */
  sessionKey?: string;
}

/**
 * The bundle that `download()` installed: all of `BundleInfo`, and what there is to say about it.
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
