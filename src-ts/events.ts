import type { BundleInfo } from './bundle.js';
import type { AirlockErrorCode } from './errors.js';
import type { UpdatePhase } from './failures.js';

/**
 * Every event of the plugin with its payload.
 *
 * @since 0.1.0
 */
export interface AirlockEvents {
  /**
   * A download makes progress. At most ten a second, and always the last one, 100 percent.
   *
   * @example
   * await Airlock.addListener('download', ({ percent, bundle }) => showProgress(bundle.version, percent));
   *
   * @since 0.1.0
   */
  download: DownloadEvent;
  /**
   * A new bundle is verified and on the device. It starts next, or with `autoUpdate: 'onlyDownload'` when the app
   * calls `next()` or `set()`.
   *
   * @example
   * await Airlock.addListener('updateAvailable', ({ bundle }) => showHint(`${bundle.version} is here`));
   *
   * @since 0.1.0
   */
  updateAvailable: BundleEvent;
  /**
   * All bytes of a bundle have arrived.
   *
   * @example
   * await Airlock.addListener('downloadComplete', ({ bundle }) => hideProgress(bundle.version));
   *
   * @since 0.1.0
   */
  downloadComplete: BundleEvent;
  /**
   * An update was refused or did not arrive. The running bundle is as it was.
   *
   * @example
   * await Airlock.addListener('downloadFailed', ({ code, reason }) => console.warn(code, reason));
   *
   * @since 0.1.0
   */
  downloadFailed: DownloadFailedEvent;
  /**
   * A bundle on trial failed and was rolled back. Kept until a page listens.
   *
   * @example
   * await Airlock.addListener('updateFailed', ({ bundle, reason }) => console.warn(bundle.version, reason));
   *
   * @since 0.1.0
   */
  updateFailed: UpdateFailedEvent;
  /**
   * Another bundle was activated. Kept until a page listens.
   *
   * @example
   * await Airlock.addListener('set', ({ bundle }) => console.log(`${bundle.version} runs now`));
   *
   * @since 0.1.0
   */
  set: BundleEvent;
  /**
   * The running bundle was confirmed. Kept until a page listens.
   *
   * @example
   * await Airlock.addListener('appReady', ({ bundle }) => console.log(`${bundle.version} is confirmed`));
   *
   * @since 0.1.0
   */
  appReady: AppReadyEvent;
  /**
   * The web app was restarted with `reload()`. Kept until a page listens.
   *
   * @example
   * await Airlock.addListener('appReloaded', () => restoreScrollPosition());
   *
   * @since 0.1.0
   */
  appReloaded: AppReloadedEvent;
}

/**
 * An event about one bundle.
 *
 * @since 0.1.0
 */
export interface BundleEvent {
  /**
   * The bundle it is about.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
}

/**
 * What `download` carries.
 *
 * @since 0.1.0
 */
export interface DownloadEvent {
  /**
   * The bundle it is about.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
  /**
   * A whole number from 0 to 100 that never goes down within one download.
   *
   * @since 0.1.0
   */
  percent: number;
}

/**
 * What `downloadFailed` carries.
 *
 * @since 0.1.0
 */
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
  reason: string;
  /**
   * How often this version failed this way since a sync or download went well, this time included.
   *
   * @since 0.1.0
   */
  attempt: number;
  /**
   * Where it arose.
   *
   * @since 0.1.0
   */
  phase: Exclude<UpdatePhase, 'trial'>;
}

/**
 * What `updateFailed` carries.
 *
 * @since 0.1.0
 */
export interface UpdateFailedEvent {
  /**
   * The bundle it is about.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
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
  /**
   * The bundle's version.
   *
   * @since 0.1.0
   */
  version: string;
  /**
   * How often the bundle was launched.
   *
   * @since 0.1.0
   */
  attempt: number;
  /**
   * Where it arose.
   *
   * @since 0.1.0
   */
  phase: 'trial';
}

/**
 * What `appReady` carries.
 *
 * @since 0.1.0
 */
export interface AppReadyEvent {
  /**
   * The bundle it is about.
   *
   * @since 0.1.0
   */
  bundle: BundleInfo;
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
