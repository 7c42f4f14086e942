import { registerPlugin } from '@capacitor/core';

import type { AirlockPlugin } from './definitions.js';
import { confirmsWithLaunchToken, type NativeAirlockPlugin } from './launch-token.js';

/**
 * The plugin. On Android and iOS its calls go to the native side; in a browser see web.ts.
 *
 * @since 0.1.0
 */
export const Airlock: AirlockPlugin = confirmsWithLaunchToken(
  registerPlugin<NativeAirlockPlugin>('Airlock', {
    web: async () => new (await import('./web.js')).AirlockWeb(),
  }),
);

export type * from './bundle.js';
export type * from './channels.js';
export type * from './config.js';
export type * from './definitions.js';
export type * from './delay.js';
export type * from './device.js';
export type * from './events.js';
export type * from './failures.js';
export type * from './request.js';
export type * from './update.js';
export * from './errors.js';
