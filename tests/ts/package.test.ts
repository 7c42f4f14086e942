import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import * as Package from 'capacitor-airlock';

import { openWebPage, PACKAGE_ROOT } from './page.js';

const NAMES = ['AIRLOCK_ERROR_CODES', 'Airlock', 'isAirlockError'];

test('import, require and a script tag give the same names', () => {
  assert.deepEqual(Object.keys(Package).sort(), NAMES);
  assert.deepEqual(namesThatRequireGives(), NAMES);
  assert.deepEqual(Object.keys(openWebPage().capacitorAirlock).sort(), NAMES);
});

/** In a process of its own: an app has one copy of the plugin, and Capacitor warns of a second. */
function namesThatRequireGives(): unknown {
  const script = "JSON.stringify(Object.keys(require('capacitor-airlock')).sort())";
  return JSON.parse(
    execFileSync(process.execPath, ['--print', script], { cwd: PACKAGE_ROOT, encoding: 'utf8' }),
  );
}
