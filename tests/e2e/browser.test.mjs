// The same bundle in a browser, where there is nothing to update.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exampleBundle, screenshotFile, Server, startBrowser } from './helpers.mjs';

test('the app works in a plain browser and says that it cannot update itself there', async (t) => {
  const server = await Server.start('serve', exampleBundle('1.0.0'), '--port', '0');
  t.after(() => server.stop());
  const browser = await startBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 412, height: 860 } });
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));

  await page.goto(server.url);
  await page.locator('[data-testid=status][data-state=browser]').waitFor();
  await page.getByTestId('version').filter({ hasText: '1.0.0' }).waitFor();
  assert.equal(await page.getByTestId('platform').innerText(), 'web');
  assert.deepEqual(errors, []);
  await page.screenshot({ path: screenshotFile('plain-browser.png') });
});
