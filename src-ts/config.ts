/// <reference types="@capacitor/cli" />

declare module '@capacitor/cli' {
  export interface PluginsConfig {
    /**
     * What an app writes under `plugins.Airlock` in its capacitor.config. It is part of the native build and cannot be
     * changed over the air. `airlock init` prints one that fits the repository it made.
     *
     * @example
     * /// <reference types="capacitor-airlock" />
     * const config: CapacitorConfig = {
     *   appId: 'com.example.app',
     *   plugins: {
     *     Airlock: {
     *       updateUrl: 'https://updates.example.com/app/',
     *       channel: 'stable',
     *       publicKey: '-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n',
     *     },
     *   },
     * };
     *
     * @since 0.1.0
     */
    Airlock?: {
      /**
       * Where the repository is. HTTPS only, redirects included. Without it nothing is fetched.
       *
       * @default none: nothing is fetched
       * @example "https://updates.example.com/app/"
       * @since 0.1.0
       */
      updateUrl?: string;

      /**
       * Other places of the same repository, asked in this order when the one before fails; eight at most. What is signed
       * is checked the same from everywhere.
       *
       * @default []
       * @example ["https://mirror.example.com/app/"]
       * @since 0.1.0
       */
      mirrors?: string[];

      /**
       * What the servers speak, and how `publicKey` is used. `'capgo'`, `'vicius'` and `'checksum-json'` are servers of
       * other updaters; see docs/protocol.md.
       *
       * @default 'airlock'; 'capgo' when read from plugins.CapacitorUpdater
       * @example "airlock"
       * @since 0.1.0
       */
      updateProtocol?: 'airlock' | 'capgo' | 'vicius' | 'checksum-json';

      /**
       * The line of releases this app follows.
       *
       * @default defaultChannel, else 'stable'
       * @example "stable"
       * @since 0.1.0
       */
      channel?: string;

      /**
       * The same as `channel`, under the peer's name. `channel` wins where both are written.
       *
       * @default none
       * @example "stable"
       * @since 0.1.0
       */
      defaultChannel?: string;

      /**
       * Whether the app may choose another channel while it runs (`setChannel()`). When `false`, a choice that was made before
       * counts no more.
       *
       * @default true
       * @example true
       * @since 0.1.0
       */
      allowSetDefaultChannel?: boolean;

      /**
       * Where a server of the peer's (`updateProtocol: 'capgo'`) is asked about channels. HTTPS only, no redirects.
       *
       * @default none: nobody is asked, and no channel can be chosen
       * @example "https://updates.example.com/channel_self"
       * @since 0.1.0
       */
      channelUrl?: string;

      /**
       * Keep what `setCustomId()` said until it is called again. Otherwise it counts until the app ends.
       *
       * @default false
       * @example true
       * @since 0.1.0
       */
      persistCustomId?: boolean;

      /**
       * Who is told, in the words of the peer's statistics, what updates do on the device: with each `sync()`, `getLatest()` and
       * what `autoUpdate` does. HTTPS only, no redirects. The device's id and what `setCustomId()` said go along. Without it, or
       * with `''`, nothing is noted and nothing is sent. See docs/feeds.md.
       *
       * @default none: nobody is told anything
       * @example "https://updates.example.com/stats"
       * @since 0.1.0
       */
      statsUrl?: string;

      /**
       * The key or keys that the repository's first root must be signed by: PEM, where one string may hold several.
       * Without a key there is no remote update; with one, no server can switch verification off. A key that cannot be
       * read is an error, never "none". With `updateProtocol: 'capgo'` it is the one RSA key that `capgo key create`
       * made.
       *
       * @default none: no remote update
       * @example "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n"
       * @since 0.1.0
       */
      publicKey?: string | string[];

      /**
       * How many of the keys must have signed the first root.
       *
       * @default 1
       * @example 1
       * @since 0.1.0
       */
      keyThreshold?: number;

      /**
       * Accept updates without any signature where no `publicKey` is configured. Whoever controls the server then
       * controls the app.
       *
       * @default false
       * @example false
       * @since 0.1.0
       */
      allowUnsigned?: boolean;

      /**
       * When updates are fetched and activated without the app asking. `true`, `'atBackground'`: fetched at launch and in
       * the foreground, activated when the app leaves it; `'always'`, `'onLaunch'`, `'atInstall'`: fetched and activated
       * at once; `'onlyDownload'`: fetched and kept, the app activates it with `next()` or `set()`, and `sync()` keeps to
       * this too; `false`, `'off'`: never, the app calls `sync()`.
       *
       * @default true
       * @example "atBackground"
       * @since 0.1.0
       */
      autoUpdate?: boolean | 'off' | 'atBackground' | 'atInstall' | 'onLaunch' | 'always' | 'onlyDownload';

      /**
       * Foreground time, in milliseconds, that a bundle on trial has to call `notifyAppReady()`. At least 1000.
       *
       * @default 10000 (10 s)
       * @example 10000
       * @since 0.1.0
       */
      appReadyTimeout?: number;

      /**
       * The longest wait for an answer and the longest pause within one. Below 1000 in seconds, from 1000 up in
       * milliseconds.
       *
       * @default 20 (20 s)
       * @example 20
       * @since 0.1.0
       */
      responseTimeout?: number;

      /**
       * Delete a bundle that failed its trial.
       *
       * @default true
       * @example true
       * @since 0.1.0
       */
      autoDeleteFailed?: boolean;

      /**
       * Delete the previous bundle once its successor is confirmed. When `false` it stays as a fallback of the fallback
       * while there is room: beside the embedded one there are never more than three bundles.
       *
       * @default true
       * @example true
       * @since 0.1.0
       */
      autoDeletePrevious?: boolean;

      /**
       * Go back to the embedded bundle when the native app was updated. When `false`, only bundles that the new native app
       * outdates are dropped.
       *
       * @default true
       * @example true
       * @since 0.1.0
       */
      resetWhenUpdate?: boolean;

      /**
       * Refuse a `download()` whose checksum is missing, MD5 or SHA-1, before anything is downloaded; otherwise they warn.
       * A signed release has its SHA-256 and needs none.
       *
       * @default false
       * @example true
       * @since 0.1.0
       */
      strictVerification?: boolean;

      /**
       * How much of a bundle is checked at each launch: every byte, or names and sizes. A bundle is checked in full before
       * its first launch and before a fall-back to it, whatever is set here.
       *
       * @default 'full'
       * @example "full"
       * @since 0.1.0
       */
      verifyOnLaunch?: 'full' | 'quick';

      /**
       * The version of the embedded bundle, where it carries no checksum.json that says it.
       *
       * @default the native version
       * @example "1.0.0"
       * @since 0.1.0
       */
      version?: string;

      /**
       * The app that releases must be signed for.
       *
       * @default the appId of the Capacitor configuration
       * @example "com.example.app"
       * @since 0.1.0
       */
      appId?: string;

      /**
       * Allow plain http to this very machine, for development.
       *
       * @default false
       * @example false
       * @since 0.1.0
       */
      allowInsecureLoopback?: boolean;

      /**
       * A client certificate for the server of `updateUrl`, where that demands one (mutual TLS); no other server is shown
       * it. On phones `alias` names a key in Keystore or Keychain, which never leaves it; on the desktop host
       * (`airlock device`) `certificate` and `key` are PEM files beside the configuration.
       *
       * @default none
       * @example { alias: "device" }
       * @since 0.1.0
       */
      clientIdentity?: { alias?: string; certificate?: string; key?: string };

      /**
       * The keys of the servers, on top of what the system says of them: `sha256/` and the base64 SHA-256 of a public key, or
       * the hex SHA-256 fingerprint of a certificate. One that fits is enough: the server's own, or one above it that the
       * server sends and that vouches for it. Two at least, of keys kept apart: with one that no longer fits, the app can be
       * updated in the store alone.
       *
       * @default none: whom the system trusts is trusted
       * @example ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="]
       * @since 0.1.0
       */
      pinnedCertificates?: string[];

      /**
       * Headers for the servers of `updateUrl` and `mirrors`; no other server gets them, by a redirect neither. At most 16.
       * Those that Airlock sets itself (`Host`, `Range`, `Authorization` and the like) are refused.
       *
       * @default none
       * @example { "X-Api-Key": "3f9c" }
       * @since 0.1.0
       */
      requestHeaders?: Record<string, string>;

      /**
       * Sign each request to the servers of `updateUrl` and `mirrors`, so that they can tell who asks and that it is asked
       * once. The key is handed over by `setRequestKey()`; on the desktop host (`airlock device`) `keyFile` is a file beside the
       * configuration.
       *
       * @default none: requests are not signed
       * @example { algorithm: "HMAC-SHA256", keyId: "app-1" }
       * @since 0.1.0
       */
      requestSignature?: { algorithm: 'HMAC-SHA256' | 'Ed25519'; keyId: string; keyFile?: string };

      /**
       * By whom requests are passed on: `http://host:port`, or `none` for nobody. HTTPS goes through it unread. Servers on this
       * very machine are asked directly.
       *
       * @default the one that the environment of the process names (`HTTPS_PROXY`), which phones do not have
       * @example "http://proxy.example.com:3128"
       * @since 0.1.0
       */
      proxy?: string;

      /**
       * Fetch bundles neither over a metered connection nor while the battery is low or being saved: `sync()` and what
       * happens by itself answer `postponed` then, and the next one tries again. A release published as mandatory does not
       * wait. Asking whether there is something new takes some kilobytes and goes over any connection; so does `download()`,
       * which names what it wants.
       *
       * @default false
       * @example true
       * @since 0.1.0
       */
      wifiOnly?: boolean;

      /**
       * How many seconds after a check the next one is made while the app is in front, as `autoUpdate` says; 0 makes none by
       * time. At least 600. At launch and each time the app comes to the front one is made anyway.
       *
       * @default 0
       * @example 3600
       * @since 0.1.0
       */
      periodCheckDelay?: number;
    };
  }
}

/**
 * The configuration of Airlock, for code that makes one.
 *
 * @since 0.1.0
 */
export type AirlockConfig = NonNullable<import('@capacitor/cli').PluginsConfig['Airlock']>;
