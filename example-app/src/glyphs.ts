import type { UpdateState } from './update-state.js';

const DONE = '<path d="m6 12.5 4 4 8-9"/>';
const DOWN = '<path d="M12 5v11m-5-4.5 5 5 5-5M6 20h12"/>';
const ATTENTION = '<path d="M12 7v6.5M12 17v.01"/>';

const PATHS: Record<UpdateState['name'], string> = {
  starting: '<circle cx="12" cy="12" r="3"/>',
  running: DONE,
  'up-to-date': DONE,
  'rolled-back': '<path d="M9 14 4 9l5-5M4 9h10.5a5.5 5.5 0 0 1 0 11H11"/>',
  browser: '<circle cx="12" cy="12" r="8"/><path d="M4 12h16M12 4c5 5 5 11 0 16-5-5-5-11 0-16Z"/>',
  checking: '<circle cx="11" cy="11" r="5.5"/><path d="m15.5 15.5 4 4"/>',
  downloading: DOWN,
  verifying: '<path d="M12 4 5 6.5v5c0 4 3 7 7 8.5 4-1.5 7-4.5 7-8.5v-5Z"/><path d="m9 12 2 2 4-4"/>',
  ready: '<path d="M12 19V6m-6 5.5 6-6 6 6"/>',
  blocked: ATTENTION,
  failed: ATTENTION,
};

/** The status icon of a state, as SVG. */
export function glyphFor(state: UpdateState['name']): string {
  return `<svg viewBox="0 0 24 24">${PATHS[state]}</svg>`;
}
