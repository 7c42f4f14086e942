import type { AppReadyResult } from './bundle.js';
import type { AirlockPlugin } from './definitions.js';

/** The plugin as the native side implements it: `notifyAppReady` takes the token of the page's launch. */
export interface NativeAirlockPlugin extends Omit<AirlockPlugin, 'notifyAppReady'> {
  notifyAppReady(options?: { token: string | undefined }): Promise<AppReadyResult>;
}

declare global {
  interface Window {
    /**
     * Defined by the native side before any script of the page runs, frozen, one per launch. An outgoing page keeps
     * its own token, so it can never confirm the bundle that comes after it. Absent in a browser. Android's web views
     * from before 2020 can only be given objects with functions.
     */
    readonly AirlockLaunch?: { readonly token: string | (() => string) };
  }
}

/**
 * The plugin for apps: passes everything through, gives `notifyAppReady()` this page's launch token, and answers `null`
 * where the native bridges, which cannot carry it, answer nothing.
 */
export function confirmsWithLaunchToken(plugin: NativeAirlockPlugin): AirlockPlugin {
  const own: Pick<AirlockPlugin, 'notifyAppReady' | 'getNextBundle' | 'getFailedUpdate'> = {
    notifyAppReady: () => plugin.notifyAppReady({ token: launchToken() }),
    getNextBundle: async () => (await plugin.getNextBundle()) ?? null,
    getFailedUpdate: async () => (await plugin.getFailedUpdate()) ?? null,
  };
  // A proxy, because Capacitor's plugin object is one itself: its members cannot be listed and copied.
  return new Proxy(plugin, {
    get: (target, member) =>
      Reflect.get(Object.prototype.hasOwnProperty.call(own, member) ? own : target, member),
  }) as AirlockPlugin;
}

function launchToken(): string | undefined {
  const launch = window.AirlockLaunch;
  // Called as a member: such a function must know its object.
  return typeof launch?.token === 'function' ? launch.token() : launch?.token;
}
