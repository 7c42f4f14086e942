// Numbers, ids and states as a person reads them.

/** 148 kB, 3.2 MB. */
export function bytes(count) {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB'];
  let value = count / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** 80 ms, 1.4 s, 2 min 5 s. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** The first characters of a digest; "builtin" stays whole. */
export function shortId(id) {
  return id.length > 12 ? `${id.slice(0, 10)}…` : id;
}

/** "Example" of dev.airlock.example. */
export function appName(appId) {
  const last = appId.split('.').at(-1) || 'App';
  return last[0].toUpperCase() + last.slice(1);
}

/** A bundle's name in a sentence: its version, or its short id where it has none. */
export function bundleName(bundle) {
  return bundle?.version || (bundle?.id ? shortId(bundle.id) : 'a bundle');
}

const TONES = {
  embedded: '',
  downloaded: 'info',
  next: 'info',
  trial: 'wait',
  confirmed: 'good',
  failed: 'bad',
};

/** The colour of a bundle's status. */
export function toneOf(status) {
  return TONES[status] ?? '';
}
