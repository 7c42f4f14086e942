import type { PluginListenerHandle } from '@capacitor/core';

import type {
  AppReadyResult,
  BundleId,
  BundleInfo,
  BundleListResult,
  CurrentBundleResult,
  FailedUpdateResult,
  ResetOptions,
} from './bundle.js';
import type {
  GetChannelResult,
  ListChannelsResult,
  SetChannelOptions,
  SetChannelResult,
  UnsetChannelOptions,
} from './channels.js';
import type { DelayConditionsResult, SetMultiDelayOptions } from './delay.js';
import type { CustomIdOptions, DeviceIdResult } from './device.js';
import type { AirlockEvents } from './events.js';
import type { FailuresResult } from './failures.js';
import type { RequestKeyOptions, RequestTokenOptions } from './request.js';
import type {
  DownloadOptions,
  DownloadResult,
  LatestVersion,
  SyncResult,
  TriggerUpdateCheckResult,
} from './update.js';

/**
 * Over-the-air updates of the app's web bundle.
 *
 * A _bundle_ is a tree of web files. A downloaded bundle first runs _on trial_: it becomes the new fallback when its
 * page calls `notifyAppReady()`, and is rolled back when it crashes or stays silent. The _embedded_ bundle is the one
 * inside the app binary; its id is `builtin`.
 *
 * Every rejection carries a stable `code`, see `AirlockErrorCode`. "No update" is a result, not a rejection.
 *
 * @since 0.1.0
 */
export interface AirlockPlugin {
  /**
   * Confirm that the running bundle works. Call it at each start, once the app can be used.
   *
   * Only the page of the current launch can confirm its bundle: the call carries the launch token that the native
   * side gave to this page. Without a call within `appReadyTimeout` a bundle on trial is rolled back; a bundle that
   * was confirmed before is unaffected.
   *
   * @example
   * await renderApp();
   * await Airlock.notifyAppReady();
   *
   * @since 0.1.0
   */
  notifyAppReady(): Promise<AppReadyResult>;

  /**
   * The running bundle and the version of the native app around it.
   *
   * @example
   * const { bundle, native } = await Airlock.current();
   * console.log(`bundle ${bundle.version} in app ${native}`);
   *
   * @since 0.1.0
   */
  current(): Promise<CurrentBundleResult>;

  /**
   * Ask the repository for the newest release this device may run, without downloading it.
   *
   * Rejects with `download_failed`, `response_unusable`, `signature_invalid`, `metadata_invalid` or
   * `metadata_expired` when the answer cannot be had or cannot be trusted.
   *
   * @example
   * const latest = await Airlock.getLatest();
   * if (latest.kind === undefined) offerToUpdateTo(latest.version);
   *
   * @since 0.1.0
   */
  getLatest(): Promise<LatestVersion>;

  /**
   * Check for an update, download it, verify it and stage it: it starts at the next launch, or when the app goes to
   * the background, or with `reload()`. With `autoUpdate: 'onlyDownload'` it is not staged: call `next()` or `set()`.
   * Whatever is refused leaves the running bundle as it was.
   *
   * @example
   * const { result, bundle } = await Airlock.sync();
   * if (result === 'staged') console.log(`${bundle?.version} starts next time`);
   *
   * @since 0.1.0
   */
  sync(): Promise<SyncResult>;

  /**
   * Download and verify one archive without activating it. Use `next()` or `set()` to run it.
   *
   * What counts as proof is settled by the configuration, never by the call:
   *
   * - a `publicKey`: the archive of a release that the repository has signed; `url` is a mirror
   * - a `publicKey` and `updateProtocol: 'capgo'`: an archive that the holder of the key has encrypted with
   *   `capgo bundle encrypt`; `checksum` and `sessionKey` are both needed
   * - `allowUnsigned`: the `checksum`, or nothing at all
   *
   * Rejects with `checksum_mismatch` for other bytes, and with `strictVerification` before anything is downloaded
   * where the checksum is missing, MD5 or SHA-1; with `signature_missing` or `signature_invalid` when nobody who
   * holds the key vouches for the archive; and as `sync()`.
   *
   * @example
   * const bundle = await Airlock.download({ url: 'https://example.com/1.4.2.zip', version: '1.4.2' });
   * await Airlock.next({ id: bundle.id });
   *
   * @since 0.1.0
   */
  download(options: DownloadOptions): Promise<DownloadResult>;

  /**
   * Stage a downloaded bundle: it starts at the next launch, when the app goes to the background, or with `reload()`.
   * Rejects with `bundle_unknown`, or `bundle_failed` for one that failed on this device.
   *
   * @example
   * const { bundles } = await Airlock.list();
   * const older = bundles.find(({ version }) => version === '1.4.1');
   * if (older) await Airlock.next({ id: older.id });
   *
   * @since 0.1.0
   */
  next(options: BundleId): Promise<BundleInfo>;

