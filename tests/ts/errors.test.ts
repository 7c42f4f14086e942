import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AIRLOCK_ERROR_CODES, isAirlockError } from 'capacitor-airlock';

const errorWith = (code: unknown) => Object.assign(new Error('refused'), { code });

test('each code is one lower-case word, listed once', () => {
  assert.equal(new Set(AIRLOCK_ERROR_CODES).size, AIRLOCK_ERROR_CODES.length);
  for (const code of AIRLOCK_ERROR_CODES) assert.match(code, /^[a-z]+(_[a-z]+)*$/);
});

test('an error with a listed code is an Airlock error, with that code and no other', () => {
  for (const code of AIRLOCK_ERROR_CODES) {
    assert.ok(isAirlockError(errorWith(code)));
    assert.ok(isAirlockError(errorWith(code), code));
    const another = code === 'locked' ? 'usage' : 'locked';
    assert.ok(!isAirlockError(errorWith(code), another));
  }
});

test('anything else is not', () => {
  const others = [undefined, null, 'no_space', { code: 'no_space' }, new Error('no_space')];
  for (const other of [...others, errorWith('UNIMPLEMENTED'), errorWith(122)]) {
    assert.equal(isAirlockError(other), false);
    assert.equal(isAirlockError(other, 'no_space'), false);
  }
});
