/**
 * Every stable error code of Airlock: the same words in Rust, Kotlin, Swift, TypeScript and the command line. The
 * list of record is `Code` in rust-core/protocol; a code never changes its meaning and is never reused.
 *
 * @since 0.1.0
 */
export const AIRLOCK_ERROR_CODES = [
  /** The call itself is wrong: an argument is missing or has no meaning. */
  'usage',
  /** The configuration under `plugins.Airlock` cannot be used. */
  'config_invalid',
  /** `publicKey` holds no key that Airlock can read. */
  'public_key_invalid',
  /** No bundle with this id is on the device. */
  'bundle_unknown',
  /** The bundle is running, staged or the fallback, so it cannot be deleted. */
  'bundle_in_use',
  /** There is no channel of this name. */
  'channel_unknown',
  /** This device may not choose its channel, or not this one. */
  'channel_refused',
  /** A tree of files does not make a bundle, for example because `index.html` is missing. */
  'tree_invalid',
  /** A fault in Airlock itself. Please report it. */
  'internal',
  /** The server answered with something that is no answer of the protocol. */
  'response_unusable',
  /** The download did not finish: no connection, an error status, or the connection broke. */
  'download_failed',
  /** Received or stored bytes are not the bytes that were signed. */
  'checksum_mismatch',
  /** A signature does not match the configured public key. */
  'signature_invalid',
  /** A public key is configured and the signature is not there. */
  'signature_missing',
  /** The repository's signed metadata breaks a rule of the protocol. */
  'metadata_invalid',
  /** The repository's signed metadata is too old to be believed. */
  'metadata_expired',
  /** The release is older than one that has already run on this device. */
  'downgrade_refused',
  /** The archive breaks a safety rule: a link, an overlap, a bomb, an unexpected entry. */
  'archive_unsafe',
  /** A path in a bundle would leave the bundle or collide with another. */
  'path_unsafe',
  /** The bundle was made for another app. */
  'incompatible_app',
  /** The bundle was made for another channel. */
  'incompatible_channel',
  /** The bundle was made for another platform. */
  'incompatible_platform',
  /** The bundle needs another version of the native app. */
  'incompatible_native',
  /** The bundle's own expiry date has passed. */
  'bundle_expired',
  /** The bundle failed on this device before and is not tried again. */
  'bundle_failed',
  /** The device has too little free space. */
  'no_space',
  /** The device's storage refused to read or write. */
  'storage_failure',
  /** Another process is updating the same app at this moment. */
  'locked',
] as const;

/**
 * One stable error code, as found in the `code` of a rejected call and in `downloadFailed` and `updateFailed`.
 * `AIRLOCK_ERROR_CODES` lists them; docs/errors.md says what to do about each.
 *
 * @since 0.1.0
 */
export type AirlockErrorCode = (typeof AIRLOCK_ERROR_CODES)[number];

/**
 * What a rejected call of the plugin throws. On the web, calls that a browser cannot serve reject with Capacitor's
 * own code `UNIMPLEMENTED` instead, which is no `AirlockError`.
 *
 * @since 0.1.0
 */
export interface AirlockError<Code extends AirlockErrorCode = AirlockErrorCode> extends Error {
  /** What went wrong, for programs. */
  readonly code: Code;
}

/**
 * Whether `error` came from Airlock and, when `code` is given, whether it has that code.
 *
 * @example
 * try {
 *   await Airlock.sync();
 * } catch (error) {
 *   if (isAirlockError(error, 'no_space')) askToFreeSpace();
 *   else throw error;
 * }
 *
 * @since 0.1.0
 */
export function isAirlockError<Code extends AirlockErrorCode = AirlockErrorCode>(
  error: unknown,
  code?: Code,
): error is AirlockError<Code> {
  if (!(error instanceof Error)) return false;
  const actual: unknown = (error as { code?: unknown }).code;
  return code === undefined ? isErrorCode(actual) : actual === code;
}

function isErrorCode(value: unknown): value is AirlockErrorCode {
  return (AIRLOCK_ERROR_CODES as readonly unknown[]).includes(value);
}
