// Bundles that the peer's own command line encrypted, given to the real `airlock device download`: the good one
// installs byte for byte, and everything that differs from it in one point is refused and changes nothing.
import assert from 'node:assert/strict';
import { constants, createHash, privateEncrypt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Device, FileServer, PeerApp, sha256 } from './helpers.mjs';

let scratch, server, app, stranger, good, other;

before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'airlock-peer-'));
  server = new FileServer();
  await server.start();
  app = await PeerApp.make(path.join(scratch, 'app'));
  stranger = await PeerApp.make(path.join(scratch, 'stranger'));
  good = await app.bundle('good', {
    'index.html': '<h1>two</h1>',
    // Several pieces of a download, and nothing that deflate could make small.
    'assets/photo.bin': noise(1_000_003),
    'assets/app.js': 'CapacitorUpdater.notifyAppReady();',
  });
  other = await app.bundle('other', {
    'index.html': '<h1>three</h1>',
    'app.js': 'CapacitorUpdater.notifyAppReady();',
  });
});

after(async () => {
  server?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** Bytes that deflate cannot shorten, the same every time. */
function noise(length) {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, n) =>
    createHash('sha256').update(`${n}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

/** Puts the archive on the server and asks the device for it. */
function download(device, bundle) {
  server.files.set('/bundle.zip', bundle.archive);
  return device.download(`${server.url}/bundle.zip`, bundle);
}

/** The good bundle installs, byte for byte, and becomes the fallback. */
async function installs(device, bundle) {
  const { exit, printed, stderr } = await download(device, bundle);
  assert.equal(exit, 0, stderr);
  const { id, version, status } = printed.bundle;
  assert.deepEqual({ version, status }, { version: '2.0.0', status: 'downloaded' });
  const files = await device.installed(id);
  const wanted = Object.fromEntries(
    Object.entries(bundle.files).map(([name, bytes]) => [name, Buffer.from(bytes)]),
  );
  assert.deepEqual(files, wanted);
  await device.ok('next', id);
  const { bundle: launched, token } = await device.ok('launch');
  assert.equal(launched.id, id);
  assert.deepEqual(await device.ok('ready', '--token', token), { accepted: true });
}

/** @returns {Buffer} `bytes` with one bit of the byte at `index` changed; from the end when negative */
function flipped(bytes, index) {
  const copy = Buffer.from(bytes);
  copy[index < 0 ? copy.length + index : index] ^= 1;
  return copy;
}

/** The two halves of a session key, changed and put together again. */
function session(bundle, change) {
  const halves = bundle.sessionKey.split(':').map((half) => Buffer.from(half, 'base64'));
  return change(halves)
    .map((half) => half.toString('base64'))
    .join(':');
}

const ARCHIVE = [115, 'checksum_mismatch'];
const INVALID = [116, 'signature_invalid'];
const MISSING = [116, 'signature_missing'];

/** What is wrong, how it is refused, and whether that needs a request. */
const MUTATIONS = {
  'a flipped bit in the first block of the file': () => [ARCHIVE, { archive: flipped(good.archive, 0) }],
  'a flipped bit in the middle of the file': () => [
    ARCHIVE,
    { archive: flipped(good.archive, good.archive.length >> 1) },
  ],
  'a flipped bit in the last block, which holds the padding': () => [
    ARCHIVE,
    { archive: flipped(good.archive, -1) },
  ],
  'a file cut by a byte': () => [ARCHIVE, { archive: good.archive.subarray(0, -1) }],
  'a file cut by a block': () => [ARCHIVE, { archive: good.archive.subarray(0, -16) }],
  'a file cut to nothing': () => [ARCHIVE, { archive: Buffer.alloc(0) }],
  'a file with a block more': () => [ARCHIVE, { archive: Buffer.concat([good.archive, Buffer.alloc(16)]) }],
  'the plain zip instead of the encrypted file': () => [ARCHIVE, { archive: good.zip }],
  'the file of another bundle': () => [ARCHIVE, { archive: other.archive }],
  'the checksum of another bundle': () => [ARCHIVE, { checksum: other.checksum }],
  'the session key of another bundle': () => [ARCHIVE, { sessionKey: other.sessionKey }],
  'the initialisation vector of another bundle': () => {
    const [iv] = other.sessionKey.split(':');
    return [ARCHIVE, { sessionKey: `${iv}:${good.sessionKey.split(':')[1]}` }];
  },
  'a flipped bit in the initialisation vector': () => [
    ARCHIVE,
    { sessionKey: session(good, ([iv, key]) => [flipped(iv, 3), key]) },
  ],
  'a flipped bit in the signed key': () => [
    INVALID,
    { sessionKey: session(good, ([iv, key]) => [iv, flipped(key, 100)]) },
  ],
  'a signed key that is too short': () => [
    INVALID,
    { sessionKey: session(good, ([iv, key]) => [iv, key.subarray(1)]) },
  ],
  'a key that nobody signed': () => [INVALID, { sessionKey: session(good, ([iv]) => [iv, noise(16)]) }],
  'a session key that is no text of its form': () => [INVALID, { sessionKey: 'none' }],
  'a changed digit in the checksum': () => [
    INVALID,
    { checksum: flipped(Buffer.from(good.checksum, 'hex'), 17).toString('hex') },
  ],
  'checksum and key exchanged': () => {
    const [iv, key] = good.sessionKey.split(':');
    const checksum = Buffer.from(key, 'base64').toString('hex');
    return [
      INVALID,
      { checksum, sessionKey: `${iv}:${Buffer.from(good.checksum, 'hex').toString('base64')}` },
    ];
  },
  'a checksum of the older form (V2)': async () => {
    const key = { key: await app.privateKey(), padding: constants.RSA_PKCS1_PADDING };
    const mistaken = Buffer.from(sha256(good.zip), 'base64');
    return [INVALID, { checksum: privateEncrypt(key, mistaken).toString('base64') }];
  },
  'no session key': () => [MISSING, { sessionKey: undefined }],
  'an empty session key': () => [MISSING, { sessionKey: '' }],
  'no checksum': () => [MISSING, { checksum: undefined }],
  'an empty checksum': () => [MISSING, { checksum: '' }],
  'a plain checksum': () => [MISSING, { checksum: sha256(good.zip) }],
  'a plain checksum, no session key and the plain zip: the peer on Android accepts it': () => [
    MISSING,
    { checksum: sha256(good.zip), sessionKey: '', archive: good.zip },
  ],
};

describe('a bundle of the real command line', () => {
  test('installs byte for byte', async () => {
    await installs(await Device.make(path.join(scratch, 'first'), app.config), good);
  });

  for (const [name, mutate] of Object.entries(MUTATIONS)) {
    test(`${name} is refused, and then the good one installs`, async () => {
      const [[exit, code], change] = await mutate();
      const device = await Device.make(path.join(scratch, sha256(name)), app.config);
      const was = await device.essence();
      const asked = server.requests;

      const refused = await download(device, { ...good, ...change });
      assert.deepEqual(
        { exit: refused.exit, code: refused.printed.error?.code },
        { exit, code },
        refused.stderr,
      );
      const needsTheFile = exit === 115;
      assert.equal(server.requests - asked, needsTheFile ? 1 : 0, 'what a text gives away costs no request');
      assert.deepEqual(await device.essence(), was, 'a refusal changes nothing');

      await installs(device, good);
    });
  }

  test('is refused by an app with another key, and taken by its own', async () => {
    const strange = await Device.make(path.join(scratch, 'strange'), stranger.config);
    const was = await strange.essence();
    const { exit, printed } = await download(strange, good);
    assert.deepEqual([exit, printed.error.code], INVALID);
    assert.deepEqual(await strange.essence(), was);
    await installs(await Device.make(path.join(scratch, 'own'), app.config), good);
  });

  test('is dropped when the app comes with another key', async () => {
    const device = await Device.make(path.join(scratch, 'rekeyed'), app.config);
    await installs(device, good);
    const rekeyed = new Device(device.folder, stranger.config);
    assert.equal((await rekeyed.ok('launch')).bundle.origin, 'embedded');
    const again = await stranger.bundle('again', {
      'index.html': '<h1>again</h1>',
      'app.js': 'CapacitorUpdater.notifyAppReady();',
    });
    await installs(rekeyed, again);
  });
});