  /**
   * Start a downloaded bundle now. This page ends, so nothing after the call runs. Rejects with `bundle_unknown`,
   * or `bundle_failed` for one that failed on this device.
   *
   * @example
   * await Airlock.set({ id: bundle.id });
   *
   * @since 0.1.0
   */
  set(options: BundleId): Promise<void>;

  /**
   * Restart the web app now, with the staged bundle if there is one, whatever its delay conditions say. This page
   * ends.
   *
   * @example
   * const { result } = await Airlock.sync();
   * if (result === 'staged' && (await userAgrees())) await Airlock.reload();
   *
   * @since 0.1.0
   */
  reload(): Promise<void>;

  /**
   * Go back to the embedded bundle, or to the last confirmed one, and restart. This page ends.
   *
   * @example
   * await Airlock.reset({ toLastSuccessful: true });
   *
   * @since 0.1.0
   */
  reset(options?: ResetOptions): Promise<void>;

  /**
   * The bundles on this device, the embedded one included.
   *
   * @example
   * const { bundles } = await Airlock.list();
   * for (const { version, status } of bundles) console.log(version, status);
   *
   * @since 0.1.0
   */
  list(): Promise<BundleListResult>;

  /**
   * Remove a downloaded bundle from the device. Rejects with `bundle_in_use` for the embedded, the running, the
   * staged and the fallback bundle, and with `bundle_unknown` for an id that is not on the device.
   *
   * @example
   * await Airlock.delete({ id: bundle.id });
   *
   * @since 0.1.0
   */
  delete(options: BundleId): Promise<void>;

  /**
   * The staged bundle, or `null`.
   *
   * @example
   * const next = await Airlock.getNextBundle();
   * if (next !== null) showHint(`${next.version} starts next time`);
   *
   * @since 0.1.0
   */
  getNextBundle(): Promise<BundleInfo | null>;

  /**
   * The bundle that was rolled back last, or `null`. Each rollback is reported once: reading it clears it.
   *
   * @example
   * const failed = await Airlock.getFailedUpdate();
   * if (failed !== null) reportToMyServer(failed.bundle.version);
   *
   * @since 0.1.0
   */
  getFailedUpdate(): Promise<FailedUpdateResult | null>;

  /**
   * Say what must be true before the staged bundle is applied by itself. Each condition has to be met once, at its
   * own time, and all of them before the bundle starts at a launch, when the app goes to the background, or as soon as
   * it was staged. `reload()` and `set()` are your own decision and wait for nothing.
   *
   * The conditions replace those set before, and stay until they are met, cancelled, or the bundle that set them is
   * rolled back, reset or replaced by a native update. At most 8. Rejects with `usage` for a condition that makes no
   * sense; the old ones stay then.
   *
   * @example
   * // Not before the user has been away for five minutes.
   * await Airlock.setMultiDelay({ delayConditions: [{ kind: 'background', value: '300000' }] });
   *
   * @since 0.1.0
   */
  setMultiDelay(options: SetMultiDelayOptions): Promise<void>;

  /**
   * Wait for nothing any more: the staged bundle starts at the next launch or when the app goes to the background.
   *
   * @example
   * await Airlock.cancelDelay();
   *
   * @since 0.1.0
   */
  cancelDelay(): Promise<void>;

  /**
   * The conditions that are not met yet. An empty list holds nothing back.
   *
   * @example
   * const { delayConditions } = await Airlock.getDelayConditions();
   * if (delayConditions.length === 0) showHint('the update starts next time');
   *
   * @since 0.1.0
   */
  getDelayConditions(): Promise<DelayConditionsResult>;

  /**
   * End the sync, check or download that runs: its call rejects with `download_failed`. What has arrived is kept, and the
   * next one goes on from there. Without one nothing happens.
   *
   * @example
   * cancelButton.onclick = () => Airlock.cancelDownload();
   *
   * @since 0.1.0
   */
  cancelDownload(): Promise<void>;

  /**
   * Tell the app's own servers, those of `updateUrl` and `mirrors`, who asks: `Authorization: Bearer` goes along from the
   * next request on, and to no other server, by a redirect neither. Kept in Keystore or Keychain; without a token the one
   * there is forgotten. A page can set it and never read it.
   *
   * Rejects with `usage` for what is no token, and the old one stays; with `storage_failure` when it cannot be kept, and
   * then it counts until the app ends.
   *
   * @example
   * await Airlock.setRequestToken({ token: session.accessToken });
   *
   * @since 0.1.0
   */
  setRequestToken(options: RequestTokenOptions): Promise<void>;

