// What the app knows about its update, as a pure function of what happened.
import type { BundleInfo, DownloadFailedEvent, SyncResult, UpdateFailedEvent } from 'capacitor-airlock';

export type UpdateState =
  | { name: 'starting' }
  | { name: 'running'; bundle: BundleInfo }
  | { name: 'rolled-back'; from: string }
  | { name: 'browser' }
  | { name: 'checking' }
  | { name: 'up-to-date' }
  | { name: 'downloading'; version: string; percent: number }
  | { name: 'verifying'; version: string }
  | { name: 'ready'; version: string }
  | { name: 'blocked' | 'failed'; message: string; code?: string | undefined };

export type Happening =
  | { name: 'confirmed'; bundle: BundleInfo }
  | { name: 'servedByBrowser' }
  | { name: 'checkStarted' }
  | { name: 'checkEnded'; result: SyncResult }
  | { name: 'checkRejected'; message: string; code?: string | undefined }
  | { name: 'staged'; bundle: BundleInfo }
  | { name: 'download'; bundle: { version: string }; percent: number }
  | { name: 'downloadComplete'; bundle: { version: string } }
  | ({ name: 'downloadFailed' } & DownloadFailedEvent)
  | ({ name: 'updateFailed' } & UpdateFailedEvent);

/** Whether an update is under way, so that asking for one again makes no sense. */
export function isBusy(state: UpdateState): boolean {
  return state.name === 'checking' || state.name === 'downloading' || state.name === 'verifying';
}

/** The state after `happening`. */
export function after(state: UpdateState, happening: Happening): UpdateState {
  switch (happening.name) {
    case 'confirmed':
      return state.name === 'starting' ? { name: 'running', bundle: happening.bundle } : state;
    case 'servedByBrowser':
      return { name: 'browser' };
    case 'checkStarted':
      return { name: 'checking' };
    case 'checkEnded':
      return afterCheck(state, happening.result);
    case 'downloadFailed':
      return { name: 'failed', message: happening.reason, code: happening.code };
    case 'checkRejected':
      return { name: 'failed', message: happening.message, code: happening.code };
    case 'staged':
      return { name: 'ready', version: happening.bundle.version };
    case 'download':
      return { name: 'downloading', version: happening.bundle.version, percent: happening.percent };
    case 'downloadComplete':
      // The bundle may have been staged before this event came.
      return state.name === 'ready' ? state : { name: 'verifying', version: happening.bundle.version };
    case 'updateFailed':
      return { name: 'rolled-back', from: happening.bundle.version };
  }
}

function afterCheck(state: UpdateState, { result, bundle, code, message }: SyncResult): UpdateState {
  switch (result) {
    case 'staged':
    case 'downloaded':
      return { name: 'ready', version: bundle?.version ?? '' };
    case 'blocked':
      return { name: 'blocked', message: message ?? 'This device may not run it.', code };
    case 'postponed':
      return { name: 'blocked', message: `${bundle?.version ?? 'It'} waits for Wi-Fi or for power.` };
    case 'up-to-date':
      // "Nothing newer" includes the bundle that waits for its turn.
      return state.name === 'ready' ? state : { name: 'up-to-date' };
  }
}
