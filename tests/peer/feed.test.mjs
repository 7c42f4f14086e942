// The peer's feed from end to end: a bundle that its own command line sealed, named by a server of its protocol, asked for
// by the real `airlock device sync`. What the server may change about the answer never gets unsigned content to run.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Device, FileServer, PeerApp, sha256 } from './helpers.mjs';

let scratch, server, app, bundle;

before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'airlock-peer-feed-'));
  server = new FileServer();
  await server.start();
  app = await PeerApp.make(path.join(scratch, 'app'));
  bundle = await app.bundle('good', {
    'index.html': '<h1>two</h1>',
    'app.js': 'CapacitorUpdater.notifyAppReady();',
  });
  const config = JSON.parse(await readFile(app.config, 'utf8'));
  config.plugins.CapacitorUpdater.updateUrl = `${server.url}/updates`;
  await writeFile(app.config, JSON.stringify(config));
});

after(async () => {
  server?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** The server names the bundle, some of the answer changed. */
function answers(change) {
  const answer = {
    version: '2.0.0',
    url: `${server.url}/bundle.zip`,
    checksum: bundle.checksum,
    session_key: bundle.sessionKey,
    ...change,
  };
  server.files.set('/updates', Buffer.from(JSON.stringify(answer)));
  server.files.set('/bundle.zip', bundle.archive);
}

test('a sealed bundle is named, fetched, verified and run; without its seal it is not even fetched', async () => {
  const device = await Device.make(path.join(scratch, 'device'), app.config);
  const was = await device.essence();
  for (const [change, code] of [
    [{ session_key: '' }, 'signature_missing'],
    [{ session_key: '', checksum: sha256(bundle.archive) }, 'signature_missing'],
    [{ checksum: sha256(bundle.zip) }, 'signature_missing'],
    [{ checksum: bundle.checksum.replace(/^../, '00') }, 'signature_invalid'],
  ]) {
    answers(change);
    const asked = server.requests;
    const { exit, printed } = await device.run('sync');
    assert.deepEqual([exit, printed.error?.code], [116, code]);
    assert.equal(server.requests - asked, 1, 'the archive was not asked for');
    assert.deepEqual(await device.essence(), was, 'a refusal changes nothing');
  }
  answers({});
  const { result, bundle: staged, route } = await device.ok('sync');
  assert.deepEqual([result, staged.version, route], ['staged', '2.0.0', 'archive']);
  const wanted = Object.entries(bundle.files).map(([name, text]) => [name, Buffer.from(text)]);
  assert.deepEqual(await device.installed(staged.id), Object.fromEntries(wanted));
  const { token } = await device.ok('launch');
  assert.deepEqual(await device.ok('ready', '--token', token), { accepted: true });
  assert.equal((await device.ok('sync')).result, 'up-to-date');
});
