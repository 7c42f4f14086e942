// What an app's developer writes first, checked against the types in the installed package.
/// <reference types="capacitor-airlock" />
import type { PluginsConfig } from '@capacitor/cli';
import { Airlock, type AirlockErrorCode, isAirlockError, type SyncResult } from 'capacitor-airlock';

export async function update(): Promise<SyncResult['result'] | AirlockErrorCode> {
  await Airlock.addListener('updateFailed', ({ bundle, reason }) => console.warn(bundle.version, reason));
  await Airlock.notifyAppReady();
  try {
    return (await Airlock.sync()).result;
  } catch (error) {
    if (isAirlockError(error)) return error.code;
    throw error;
  }
}

// @ts-expect-error without the package's types this would be taken for anything
export const wrong: PluginsConfig = { Airlock: { autoUpdate: 'sometimes' } };
