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
  updateUrl?: string;
}
