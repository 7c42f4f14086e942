import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { BundleInfo } from 'capacitor-airlock';

import { after, type Happening, isBusy, type UpdateState } from '../../example-app/src/update-state.js';
import { rollbackReason, summaryOf, wordsFor } from '../../example-app/src/words.js';

const bundle = (version: string, id = 'a'.repeat(64)): BundleInfo => ({
  id,
  version,
  downloaded: '',
  checksum: '',
  status: 'pending',
});
const v2 = bundle('2.0.0');

test('an update leads from the running app to one that waits for its turn', () => {
  const told = headlines('1.0.0', [
    { name: 'confirmed', bundle: bundle('1.0.0', 'builtin') },
    { name: 'checkStarted' },
    { name: 'download', bundle: v2, percent: 45 },
    { name: 'downloadComplete', bundle: v2 },
    { name: 'checkEnded', result: { result: 'staged', bundle: v2, bytesDownloaded: 9, route: 'archive' } },
  ]);

  assert.deepEqual(told, [
    '1.0.0 is running',
    'Checking for an update',
    'Downloading 45 %',
    'Verifying 2.0.0',
    'Update ready',
  ]);
});

test('a rollback is still told after the app has confirmed itself', () => {
  const told = headlines('2.0.0', [
    { name: 'updateFailed', ...rollback('it crashed') },
    { name: 'confirmed', bundle: v2 },
  ]);

  assert.deepEqual(told, ['Rolled back from 3.0.0', 'Rolled back from 3.0.0']);
});

test('a staged update is not forgotten when nothing newer is found', () => {
  const upToDate: Happening = {
    name: 'checkEnded',
    result: { result: 'up-to-date', bytesDownloaded: 0, route: 'none' },
  };

  assert.deepEqual(headlines('1.0.0', [{ name: 'staged', bundle: v2 }, upToDate]), [
    'Update ready',
    'Update ready',
  ]);
  assert.deepEqual(headlines('1.0.0', [upToDate]), ['Up to date']);
});

test('what was refused is told with its sentence and its code', () => {
  const message = 'free 12 MB and try again';
  const failed = after({ name: 'checking' }, { name: 'checkRejected', code: 'no_space', message });
  const result = {
    result: 'blocked',
    code: 'bundle_failed',
    message,
    bytesDownloaded: 0,
    route: 'none',
  } as const;
  const blocked = after({ name: 'checking' }, { name: 'checkEnded', result });

  assert.equal(wordsFor(failed, '1.0.0').detail, 'Free 12 MB and try again (no_space)');
  assert.equal(wordsFor(blocked, '1.0.0').detail, 'Free 12 MB and try again (bundle_failed)');
});

test('asking again makes no sense while an update is under way, and only then', () => {
  const checking = after({ name: 'starting' }, { name: 'checkStarted' });

  assert.equal(isBusy(checking), true);
  assert.equal(isBusy(after(checking, { name: 'download', bundle: v2, percent: 1 })), true);
  assert.equal(isBusy(after(checking, { name: 'staged', bundle: v2 })), false);
});

test('the log sums up an event, and the rollback says why', () => {
  const failure = rollback('it crashed: oops');

  assert.equal(summaryOf({ bundle: v2, percent: 45 }), '2.0.0 · 45 %');
  assert.equal(summaryOf(failure), '3.0.0 · bundle_failed · it crashed: oops');
  assert.equal(rollbackReason(failure, '2.0.0'), 'It crashed: oops. Airlock went back to 2.0.0.');
});

/** The event of a rollback of 3.0.0. */
function rollback(reason: string) {
  const version = '3.0.0';
  return {
    bundle: bundle(version),
    version,
    code: 'bundle_failed',
    reason,
    attempt: 1,
    phase: 'trial',
  } as const;
}

/** The headline after each happening, as the app of version `own` shows it. */
function headlines(own: string, happenings: Happening[]): string[] {
  let state: UpdateState = { name: 'starting' };
  return happenings.map((happening) => {
    state = after(state, happening);
    return wordsFor(state, own).headline;
  });
}
