import type { BundleInfo } from './definitions.js';
import type { AirlockErrorCode } from './errors.js';

/**
 * Every event of the plugin with its payload.
 *
 * @since 0.1.0
 */
export interface AirlockEvents {
  /**
   * A download makes progress.
   *
   * @since 0.1.0
   */
  download: DownloadEvent;
  /**
   * A new bundle is verified and on the device. It starts next, or with `autoUpdate: 'onlyDownload'` when the app
   * calls `next()` or `set()`.
   *
   * @since 0.1.0
   */
  updateAvailable: BundleEvent;
  /**
   * All bytes of a bundle have arrived.
   *
   * @since 0.1.0
   */
  downloadComplete: BundleEvent;
  /**
   * An update was refused or did not arrive. The running bundle is as it was.
   *
   * @since 0.1.0
   */
  downloadFailed: DownloadFailedEvent;
  /**
   * A bundle on trial failed and was rolled back. Kept until a page listens.
   *
   * @since 0.1.0
   */
  updateFailed: UpdateFailedEvent;
  /**
   * Another bundle was activated. Kept until a page listens.
   *
   * @since 0.1.0
   */
  set: BundleEvent;
  /**
   * The running bundle was confirmed. Kept until a page listens.
   *
   * @since 0.1.0
   */
  appReady: AppReadyEvent;
  /**
   * The web app was restarted with `reload()`. Kept until a page listens.
   *
   * @since 0.1.0
   */
  appReloaded: AppReloadedEvent;
}

/** @since 0.1.0 */
export interface BundleEvent {
  /**
   * The bundle it is about.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
}

/** @since 0.1.0 */
export interface DownloadEvent extends BundleEvent {
  /**
   * A whole number from 0 to 100 that never goes down within one download.
   *
   * @since 0.1.0
   */
  percent: number;
}

/** @since 0.1.0 */
export interface DownloadFailedEvent {
  /**
   * The version that was to be downloaded. Empty when not even that could be learned.
   *
   * @since 0.1.0
   */
  version: string;
  /**
   * The stable code of the reason.
   *
   * @since 0.1.0
   */
  code: AirlockErrorCode;
  /**
   * A sentence that says what to do.
   *
   * @since 0.1.0
   */
  message: string;
}

/** @since 0.1.0 */
export interface UpdateFailedEvent extends BundleEvent {
  /**
   * The stable code: `bundle_failed`.
   *
   * @since 0.1.0
   */
  code: AirlockErrorCode;
  /**
   * Why the trial ended, a sentence for people.
   *
   * @since 0.1.0
   */
  reason: string;
}

/** @since 0.1.0 */
export interface AppReadyEvent extends BundleEvent {
  /**
   * How the launch ended, for people and logs. Do not branch on it: use `bundle.status`.
   *
   * @since 0.1.0
   */
  status: string;
}

/**
 * Carries nothing.
 *
 * @since 0.1.0
 */
export type AppReloadedEvent = Record<string, never>;
