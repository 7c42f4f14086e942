import { WebPlugin } from '@capacitor/core';

import type {
  AppReadyResult,
  BundleId,
  BundleInfo,
  BundleListResult,
  CurrentBundleResult,
} from './bundle.js';
import type { GetChannelResult, ListChannelsResult, SetChannelResult } from './channels.js';
import type { DelayConditionsResult } from './delay.js';
import type { DeviceIdResult } from './device.js';
import type { AirlockErrorCode } from './errors.js';
import type { FailuresResult } from './failures.js';
import type { NativeAirlockPlugin } from './launch-token.js';
import type { DownloadResult, LatestVersion, SyncResult, TriggerUpdateCheckResult } from './update.js';

/** A web server shows its newest files by itself, so in a browser there is one bundle and its version is unknown. */
const SERVED_BUNDLE: Readonly<BundleInfo> = {
  id: 'builtin',
  version: '',
  downloaded: '',
  checksum: '',
  status: 'success',
};

/**
 * Airlock in a browser: answers what is true there and refuses the rest, so that an app runs unchanged while it is
 * developed. Updates need the native app.
 */
export class AirlockWeb extends WebPlugin implements NativeAirlockPlugin {
  async notifyAppReady(): Promise<AppReadyResult> {
    return { bundle: { ...SERVED_BUNDLE } };
  }

  async current(): Promise<CurrentBundleResult> {
    return { bundle: { ...SERVED_BUNDLE }, native: '' };
  }

  async list(): Promise<BundleListResult> {
    return { bundles: [{ ...SERVED_BUNDLE }] };
  }

  async getNextBundle(): Promise<null> {
    return null;
  }

  async getFailedUpdate(): Promise<null> {
    return null;
  }

  /** Nothing waits in a browser, so there is nothing to hold back. */
  async setMultiDelay(): Promise<void> {}

  async cancelDelay(): Promise<void> {}

  async getDelayConditions(): Promise<DelayConditionsResult> {
    return { delayConditions: [] };
  }

  /** Nothing is fetched in a browser, so nothing can be ended and nobody is told who asks. */
  async cancelDownload(): Promise<void> {}

  async setRequestToken(): Promise<void> {}

  async setRequestKey(): Promise<void> {}

  /** What is never fetched never fails. */
  async getFailures(): Promise<FailuresResult> {
    return { failures: [] };
  }

  async setChannel(): Promise<SetChannelResult> {
    throw this.needsTheApp('setChannel', 'follow a channel');
  }

  /** No channel was ever chosen in a browser. */
  async unsetChannel(): Promise<void> {}

  async getChannel(): Promise<GetChannelResult> {
    throw this.needsTheApp('getChannel', 'follow a channel');
  }

  async listChannels(): Promise<ListChannelsResult> {
    throw this.needsTheApp('listChannels', 'follow a channel');
  }

  async getDeviceId(): Promise<DeviceIdResult> {
    throw this.needsTheApp('getDeviceId', 'tell devices apart');
  }

  /** No server is told anything by a browser. */
  async setCustomId(): Promise<void> {}

  /** There is nothing that could be fetched. */
  async triggerUpdateCheck(): Promise<TriggerUpdateCheckResult> {
    return { status: 'unavailable' };
  }

  async getLatest(): Promise<LatestVersion> {
    throw this.needsTheApp('getLatest', 'ask for updates');
  }

  async sync(): Promise<SyncResult> {
    throw this.needsTheApp('sync', 'install updates');
  }

  async download(): Promise<DownloadResult> {
    throw this.needsTheApp('download', 'install bundles');
  }

  async next({ id }: BundleId): Promise<BundleInfo> {
    requireServedBundle(id);
    return { ...SERVED_BUNDLE };
  }

  async set({ id }: BundleId): Promise<void> {
    requireServedBundle(id);
    window.location.reload();
  }

  async reload(): Promise<void> {
    window.location.reload();
  }

  async reset(): Promise<void> {
    window.location.reload();
  }

  async delete({ id }: BundleId): Promise<void> {
    requireServedBundle(id);
    throw rejection('bundle_in_use', 'the embedded bundle cannot be deleted: it is what the browser shows');
  }

  private needsTheApp(method: string, ability: string): Error {
    return this.unimplemented(
      `Airlock.${method}() is not available in a browser, which cannot ${ability}: run the app on Android or iOS, ` +
        'or in `airlock simulate`',
    );
  }
}

function requireServedBundle(id: string): void {
  if (id === SERVED_BUNDLE.id) return;
  throw rejection(
    'bundle_unknown',
    `a browser holds no bundle but "builtin": use that id instead of "${id}"`,
  );
}

/** Shaped like a rejection of the native side: an error with a stable `code`. */
function rejection(code: AirlockErrorCode, message: string): Error {
  return Object.assign(new Error(message), { code });
}
