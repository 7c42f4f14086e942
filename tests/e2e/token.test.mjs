// Only the page of the current launch can confirm the bundle that runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage } from './helpers.mjs';

test('a page without the launch token confirms nothing, and the page with it does', async (t) => {
  // The broken release never reports ready by itself: whatever confirms it is this test. It gets all the time it needs.
  const { project, phone } = await stage(t, { appReadyTimeout: 600_000 });
  await phone.shows('1.0.0');
  const outgoing = await phone.inApp(() => window.AirlockLaunch.token);

  await project.publish('3.0.0');
  await phone.fetchUpdate();
  await phone.leaveAndReturn();
  await phone.shows('3.0.0');

  const report = (token) =>
    phone.inApp((token) => window.Capacitor.nativePromise('Airlock', 'notifyAppReady', { token }), token);
  for (const wrong of ['', '00'.repeat(16), outgoing]) {
    await report(wrong).catch(() => undefined);
    await phone.lists('3.0.0', 'trial');
  }

  await report(await phone.inApp(() => window.AirlockLaunch.token));
  await phone.lists('3.0.0', 'confirmed');
});

test('the launch token cannot be replaced or found by listing the window', async (t) => {
  const { phone } = await stage(t);
  await phone.shows('1.0.0');
  const seen = await phone.inApp(() => {
    const before = window.AirlockLaunch.token;
    for (const change of [
      () => (window.AirlockLaunch = { token: 'mine' }),
      () => (window.AirlockLaunch.token = 'mine'),
      () => delete window.AirlockLaunch,
    ]) {
      try {
        change();
      } catch {
        // Strict code is told; sloppy code is ignored. Either way nothing changes.
      }
    }
    return {
      unchanged: window.AirlockLaunch.token === before,
      listed: Object.keys(window).includes('AirlockLaunch'),
    };
  });
  assert.deepEqual(seen, { unchanged: true, listed: false });
});
