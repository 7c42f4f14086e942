// The whole story of an update, a broken one and a recovery. The test checks it, the demo shows it.
import assert from 'node:assert/strict';
import { stateOf } from './helpers.mjs';

/**
 * Plays the story on a phone that runs the embedded 1.0.0.
 *
 * @param {{project: import('./helpers.mjs').Project, simulator: import('./helpers.mjs').Server, phone: import('./helpers.mjs').Phone}} on
 * @param {(chapter: string, facts?: object) => Promise<void>} tell called when something has been seen to be true
 */
export async function story(on, tell) {
  const { project, simulator, phone } = on;

  await phone.shows('1.0.0');
  await phone.runs('1.0.0');
  await tell('embedded', { version: '1.0.0' });

  await tell('published', { version: '2.0.0', ...(await project.publish('2.0.0')) });
  await phone.fetchUpdate();
  await phone.hears('synced', 1);
  await tell('staged', { version: '2.0.0', ...(await downloaded(simulator)) });

  await phone.leaveAndReturn();
  await phone.shows('2.0.0');
  await tell('activated', { version: '2.0.0' });
  await phone.lists('2.0.0', 'confirmed');
  await tell('confirmed', { version: '2.0.0' });

  await tell('published', { version: '3.0.0', ...(await project.publish('3.0.0')) });
  await phone.fetchUpdate();
  await phone.hears('synced', 2);
  await tell('staged', { version: '3.0.0', ...(await downloaded(simulator)) });

  await phone.leaveAndReturn();
  await phone.runs('3.0.0');
  await phone.shows('3.0.0');
  await tell('activated', { version: '3.0.0' });

  await phone.shows('2.0.0');
  await phone.lists('3.0.0', 'failed');
  await tell('rolledBack', { from: '3.0.0', version: '2.0.0' });
  await phone.reaches('rolled-back');
  const failure = await heardByPage(phone, 'updateFailed');
  await tell('updateFailed', { version: '3.0.0', heard: failure });

  await phone.press('kill');
  await phone.is({ process: 'killed' });
  await phone.press('relaunch');
  await phone.shows('2.0.0');
  const { launch } = await stateOf(simulator);
  assert.equal(launch.bundle.version, '2.0.0');
  await tell('relaunched', { version: '2.0.0' });
}

/** What the page itself says, now that the event has reached it. */
async function heardByPage(phone, event) {
  await phone.app.locator(`[data-testid=log] [data-event=${event}]`).first().waitFor();
  const alert = phone.app.getByTestId('rollback');
  await alert.waitFor();
  await alert.scrollIntoViewIfNeeded();
  const [title, ...text] = (await alert.innerText()).split('\n').filter((line) => line.trim() !== '');
  return `${title}: ${text.join(' ')}`;
}

/** Bytes and milliseconds of the newest sync on the simulator's timeline. */
async function downloaded(simulator) {
  const { events } = await stateOf(simulator);
  const { bytesDownloaded, ms, route } = events.findLast(({ name }) => name === 'synced').data;
  return { bytes: bytesDownloaded, milliseconds: ms, route };
}
