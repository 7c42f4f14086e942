// The whole story in a real browser: what `npm run demo` shows, checked.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone, screenshotFile, simulate, stage, stateOf } from './helpers.mjs';
import { story } from './story.mjs';

test('an app updates itself, survives a broken update and stays updated', async (t) => {
  const on = await stage(t);
  const told = [];
  await story(on, async (chapter, facts) => {
    told.push(`${chapter} ${facts.version}`);
    await on.phone.screenshot(screenshotFile(`story-${told.length}-${chapter}.png`));
  });

  assert.deepEqual(told, [
    'embedded 1.0.0',
    'published 2.0.0',
    'staged 2.0.0',
    'activated 2.0.0',
    'confirmed 2.0.0',
    'published 3.0.0',
    'staged 3.0.0',
    'activated 3.0.0',
    'rolledBack 2.0.0',
    'updateFailed 3.0.0',
    'relaunched 2.0.0',
  ]);
  // The one error of the whole run is the one that 3.0.0 throws on purpose.
  assert.deepEqual(
    on.phone.errors.filter((error) => !error.includes('cannot read the headline')),
    [],
  );

  await t.test('what was shown was decided where it should be', async () => {
    const { events } = await stateOf(on.simulator);
    const shown = events.filter(({ name, data }) => name === 'launch' && /app's process/.test(data.why));
    assert.equal(shown.length, process.env.AIRLOCK_SHIM ? 3 : 0);
  });

  await t.test('a release that failed is not fetched a second time', async () => {
    const before = (await stateOf(on.simulator)).events.length;
    await on.phone.app.getByTestId('btn-check').click();
    await on.phone.reaches('blocked');
    const { events } = await stateOf(on.simulator);
    const since = events.slice(before).map(({ name }) => name);
    assert.ok(!since.includes('download'), `nothing may be downloaded again: ${since}`);
  });

  await t.test('another simulator over the same storage goes on where the first one ended', async () => {
    await on.simulator.stop();
    const simulator = await simulate(on.project, on.repository.url);
    t.after(() => simulator.stop());
    const phone = await Phone.open(on.browser, simulator);
    await phone.shows('2.0.0');
    await phone.lists('2.0.0', 'confirmed');
    await phone.close();
  });
});
