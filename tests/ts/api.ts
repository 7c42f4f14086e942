// The public API as the issue lists it, held against the types of the package. The compiler is the test runner here:
// a member, event or payload that changes unnoticed stops `tsc`.
import type {
  AirlockErrorCode,
  AirlockEvents,
  AirlockPlugin,
  BundleInfo,
  DelayCondition,
  DownloadResult,
  LatestVersion,
  SyncResult,
} from 'capacitor-airlock';
import type { PluginsConfig } from '@capacitor/cli';

/** Every method of the plugin that the native side implements. */
export const METHODS = [
  'notifyAppReady',
  'current',
  'getLatest',
  'sync',
  'download',
  'next',
  'set',
  'reload',
  'reset',
  'list',
  'delete',
  'getNextBundle',
  'getFailedUpdate',
  'setMultiDelay',
  'cancelDelay',
  'getDelayConditions',
  'removeAllListeners',
] as const;

/** Every event of the plugin. */
export const EVENTS = [
  'download',
  'updateAvailable',
  'downloadComplete',
  'downloadFailed',
  'updateFailed',
  'set',
  'appReady',
  'appReloaded',
] as const;

/** Compiles only when both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : 'the types differ';
const holds = <_Claim extends true>(): void => {};

holds<Same<(typeof METHODS)[number] | 'addListener', keyof AirlockPlugin>>();
holds<Same<(typeof EVENTS)[number], keyof AirlockEvents>>();

type Result<Method extends (typeof METHODS)[number]> = Awaited<ReturnType<AirlockPlugin[Method]>>;
type Options<Method extends (typeof METHODS)[number]> = Parameters<AirlockPlugin[Method]>;

holds<Same<Options<'notifyAppReady'>, []>>();
holds<Same<Result<'notifyAppReady'>['bundle'], BundleInfo>>();
holds<Same<Result<'current'>['native'], string>>();
holds<Same<Result<'getLatest'>, LatestVersion>>();
holds<Same<Options<'sync'>, []>>();
holds<Same<Result<'sync'>, SyncResult>>();
holds<Same<SyncResult['result'], 'staged' | 'downloaded' | 'up-to-date' | 'blocked'>>();
holds<Same<keyof Options<'download'>[0], 'url' | 'version' | 'sessionKey' | 'checksum'>>();
holds<Same<Result<'download'>, DownloadResult>>();
holds<Same<Omit<DownloadResult, 'warnings'>, BundleInfo>>();
holds<Same<Options<'next'>[0]['id'], string>>();
holds<Same<Result<'set'> | Result<'reload'> | Result<'reset'> | Result<'delete'>, void>>();
holds<Same<Result<'list'>['bundles'], BundleInfo[]>>();
holds<Same<Result<'getNextBundle'>, BundleInfo | null>>();
holds<Same<NonNullable<Result<'getFailedUpdate'>>['bundle'], BundleInfo>>();
holds<Same<Options<'setMultiDelay'>[0]['delayConditions'], DelayCondition[]>>();
holds<Same<Result<'getDelayConditions'>['delayConditions'], DelayCondition[]>>();
holds<Same<DelayCondition['kind'], 'background' | 'kill' | 'date' | 'nativeVersion'>>();
holds<Same<Result<'setMultiDelay'> | Result<'cancelDelay'>, void>>();

holds<Same<AirlockEvents['download']['percent'], number>>();
holds<Same<keyof AirlockEvents['downloadFailed'], 'version' | 'code' | 'message'>>();
holds<Same<AirlockEvents['downloadFailed']['code'], AirlockErrorCode>>();
holds<Same<AirlockEvents['updateFailed']['code'], AirlockErrorCode>>();
holds<Same<keyof AirlockEvents['updateFailed'], 'bundle' | 'code' | 'reason'>>();
holds<Same<keyof AirlockEvents['appReady'], 'bundle' | 'status'>>();
holds<Same<BundleInfo['status'], 'success' | 'error' | 'pending' | 'downloading'>>();

/** A capacitor.config sees the plugin's own keys, not only "any". */
export const CONFIG: PluginsConfig = {
  Airlock: { updateUrl: 'https://updates.example.com', appReadyTimeout: 10_000 },
};

export function refusesWhatIsNotInTheApi(airlock: AirlockPlugin): void {
  // @ts-expect-error an event that does not exist
  void airlock.addListener('finished', () => undefined);
  // @ts-expect-error a payload member that does not exist
  void airlock.addListener('download', ({ bytes }) => bytes);
  // @ts-expect-error an id is required
  void airlock.next({});
  // @ts-expect-error a code that does not exist
  const code: AirlockErrorCode = 'oops';
  void code;
  // @ts-expect-error a number of milliseconds is not a word
  const config: PluginsConfig = { Airlock: { appReadyTimeout: 'soon' } };
  void config;
}
