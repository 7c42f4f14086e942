// The script that gives a page of the iOS app its launch token, run as a page runs it. The Swift tests wrote it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import vm from 'node:vm';

const FOLDER = process.env.AIRLOCK_LAUNCH_SCRIPTS;

/** Runs the script named `name` in a page at `url`. */
function page(name, url) {
  const { protocol, host } = new URL(url);
  const listeners = new Map();
  const reloads = [];
  const window = { addEventListener: (event, react) => listeners.set(event, react) };
  const location = { protocol, host, reload: () => reloads.push(url) };
  const source = readFileSync(path.join(FOLDER, `launch-${name}.js`), 'utf8');
  vm.runInNewContext(source, { window, location });
  return { window, listeners, reloads };
}

const token = (name) => readFileSync(path.join(FOLDER, `launch-${name}.token`), 'utf8');

for (const name of ['plain', 'hostile']) {
  test(`the app's own page gets its ${name} token, and nobody can change it`, () => {
    const { window } = page(name, 'capacitor://localhost/');
    assert.equal(window.AirlockLaunch.token, token(name));
    assert.deepEqual(Object.keys(window).includes('AirlockLaunch'), false);
    assert.throws(() => {
      'use strict';
      window.AirlockLaunch = { token: 'mine' };
    });
    assert.equal(Object.isFrozen(window.AirlockLaunch), true);
  });
}

test('a page of another origin in the same web view gets none', () => {
  for (const url of ['https://localhost/', 'capacitor://elsewhere/', 'https://pay.example/']) {
    assert.equal(page('plain', url).window.AirlockLaunch, undefined, url);
  }
});

test('a page that comes back from the cache loads again, a fresh one does not', () => {
  const { listeners, reloads } = page('plain', 'capacitor://localhost/');
  listeners.get('pageshow')({ persisted: false });
  assert.equal(reloads.length, 0);
  listeners.get('pageshow')({ persisted: true });
  assert.equal(reloads.length, 1);
});
