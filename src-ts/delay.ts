/**
 * What `setMultiDelay()` takes.
 *
 * @since 0.1.0
 */
export interface SetMultiDelayOptions {
  /**
   * All that must have been met. An empty list is `cancelDelay()`. At most 8.
   *
   * @example [{ kind: 'date', value: '2030-01-31T00:00:00Z' }, { kind: 'kill' }]
   * @since 0.1.0
   */
  delayConditions: DelayCondition[];
}

/**
 * What `getDelayConditions()` answers.
 *
 * @since 0.1.0
 */
export interface DelayConditionsResult {
  /**
   * What is not met yet, `date` in RFC 3339 with `Z`.
   *
   * @since 0.1.0
   */
  delayConditions: DelayCondition[];
}

/**
 * One condition.
 *
 * @since 0.1.0
 */
export interface DelayCondition {
  /**
   * - `background`: the app has been in the background for `value` milliseconds, once; it starts at the next launch
   *   or when the app leaves the screen the next time
   * - `kill`: the app was killed and starts again
   * - `date`: the moment in `value` has come
   * - `nativeVersion`: the native app has the version in `value`, or a later one
   *
   * @example 'background'
   * @since 0.1.0
   */
  kind: 'background' | 'kill' | 'date' | 'nativeVersion';
  /**
   * Milliseconds for `background`, RFC 3339 for `date`, a version for `nativeVersion`, nothing for `kill`.
   *
   * @default '0' for `background`: the app went there
   * @example '300000'
   * @since 0.1.0
   */
  value?: string;
}
