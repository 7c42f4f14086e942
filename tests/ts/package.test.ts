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

test('npm pack ships what package.json points to, and nothing of the workshop', () => {
  const files = packedFiles();

  for (const file of ['dist/plugin.cjs.js', 'dist/plugin.js', 'dist/esm/index.js', 'dist/esm/index.d.ts']) {
    assert.ok(files.includes(file), `${file} is missing`);
  }
  const strangers = files.filter((file) => !/^(dist\/|package\.json$|README|LICENSE|CHANGELOG)/.test(file));
  assert.deepEqual(strangers, []);
});

/** In a process of its own: an app has one copy of the plugin, and Capacitor warns of a second. */
function namesThatRequireGives(): unknown {
  const script = "JSON.stringify(Object.keys(require('capacitor-airlock')).sort())";
  return JSON.parse(
    execFileSync(process.execPath, ['--print', script], { cwd: PACKAGE_ROOT, encoding: 'utf8' }),
  );
}

function packedFiles(): string[] {
  const command = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const output = execFileSync('npm', command, {
    cwd: PACKAGE_ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [report] = JSON.parse(output) as { files: { path: string }[] }[];
  return report?.files.map(({ path }) => path) ?? [];
}
