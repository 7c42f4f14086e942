// What a person sees: the control page and the app, light and dark, wide and narrow. The pictures are for looking at;
// what can be told without eyes is checked.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Phone, screenshotFile, stage } from './helpers.mjs';

const SCREENS = {
  desktop: { width: 1280, height: 940 },
  tablet: { width: 820, height: 1180 },
  narrow: { width: 390, height: 844 },
};

test('the pages fit every screen, in light and in dark', async (t) => {
  const { simulator, browser, phone } = await stage(t);
  await phone.shows('1.0.0');
  const backgrounds = {};

  for (const colorScheme of ['light', 'dark']) {
    for (const [name, viewport] of Object.entries(SCREENS)) {
      await t.test(`${colorScheme}, ${name}`, async () => {
        const seen = await Phone.open(browser, simulator, { colorScheme, viewport });
        await seen.shows('1.0.0');
        await seen.screenshot(screenshotFile(`control-${colorScheme}-${name}.png`));
        assert.ok(await seen.page.evaluate(fits), 'the page scrolls sideways');
        backgrounds[colorScheme] = await seen.page.evaluate(
          () => getComputedStyle(document.body).backgroundColor,
        );
        assert.deepEqual(seen.errors, []);
        await seen.close();
      });
    }
  }
  assert.notEqual(backgrounds.light, backgrounds.dark);
});

/** Runs in the page: nothing sticks out at the right. */
function fits() {
  return document.documentElement.scrollWidth <= document.documentElement.clientWidth;
}
