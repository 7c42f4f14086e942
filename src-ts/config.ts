/// <reference types="@capacitor/cli" />

declare module '@capacitor/cli' {
  export interface PluginsConfig {
    /**
     * What an app writes under `plugins.Airlock` in its capacitor.config.
     *
     * @since 0.1.0
     */
    Airlock?: AirlockConfig;
  }
}

/**
 * The configuration of Airlock. `airlock init` prints one that fits the repository it made.
 *
 * @example
 * const config: CapacitorConfig = {
 *   appId: 'com.example.app',
 *   plugins: {
 *     Airlock: {
 *       updateUrl: 'https://updates.example.com/app',
 *       channel: 'stable',
 *       publicKey: '-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n',
 *     },
 *   },
 * };
 *
 * @since 0.1.0
 */
export interface AirlockConfig {
  /**
   * Where the repository is. HTTPS only, redirects included. Without it nothing is fetched.
   *
   * @since 0.1.0
   */
  updateUrl?: string;

  /**
   * What the servers speak, and how `publicKey` is used. With `'capgo'` this version takes archives by `download()`
   * and asks no server.
   *
   * @default 'airlock', or 'capgo' where the configuration is read from `plugins.CapacitorUpdater`
   * @since 0.1.0
   */
  updateProtocol?: 'airlock' | 'capgo';

  /**
   * The line of releases this app follows.
   *
   * @default 'stable'
   * @since 0.1.0
   */
  channel?: string;

  /**
   * The key or keys that the repository's first root must be signed by: PEM, one string may hold several. Without a
   * key there is no remote update; with one, no server can switch verification off. With `updateProtocol: 'capgo'`
   * it is the one RSA key (`RSA PUBLIC KEY`, 2048 bits) that `capgo key create` made.
   *
   * @since 0.1.0
   */
  publicKey?: string | string[];

  /**
   * How many of the keys must have signed.
   *
   * @default 1
   * @since 0.1.0
   */
  keyThreshold?: number;

  /**
   * Accept updates without any signature where no `publicKey` is configured. Whoever controls the server then
   * controls the app.
   *
   * @default false
   * @since 0.1.0
   */
  allowUnsigned?: boolean;

  /**
   * When updates are fetched and activated without the app asking:
   *
   * - `true`, `'atBackground'`: fetched at launch and in the foreground, activated when the app leaves it
   * - `'always'`, `'onLaunch'`, `'atInstall'`: fetched and activated at once
   * - `'onlyDownload'`: fetched and kept; the app activates it with `next()` or `set()`. `sync()` keeps to this too
   * - `false`, `'off'`: never; the app calls `sync()`
   *
   * @default true
   * @since 0.1.0
   */
  autoUpdate?: boolean | 'off' | 'atBackground' | 'atInstall' | 'onLaunch' | 'always' | 'onlyDownload';

  /**
   * Foreground time, in milliseconds, that a bundle on trial has to call `notifyAppReady()`. At least 1000.
   *
   * @default 10000
   * @since 0.1.0
   */
  appReadyTimeout?: number;

  /**
   * The longest wait for an answer and the longest pause within one. Below 1000 in seconds, from 1000 up in
   * milliseconds.
   *
   * @default 20
   * @since 0.1.0
   */
  responseTimeout?: number;

  /**
   * Delete a bundle that failed its trial.
   *
   * @default true
   * @since 0.1.0
   */
  autoDeleteFailed?: boolean;

  /**
   * Delete the previous bundle once its successor is confirmed. When `false` it stays as a fallback of the fallback
   * while there is room: beside the embedded one there are never more than three bundles.
   *
   * @default true
   * @since 0.1.0
   */
  autoDeletePrevious?: boolean;

  /**
   * Go back to the embedded bundle when the native app was updated. When `false`, only bundles that the new native
   * app outdates are dropped.
   *
   * @default true
   * @since 0.1.0
   */
  resetWhenUpdate?: boolean;

  /**
   * Refuse a `download()` whose checksum is missing, MD5 or SHA-1, before anything is downloaded.
   *
   * @default false
   * @since 0.1.0
   */
  strictVerification?: boolean;

  /**
   * How much of a bundle is checked at each launch: every byte, or names and sizes. A bundle is checked in full
   * before its first launch and before a fall-back to it, whatever is set here.
   *
   * @default 'full'
   * @since 0.1.0
   */
  verifyOnLaunch?: 'full' | 'quick';

  /**
   * The version of the embedded bundle, where it carries no checksum.json that says it.
   *
   * @since 0.1.0
   */
  version?: string;

  /**
   * The app that releases must be signed for.
   *
   * @default the `appId` of the Capacitor configuration
   * @since 0.1.0
   */
  appId?: string;

  /**
   * Allow plain http to this very machine, for development.
   *
   * @default false
   * @since 0.1.0
   */
  allowInsecureLoopback?: boolean;
}
