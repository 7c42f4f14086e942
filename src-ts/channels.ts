/**
 * What `setChannel()` takes.
 *
 * @since 0.1.0
 */
export interface SetChannelOptions extends UnsetChannelOptions {
  /**
   * The channel to follow.
   *
   * @example 'beta'
   * @since 0.1.0
   */
  channel: string;
}

/**
 * What `unsetChannel()` takes.
 *
 * @since 0.1.0
 */
export interface UnsetChannelOptions {
  /**
   * Do at once what `autoUpdate` asks for. The call does not wait for it.
   *
   * @default false
   * @example true
   * @since 0.1.0
   */
  triggerAutoUpdate?: boolean;
}

/**
 * The answer of `setChannel()`.
 *
 * @since 0.1.0
 */
export interface SetChannelResult {
  /**
   * A refusal is a rejection.
   *
   * @since 0.1.0
   */
  status: 'ok';
  /**
   * The channel that is followed from now on: the one asked for, or the configured one where the peer's server wants that.
   *
   * @since 0.1.0
   */
  channel: string;
  /**
   * Whether the device may choose another one.
   *
   * @since 0.1.0
   */
  allowSet: boolean;
}

/**
 * The answer of `getChannel()`.
 *
 * @since 0.1.0
 */
export interface GetChannelResult {
  /**
   * The channel; empty where the peer's server chooses and no `channelUrl` says whom to ask.
   *
   * @since 0.1.0
   */
  channel: string;
  /**
   * - `override`: the app chose it with `setChannel()`, or the peer's server chose it for this device
   * - `default`: the configuration, or the peer's server for all
   *
   * @since 0.1.0
   */
  status: 'override' | 'default';
  /**
   * Whether the device may choose another one.
   *
   * @since 0.1.0
   */
  allowSet: boolean;
}

/**
 * The answer of `listChannels()`.
 *
 * @since 0.1.0
 */
export interface ListChannelsResult {
  /**
   * The channels, in the repository's own order or the server's.
   *
   * @since 0.1.0
   */
  channels: ChannelInfo[];
}

/**
 * A channel to choose from.
 *
 * @since 0.1.0
 */
export interface ChannelInfo {
  /**
   * The peer's number for it; in a repository its place, from 1.
   *
   * @example 1
   * @since 0.1.0
   */
  id: number;
  /**
   * Its name, for `setChannel()`.
   *
   * @example 'beta'
   * @since 0.1.0
   */
  name: string;
  /**
   * Whether devices follow it without having chosen it. In a repository all channels are open.
   *
   * @example true
   * @since 0.1.0
   */
  public: boolean;
  /**
   * Whether a device may choose it.
   *
   * @example true
   * @since 0.1.0
   */
  allow_self_set: boolean;
}
