import type { AirlockErrorCode } from './errors.js';

/**
 * Where on its way an update failed:
 *
 * - `check`: asking what there is, before a release was chosen
 * - `download`: on the way from a server
 * - `verify`: what arrived is not what was signed, or is not for this device
 * - `install`: on the device's disk, or refused because of what the device knows
 * - `trial`: launched, and given up
 *
 * @since 0.1.0
 */
export type UpdatePhase = 'check' | 'download' | 'verify' | 'install' | 'trial';

/**
 * One kind of failure: the same version, code and phase.
 *
 * @since 0.1.0
 */
export interface FailureInfo {
  /**
   * The version. Empty where none was chosen yet.
   *
   * @since 0.1.0
   */
  version: string;
  /**
   * The stable code of the reason; `bundle_failed` for a rollback.
   *
   * @since 0.1.0
   */
  code: AirlockErrorCode;
  /**
   * Where it arose.
   *
   * @since 0.1.0
   */
  phase: UpdatePhase;
  /**
   * How often it happened.
   *
   * @since 0.1.0
   */
  count: number;
  /**
   * As the last event said it, and 0 when a sync or download went well since.
   *
   * @since 0.1.0
   */
  attempt: number;
  /**
   * When it happened first, RFC 3339.
   *
   * @since 0.1.0
   */
  firstAt: string;
  /**
   * When it happened last, RFC 3339.
   *
   * @since 0.1.0
   */
  lastAt: string;
  /**
   * What the last one was, a sentence for people of at most 300 characters. Queries are cut from addresses.
   *
   * @since 0.1.0
   */
  reason: string;
}

/**
 * What `getFailures()` answers.
 *
 * @since 0.1.0
 */
export interface FailuresResult {
  /**
   * At most 50 kinds of failure, the latest first.
   *
   * @since 0.1.0
   */
  failures: FailureInfo[];
}
