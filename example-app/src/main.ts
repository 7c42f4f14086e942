import { Capacitor } from '@capacitor/core';
import { Airlock, type AirlockEvents } from 'capacitor-airlock';

import { breakDown } from './broken.js';
import { edition } from './edition.js';
import { EventLog } from './event-log.js';
import { after, isBusy, type Happening, type UpdateState } from './update-state.js';
import { View } from './view.js';
import { rollbackReason, summaryOf } from './words.js';

const view = new View(edition);
const log = new EventLog();
let state: UpdateState = { name: 'starting' };

if (edition.broken) breakDown(view);

view.onCheck(() => void check());
view.onRestart(() => void Airlock.reload().catch(reportRejection));
void start().catch(reportRejection);

/** Brings the app up, and only then tells Airlock that this bundle works. */
async function start(): Promise<void> {
  record('launch', edition.version);
  await listen();
  const { bundle, native } = await Airlock.current();
  view.showBundle(bundle.id, native, Capacitor.getPlatform());

  const ready = await Airlock.notifyAppReady();
  happened({ name: 'confirmed', bundle: ready.bundle });
  if (Capacitor.getPlatform() === 'web') happened({ name: 'servedByBrowser' });
  await showStaged();
}

async function listen(): Promise<void> {
  await on('download', (event) => happened({ name: 'download', ...event }));
  await on('updateAvailable', () => void showStaged());
  await on('downloadComplete', (event) => {
    happened({ name: 'downloadComplete', ...event });
    void showStaged();
  });
  await on('downloadFailed', (event) => happened({ name: 'downloadFailed', ...event }));
  await on('updateFailed', (event) => {
    happened({ name: 'updateFailed', ...event });
    view.showRollback(`${event.bundle.version} did not make it`, rollbackReason(event, edition.version));
  });
  await on('set');
  await on('appReady');
  await on('appReloaded');
}

/** Writes the event into the log and reacts to it. One listener an event: a retained one is told to the first only. */
async function on<Name extends keyof AirlockEvents>(
  name: Name,
  react: (event: AirlockEvents[Name]) => void = () => undefined,
): Promise<void> {
  await Airlock.addListener(name, (event) => {
    record(name, summaryOf(event));
    react(event);
  });
}

async function check(): Promise<void> {
  if (isBusy(state)) return;
  happened({ name: 'checkStarted' });
  try {
    happened({ name: 'checkEnded', result: await Airlock.sync() });
  } catch (error) {
    reportRejection(error);
  }
}

/** An update may have been staged by the native side, now or before this page started. */
async function showStaged(): Promise<void> {
  const bundle = await Airlock.getNextBundle();
  if (bundle) happened({ name: 'staged', bundle });
}

function reportRejection(error: unknown): void {
  const { message, code } = error as { message: string; code?: string };
  happened({ name: 'checkRejected', message, code });
}

function happened(happening: Happening): void {
  state = after(state, happening);
  view.show(state);
}

function record(name: string, summary: string): void {
  log.add({ name, summary, at: Date.now() });
  view.showLog(log.entries);
}
