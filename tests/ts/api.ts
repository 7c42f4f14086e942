// The public API as the issue lists it, held against the types of the package. The compiler is the test runner here:
// a member, event or payload that changes unnoticed stops `tsc`.
import type {
  AirlockConfig,
  AirlockError,
  AirlockErrorCode,
  AirlockEvents,
  AirlockPlugin,
  BundleInfo,
  DelayCondition,
  DownloadResult,
  FailureInfo,
  LatestVersion,
  SyncResult,
} from 'capacitor-airlock';
import { isAirlockError } from 'capacitor-airlock';
import type { CapacitorConfig, PluginsConfig } from '@capacitor/cli';

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
  'cancelDownload',
  'setRequestToken',
  'setRequestKey',
  'getFailures',
  'setChannel',
  'unsetChannel',
  'getChannel',
  'listChannels',
  'getDeviceId',
  'setCustomId',
  'triggerUpdateCheck',
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
holds<Same<SyncResult['result'], 'staged' | 'downloaded' | 'up-to-date' | 'blocked' | 'postponed'>>();
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
holds<Same<Result<'cancelDownload'> | Result<'setRequestToken'> | Result<'setRequestKey'>, void>>();
holds<
  Same<Options<'setRequestToken'>[0]['token'] | Options<'setRequestKey'>[0]['key'], string | undefined>
>();

holds<Same<keyof Options<'setChannel'>[0], 'channel' | 'triggerAutoUpdate'>>();
holds<Same<Result<'setChannel'>['status'], 'ok'>>();
holds<Same<Result<'unsetChannel'> | Result<'setCustomId'>, void>>();
holds<Same<Result<'getDeviceId'>['deviceId'], string>>();
holds<Same<Options<'setCustomId'>[0]['customId'], string>>();
holds<Same<Result<'getChannel'>['status'], 'override' | 'default'>>();
holds<Same<keyof Result<'listChannels'>['channels'][number], 'id' | 'name' | 'public' | 'allow_self_set'>>();

holds<Same<AirlockEvents['download']['percent'], number>>();
holds<Same<keyof AirlockEvents['downloadFailed'], 'version' | 'code' | 'reason' | 'attempt' | 'phase'>>();
holds<Same<AirlockEvents['downloadFailed']['code'], AirlockErrorCode>>();
holds<Same<AirlockEvents['updateFailed']['code'], AirlockErrorCode>>();
holds<
  Same<keyof AirlockEvents['updateFailed'], 'bundle' | 'version' | 'code' | 'reason' | 'attempt' | 'phase'>
>();
holds<Same<Result<'triggerUpdateCheck'>['status'], 'queued' | 'already_running' | 'unavailable'>>();
holds<Same<Result<'getFailures'>['failures'], FailureInfo[]>>();
holds<Same<FailureInfo['phase'], 'check' | 'download' | 'verify' | 'install' | 'trial'>>();
holds<Same<keyof AirlockEvents['appReady'], 'bundle' | 'status'>>();
holds<Same<BundleInfo['status'], 'success' | 'error' | 'pending' | 'downloading'>>();

holds<Same<keyof AirlockConfig, keyof NonNullable<PluginsConfig['Airlock']>>>();
holds<Same<AirlockErrorCode & 'no_space', 'no_space'>>();
holds<string extends AirlockErrorCode ? 'the codes are no union' : true>();

/** A capacitor.config.ts with every key that the engine reads. */
export const CONFIG: CapacitorConfig = {
  appId: 'com.example.app',
  plugins: {
    Airlock: {
      appId: 'com.example.app',
      updateUrl: 'https://updates.example.com',
      mirrors: ['https://mirror.example.com'],
      updateProtocol: 'airlock',
      channel: 'stable',
      defaultChannel: 'stable',
      allowSetDefaultChannel: false,
      persistCustomId: true,
      statsUrl: '',
      channelUrl: 'https://updates.example.com/channel_self',
      publicKey: ['a', 'b'],
      keyThreshold: 2,
      allowUnsigned: false,
      autoUpdate: 'onlyDownload',
      appReadyTimeout: 10_000,
      responseTimeout: 20,
      autoDeleteFailed: true,
      autoDeletePrevious: true,
      resetWhenUpdate: true,
      strictVerification: true,
      verifyOnLaunch: 'quick',
      version: '1.0.0',
      allowInsecureLoopback: false,
      wifiOnly: true,
      periodCheckDelay: 3600,
    },
  },
};

/** Inside the `if` the code is the one that was asked for, so a `switch` over the others needs no default. */
export function narrows(error: unknown): AirlockError<'no_space'> | AirlockErrorCode | undefined {
  if (isAirlockError(error, 'no_space')) return error;
  return isAirlockError(error) ? error.code : undefined;
}

export function refusesWhatIsNotInTheApi(airlock: AirlockPlugin): void {
  // @ts-expect-error an event that does not exist
  void airlock.addListener('finished', () => undefined);
  // @ts-expect-error a payload member that does not exist
  void airlock.addListener('download', ({ bytes }) => bytes);
  // @ts-expect-error the payload of another event
  void airlock.addListener('set', ({ percent }) => percent);
  // @ts-expect-error an id is required
  void airlock.next({});
  // @ts-expect-error an archive has a version
  void airlock.download({ url: 'https://example.com/1.zip' });
  // @ts-expect-error a channel has a name
  void airlock.setChannel({ triggerAutoUpdate: true });
  // @ts-expect-error a delay condition that does not exist
  void airlock.setMultiDelay({ delayConditions: [{ kind: 'sometime' }] });
  // @ts-expect-error the token is the package's business, not the app's
  void airlock.notifyAppReady({ token: 'mine' });
  // @ts-expect-error a code that does not exist
  const code: AirlockErrorCode = 'oops';
  // @ts-expect-error a code that does not exist
  isAirlockError(new Error(), 'oops');
  // @ts-expect-error a number of milliseconds is not a word
  const word: PluginsConfig = { Airlock: { appReadyTimeout: 'soon' } };
  // @ts-expect-error a key that is spelled wrongly is not ignored in TypeScript
  const spelling: PluginsConfig = { Airlock: { updateURL: 'https://updates.example.com' } };
  // @ts-expect-error a policy that does not exist
  const policy: PluginsConfig = { Airlock: { autoUpdate: 'sometimes' } };
  void [code, word, spelling, policy];
}
