// The three editions of this app. They differ at a glance, so that an update is something to see.

declare const __EDITION__: 'v1' | 'v2' | 'v3';

export interface Edition {
  name: 'v1' | 'v2' | 'v3';
  version: string;
  /** One line under the version. */
  tagline: string;
  /** 3.0.0 breaks on purpose before it can report ready. */
  broken: boolean;
}

const EDITIONS: Record<Edition['name'], Edition> = {
  v1: { name: 'v1', version: '1.0.0', tagline: 'Docked at dawn', broken: false },
  v2: { name: 'v2', version: '2.0.0', tagline: 'Now in orbit', broken: false },
  v3: { name: 'v3', version: '3.0.0', tagline: 'Off into the void', broken: true },
};

/** The edition this build is. */
export const edition = EDITIONS[__EDITION__];
