import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { AirlockEvents } from 'capacitor-airlock';

import { EVENTS, METHODS } from './api.js';
import { type NativeAnswer, openNativePage, plain } from './page.js';

const TOKEN = '5f2b8c';
const accept = (): NativeAnswer => ({ success: true, data: {} });

test('on a device the plugin takes the native path', async () => {
  const page = openNativePage(METHODS, () => ({ success: true, data: { native: '1.4.2' } }));

  assert.equal(page.Capacitor.getPlatform(), 'android');
  assert.deepEqual(plain(await page.capacitorAirlock.Airlock.current()), { native: '1.4.2' });
});

test('notifyAppReady gives the token of its own launch', async () => {
  const page = openNativePage(METHODS, accept, TOKEN);

  await page.capacitorAirlock.Airlock.notifyAppReady();

  assert.deepEqual(
    page.calls.map(({ methodName, options }) => [methodName, options]),
    [['notifyAppReady', { token: TOKEN }]],
  );
});

test('a page without a token still asks, and confirms nothing', async () => {
  const page = openNativePage(METHODS, accept);

  await page.capacitorAirlock.Airlock.notifyAppReady();

  assert.deepEqual(page.calls[0]?.options, {});
});

test('every other method passes its options through and its result back', async () => {
  const own = ['notifyAppReady', 'getNextBundle', 'getFailedUpdate'];
  for (const method of METHODS.filter((name) => !own.includes(name))) {
    const page = openNativePage(METHODS, () => ({ success: true, data: { from: method } }), TOKEN);
    const call = page.capacitorAirlock.Airlock[method] as (options: object) => Promise<unknown>;

    const result = await call({ id: 'b1' });

    assert.deepEqual(plain(result), { from: method });
    assert.deepEqual([page.calls[0]?.methodName, page.calls[0]?.options], [method, { id: 'b1' }]);
  }
});

test('what is not there is null, whatever the bridge makes of it', async () => {
  for (const nothing of [{ success: true }, { success: true, data: null }] as const) {
    const page = openNativePage(METHODS, () => nothing);

    assert.equal(await page.capacitorAirlock.Airlock.getNextBundle(), null);
    assert.equal(await page.capacitorAirlock.Airlock.getFailedUpdate(), null);
    assert.deepEqual(
      page.calls.map(({ methodName }) => methodName),
      ['getNextBundle', 'getFailedUpdate'],
    );
  }
});

test('a launch token that only a function can give is asked for it', async () => {
  const page = openNativePage(METHODS, accept, () => TOKEN);

  await page.capacitorAirlock.Airlock.notifyAppReady();

  assert.deepEqual(page.calls[0]?.options, { token: TOKEN });
});

test('a rejection keeps its stable code and its sentence', async () => {
  const error = { code: 'no_space', message: 'free 12 MB and try again' };
  const page = openNativePage(METHODS, () => ({ success: false, error }));
  const { Airlock, isAirlockError } = page.capacitorAirlock;

  const rejected = await Airlock.sync().catch((reason: unknown) => reason);

  assert.ok(isAirlockError(rejected, 'no_space'));
  assert.ok(!isAirlockError(rejected, 'locked'));
  assert.equal(rejected.message, error.message);
});

test('each event reaches its listener with its payload, and only its own', async () => {
  for (const name of EVENTS) {
    const page = openNativePage(METHODS, accept);
    const received: unknown[] = [];
    const listen = (event: AirlockEvents[typeof name]) => received.push(plain(event));
    await Promise.race([page.capacitorAirlock.Airlock.addListener(name, listen), afterMicrotasks()]);

    page.emit(name, { of: name });
    page.emit('anotherEvent', { of: 'another' });

    assert.deepEqual(received, [{ of: name }]);
  }
});

/** The bridge answers `addListener` with events only; by now its call has been posted. */
function afterMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
