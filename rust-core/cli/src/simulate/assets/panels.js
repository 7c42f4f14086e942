// What runs now, with the ready timer, and the table of bundles.
import { bytes, duration, shortId, toneOf } from './words.js';

const ring = document.getElementById('ring');
const ringValue = document.getElementById('ring-value');
const ringLabel = document.getElementById('ring-label');
let timer = null;
let tick = 0;

/** Shows the current launch: version, status, ready timer, facts. */
export function showNow({ phone, launch, timer: timing, status, app }) {
  const panel = document.getElementById('status');
  panel.dataset.process = phone.process;
  panel.dataset.visibility = phone.visibility;
  panel.dataset.version = launch?.bundle.version ?? '';
  panel.dataset.confirmed = String(launch?.confirmed ?? false);

  setText(
    'now-title',
    launch ? (phone.visibility === 'foreground' ? 'Running' : 'In the background') : 'Not running',
  );
  setText('now-version', launch ? launch.bundle.version : '–');
  const chip = document.getElementById('now-chip');
  const chipStatus = launch ? launch.status : '';
  chip.textContent = chipStatus;
  chip.dataset.tone = toneOf(chipStatus);
  setText('now-sentence', sentence(phone, launch, timing));
  showTimer(launch, timing);
  showFacts(launch, status, app);
}

function sentence(phone, launch, timing) {
  if (!launch) return 'The process was killed. Relaunch it to see what a cold start serves.';
  if (launch.confirmed) return 'The page called notifyAppReady: this bundle is the fallback from now on.';
  if (launch.bundle.origin === 'embedded') return 'Shipped with the app. It needs no confirmation to stay.';
  if (phone.visibility === 'background') return 'The ready timer stands still in the background.';
  if (!timing.counting && timing.elapsedMs === 0) return 'Waiting for the page to load.';
  return `Without notifyAppReady within ${duration(timing.timeoutMs)} it is rolled back.`;
}

function showTimer(launch, timing) {
  const receivedAt = performance.now();
  cancelAnimationFrame(tick);
  timer = { ...timing, receivedAt };
  if (!launch) return paint('off', 0, '');
  if (launch.confirmed) return paint('confirmed', 1, 'ready');
  advance();
}

/** Repaints from the last known elapsed time, every frame while the timer counts. */
function advance() {
  const since = timer.counting ? performance.now() - timer.receivedAt : 0;
  const elapsed = Math.min(timer.elapsedMs + since, timer.timeoutMs);
  const late = elapsed >= timer.timeoutMs;
  paint(
    late ? 'late' : 'trial',
    elapsed / timer.timeoutMs,
    late ? 'late' : `${Math.ceil((timer.timeoutMs - elapsed) / 1000)} s`,
  );
  if (timer.counting && !late) tick = requestAnimationFrame(advance);
}

function paint(phase, fraction, label) {
  ring.dataset.phase = phase;
  ringValue.style.strokeDashoffset = String(100 - 100 * fraction);
  ringValue.style.strokeOpacity = fraction === 0 ? '0' : '1';
  if (ringLabel.textContent !== label) ringLabel.textContent = label;
}

function showFacts(launch, status, app) {
  const facts = [
    ['Bundle', launch ? shortId(launch.bundle.id) : '–', launch?.bundle.id],
    ['Launch token', launch ? launch.token : '–'],
    ['Attempt', launch ? String(launch.attempt) : '–'],
    ['Fallback', status.fallback.version, status.fallback.id],
    ['Floor', status.floor > 0 ? `sequence ${status.floor}` : 'none'],
    ['Auto update', app.autoUpdate],
  ];
  document.getElementById('facts').replaceChildren(
    ...facts.map(([name, value, title]) => {
      const group = document.createElement('div');
      group.append(
        element('dt', '', name),
        element('dd', /…|^[0-9a-f]{6,}/.test(value) ? 'mono' : '', value),
      );
      if (title) group.title = title;
      return group;
    }),
  );
}

/** Shows one row a bundle, the running one marked. */
export function showBundles({ bundles, launch, status }) {
  setText('store-size', bytes(status.diskBytes));
  document.getElementById('bundles').replaceChildren(
    ...bundles.map((bundle) => {
      const row = element('tr');
      row.dataset.bundleId = bundle.id;
      row.dataset.status = bundle.status;
      row.dataset.running = String(launch?.bundle.id === bundle.id);
      const version = element('td', 'bundle-version');
      version.append(element('span', 'bundle-running'), bundle.version);
      if (launch?.bundle.id === bundle.id) version.title = 'Running now';
      const status = element('td');
      const chip = element('span', 'chip', bundle.status);
      chip.dataset.tone = toneOf(bundle.status);
      status.append(chip);
      const id = element('td', 'wide mono', shortId(bundle.id));
      id.title = bundle.id;
      row.append(version, status, id, element('td', 'number', bundle.sequence ?? '–'));
      return row;
    }),
  );
}

function setText(id, text) {
  const target = document.getElementById(id);
  if (target.textContent !== text) target.textContent = text;
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(String(text));
  return made;
}
