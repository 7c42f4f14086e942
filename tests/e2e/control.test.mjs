// The keys of the simulated phone, and what its control page shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stage, stateOf } from './helpers.mjs';

test('kill ends the app, and relaunch starts it with a token of its own', async (t) => {
  const { simulator, phone } = await stage(t);
  await phone.shows('1.0.0');
  const first = (await stateOf(simulator)).launch;

  await phone.press('kill');
  await phone.is({ process: 'killed' });
  assert.equal(await phone.page.getByTestId('btn-background').isDisabled(), true);
  assert.equal((await stateOf(simulator)).launch, null);

  await phone.press('relaunch');
  await phone.is({ process: 'running' });
  await phone.shows('1.0.0');
  const second = (await stateOf(simulator)).launch;
  assert.notEqual(second.token, first.token);
  assert.equal(second.number, first.number + 1);
});

test('background and foreground alone change nothing but what is visible', async (t) => {
  const { simulator, phone } = await stage(t);
  await phone.shows('1.0.0');
  const { number } = (await stateOf(simulator)).launch;
  await phone.leaveAndReturn();
  assert.equal((await stateOf(simulator)).launch.number, number);
});

test('sync on the control page stages an update, and the app hears of it', async (t) => {
  const { project, phone } = await stage(t);
  await phone.shows('1.0.0');
  await project.publish('2.0.0');
  await phone.press('sync');
  await phone.reaches('ready');
  await phone.lists('2.0.0', 'next');
  for (const event of ['updateAvailable', 'download', 'downloadComplete']) await phone.hears(event);
});

test('a server that is gone leaves the app as it was, and the next check succeeds', async (t) => {
  const { project, repository, phone } = await stage(t);
  await phone.shows('1.0.0');
  await project.publish('2.0.0');
  await repository.stop();
  await phone.app.getByTestId('btn-check').click();
  await phone.reaches('failed');
  await phone.runs('1.0.0');

  await repository.restart();
  await phone.fetchUpdate();
  await phone.lists('2.0.0', 'next');
});
