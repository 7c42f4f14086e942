import assert from 'node:assert/strict';
import { test } from 'node:test';

import { METHODS } from './api.js';
import { openWebPage, plain } from './page.js';

const BUILTIN = { id: 'builtin', version: '', downloaded: '', checksum: '', status: 'success' };

test('a browser reports the bundle it was served', async () => {
  const { capacitorAirlock, Capacitor } = openWebPage();
  const { Airlock } = capacitorAirlock;

  assert.equal(Capacitor.getPlatform(), 'web');
  assert.deepEqual(plain(await Airlock.current()), { bundle: BUILTIN, native: '' });
  assert.deepEqual(plain(await Airlock.list()), { bundles: [BUILTIN] });
  assert.deepEqual(plain(await Airlock.notifyAppReady()), { bundle: BUILTIN });
  assert.equal(await Airlock.getNextBundle(), null);
  assert.equal(await Airlock.getFailedUpdate(), null);
  assert.deepEqual(plain(await Airlock.getDelayConditions()), { delayConditions: [] });
  assert.deepEqual(plain(await Airlock.getFailures()), { failures: [] });
  assert.deepEqual(plain(await Airlock.triggerUpdateCheck()), { status: 'unavailable' });
});

test('what a browser cannot do is refused with a sentence that says where it works', async () => {
  const { Airlock, isAirlockError } = openWebPage().capacitorAirlock;
  const refused: Record<string, () => Promise<unknown>> = {
    sync: () => Airlock.sync(),
    getLatest: () => Airlock.getLatest(),
    setChannel: () => Airlock.setChannel({ channel: 'beta' }),
    getChannel: () => Airlock.getChannel(),
    listChannels: () => Airlock.listChannels(),
    getDeviceId: () => Airlock.getDeviceId(),
    download: () => Airlock.download({ url: 'https://example.com/1.zip', version: '1.0.0' }),
  };

  for (const [name, call] of Object.entries(refused)) {
    const error = await call().then(
      () => assert.fail(name),
      (reason: unknown) => reason,
    );
    assert.match(
      String(error),
      new RegExp(`Airlock\\.${name}\\(\\) is not available in a browser.*Android or iOS`),
    );
    assert.equal((error as { code?: string }).code, 'UNIMPLEMENTED');
    assert.equal(isAirlockError(error), false);
  }
});

test('restarting is what a browser can do', async () => {
  const page = openWebPage();
  const { Airlock } = page.capacitorAirlock;

  await Airlock.reload();
  await Airlock.reset();
  await Airlock.set({ id: 'builtin' });

  assert.equal(page.reloads(), 3);
});

test('no bundle but the served one can be named', async () => {
  const page = openWebPage();
  const { Airlock } = page.capacitorAirlock;

  assert.deepEqual(plain(await Airlock.next({ id: 'builtin' })), BUILTIN);
  for (const call of [Airlock.next({ id: 'b1' }), Airlock.set({ id: 'b1' }), Airlock.delete({ id: 'b1' })]) {
    await assert.rejects(call, { code: 'bundle_unknown', message: /"builtin".*"b1"/ });
  }
  await assert.rejects(Airlock.delete({ id: 'builtin' }), { code: 'bundle_in_use' });
  assert.equal(page.reloads(), 0);
});

test('every method of the API answers in a browser', async () => {
  const { Airlock } = openWebPage().capacitorAirlock;

  for (const method of METHODS) {
    const call = Airlock[method] as (options: object) => Promise<unknown>;
    const message = await call({ id: 'builtin' }).then(String, String);
    assert.doesNotMatch(message, /is not implemented on web/, method);
  }
});

test('nothing waits in a browser, so a delay holds nothing back', async () => {
  const { Airlock } = openWebPage().capacitorAirlock;

  await Airlock.setMultiDelay({ delayConditions: [{ kind: 'kill' }] });
  assert.deepEqual(plain(await Airlock.getDelayConditions()), { delayConditions: [] });
  await Airlock.cancelDelay();
  await Airlock.unsetChannel();
});

test('the answers of two calls are two objects: an app that changes one changes nothing else', async () => {
  const { Airlock } = openWebPage().capacitorAirlock;

  const { bundle } = await Airlock.current();
  bundle.version = 'changed by the app';

  assert.deepEqual(plain((await Airlock.current()).bundle), BUILTIN);
});

test('listening works in a browser, where no event comes', async () => {
  const { Airlock } = openWebPage().capacitorAirlock;

  const handle = await Airlock.addListener('download', () => assert.fail('a browser downloads nothing'));

  await handle.remove();
  await Airlock.removeAllListeners();
});
