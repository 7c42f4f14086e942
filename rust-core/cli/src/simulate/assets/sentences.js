// Each event of the timeline as a sentence: {title, detail, tone, milestone, percent}.
import { bundleName, bytes, duration } from './words.js';

const SENTENCES = {
  launch: ({ bundle, attempt, why }) => ({
    title: `Launched ${bundleName(bundle)}`,
    detail: [
      why,
      bundle.origin === 'embedded' ? 'embedded bundle' : '',
      attempt > 1 ? `attempt ${attempt}` : '',
    ]
      .filter(Boolean)
      .join(' · '),
    tone: 'info',
    milestone: true,
  }),
  kill: () => ({ title: 'Process killed', milestone: true }),
  background: () => ({ title: 'Went to the background' }),
  foreground: () => ({ title: 'Came to the foreground' }),
  page: ({ path }) => ({ title: 'Page loading', detail: path === '/' ? '' : path }),
  error: ({ code, message }) => ({
    title: 'Something went wrong',
    detail: `${code}: ${message}`,
    tone: 'bad',
  }),
  pageError: ({ message }) => ({ title: 'Error in the page', detail: message, tone: 'bad' }),
  ready: ({ accepted, bundle, afterMs }) =>
    accepted
      ? {
          title: `${bundleName(bundle)} confirmed`,
          detail: `notifyAppReady after ${duration(afterMs)}`,
          tone: 'good',
          milestone: true,
        }
      : { title: 'notifyAppReady refused', detail: 'not the token of the current launch', tone: 'bad' },
  rollback: ({ from, to, reason }) => ({
    title: `Rolled back to ${bundleName(to)}`,
    detail: `${bundleName(from)}: ${reason}`,
    tone: 'bad',
    milestone: true,
  }),
  sync: ({ why }) => ({ title: 'Checking for an update', detail: why }),
  synced: ({ result, bundle, bytesDownloaded, route, ms, message, reason }) =>
    syncedSentence(result, bundle, bytesDownloaded, route, ms, message, reason),
  download: ({ percent, bytes: count }) => ({
    title: 'Downloading',
    detail: [`${percent} %`, count ? bytes(count) : ''].filter(Boolean).join(' · '),
    tone: 'info',
    percent,
  }),
  updateAvailable: ({ bundle }) => ({ title: `${bundleName(bundle)} is available`, tone: 'info' }),
  downloadComplete: ({ bundle }) => ({
    title: `${bundleName(bundle)} downloaded and verified`,
    tone: 'good',
  }),
  downloadFailed: ({ version, code, reason, attempt, phase }) => ({
    title: `Download of ${version || 'the update'} failed`,
    detail: `${phase}, attempt ${attempt}: ${code}: ${reason}`,
    tone: 'bad',
  }),
  updateFailed: ({ bundle, code, reason, attempt }) => ({
    title: `Update ${bundleName(bundle)} failed`,
    detail: [`launch ${attempt}`, code, reason].filter(Boolean).join(': '),
    tone: 'bad',
  }),
  set: ({ bundle }) => ({ title: `${bundleName(bundle)} set as the running bundle`, tone: 'info' }),
  appReady: ({ bundle }) => ({ title: `App ready with ${bundleName(bundle)}`, tone: 'good' }),
  appReloaded: () => ({ title: 'App reloaded' }),
};

function syncedSentence(result, bundle, bytesDownloaded, route, ms, message, reason) {
  if (result === 'staged' || result === 'downloaded') {
    const what = result === 'staged' ? 'staged for the next start' : 'downloaded; the app decides when it starts';
    return {
      title: `${bundleName(bundle)} ${what}`,
      detail: `${bytes(bytesDownloaded)} by ${route} in ${duration(ms)}`,
      tone: 'good',
    };
  }
  if (result === 'up-to-date') return { title: 'Up to date', detail: `checked in ${duration(ms)}` };
  if (result === 'postponed') return { title: 'Update postponed', detail: `waits for a better moment: ${reason}` };
  return { title: result === 'blocked' ? 'Update blocked' : 'Check failed', detail: message, tone: 'bad' };
}

/** The sentence of `event`; an unknown event shows its data. */
export function describe({ name, data }) {
  const sentence = SENTENCES[name]?.(data) ?? { title: name, detail: JSON.stringify(data) };
  return { tone: '', milestone: false, ...sentence };
}