  /**
   * Hand over the key of `requestSignature` in the configuration, once: it is kept in Keystore or Keychain. Without a key
   * the one there is forgotten. A page can set it and never read it.
   *
   * Rejects with `usage` for what is no such key, or without `requestSignature`; with `storage_failure` when it cannot be
   * kept, and then it counts until the app ends.
   *
   * @example
   * await Airlock.setRequestKey({ key: enrolment.secret });
   *
   * @since 0.1.0
   */
  setRequestKey(options: RequestKeyOptions): Promise<void>;

  /**
   * The last failures of updates on this device, rollbacks included: at most 50 kinds, the latest first, each with how
   * often it happened. They are kept on the device and sent nowhere. Empty where nothing failed.
   *
   * @example
   * const { failures } = await Airlock.getFailures();
   * const recurring = failures.filter(({ count, attempt }) => count > 2 && attempt > 0);
   *
   * @since 0.1.0
   */
  getFailures(): Promise<FailuresResult>;

  /**
   * Follow another line of releases from now on, through restarts, until `unsetChannel()`. What is staged came from the old
   * one and is dropped; what runs stays. With a repository the channel must be in its signed metadata; with
   * `updateProtocol: 'capgo'` the server at `channelUrl` is asked.
   *
   * Rejects with `channel_unknown` where there is no such channel; with `channel_refused` where the device may not choose
   * (`allowSetDefaultChannel`), or not this one; with `config_invalid` where the servers have no channels (`vicius`,
   * `checksum-json`). Nothing is changed then.
   *
   * @example
   * await Airlock.setChannel({ channel: 'beta', triggerAutoUpdate: true });
   *
   * @since 0.1.0
   */
  setChannel(options: SetChannelOptions): Promise<SetChannelResult>;

  /**
   * Follow the channel of the configuration again. No server is asked.
   *
   * @example
   * await Airlock.unsetChannel();
   *
   * @since 0.1.0
   */
  unsetChannel(options?: UnsetChannelOptions): Promise<void>;

  /**
   * The channel that the device follows, and who decided. With `updateProtocol: 'capgo'` and a `channelUrl` the server is asked
   * which one it gives this device.
   *
   * @example
   * const { channel, status } = await Airlock.getChannel();
   * if (status === 'override') showHint(`you are on ${channel}`);
   *
   * @since 0.1.0
   */
  getChannel(): Promise<GetChannelResult>;

  /**
   * The channels there are: those in the signed metadata, or those that the peer's server shows this device.
   *
   * @example
   * const { channels } = await Airlock.listChannels();
   * for (const { name } of channels) offerChannel(name);
   *
   * @since 0.1.0
   */
  listChannels(): Promise<ListChannelsResult>;

  /**
   * The id of this device, which decides staged rollouts. It is told to the servers of `updateProtocol: 'capgo'` and to the one
   * at `statsUrl`, and to no other.
   *
   * @example
   * const { deviceId } = await Airlock.getDeviceId();
   *
   * @since 0.1.0
   */
  getDeviceId(): Promise<DeviceIdResult>;

  /**
   * Call this device by a name of your own in what those servers are told. Kept until the app ends, or with `persistCustomId` for
   * good. Rejects with `usage` for what is too long; the old name stays then.
   *
   * @example
   * await Airlock.setCustomId({ customId: account.number });
   *
   * @since 0.1.0
   */
  setCustomId(options: CustomIdOptions): Promise<void>;

  /**
   * Do now what `autoUpdate` does at launch and in the foreground, without waiting for it: for a silent push that says that a
   * release is out. Answers at once; the events tell what comes of it. One runs at a time.
   *
   * @example
   * PushNotifications.addListener('pushNotificationReceived', () => Airlock.triggerUpdateCheck());
   *
   * @since 0.1.0
   */
  triggerUpdateCheck(): Promise<TriggerUpdateCheckResult>;

  /**
   * Listen to one of the events in `AirlockEvents`. The events `updateFailed`, `set`, `appReady` and
   * `appReloaded` are kept for the first listener that comes.
   *
   * @example
   * await Airlock.addListener('download', ({ percent }) => showProgress(percent));
   *
   * @since 0.1.0
   */
  addListener<EventName extends keyof AirlockEvents>(
    eventName: EventName,
    listener: (event: AirlockEvents[EventName]) => void,
  ): Promise<PluginListenerHandle>;

  /**
   * Remove every listener of this page.
   *
   * @example
   * await Airlock.removeAllListeners();
   *
   * @since 0.1.0
   */
  removeAllListeners(): Promise<void>;
}
