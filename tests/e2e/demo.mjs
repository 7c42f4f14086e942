// The browser half of `npm run demo`: plays the story and tells each step as one line of JSON, for xtask to show.
//   node tests/e2e/demo.mjs FOLDER
import path from 'node:path';
import { stat } from 'node:fs/promises';

import { makeProject, Phone, serve, simulate, startBrowser } from './helpers.mjs';
import { story } from './story.mjs';

const [folder] = process.argv.slice(2);
const started = Date.now();
let picture = 0;

const project = await makeProject(path.join(folder, 'example'));
say('keys', { files: ['keys/root.pem', 'keys/release.pem'] });

const repository = await serve(project);
const simulator = await simulate(project, repository.url);
say('serving', { repository: repository.url, control: simulator.control });

const browser = await startBrowser();
try {
  const phone = await Phone.open(browser, simulator);
  await story({ project, simulator, phone }, async (chapter, facts) => {
    say(chapter, {
      ...facts,
      screenshot: chapter === 'published' ? undefined : await photograph(phone, chapter, facts),
    });
  });
} finally {
  await browser.close();
}

await Promise.all([simulator.stop(), repository.stop()]);

async function photograph(phone, chapter, { version }) {
  picture += 1;
  const file = path.join(folder, 'screenshots', `${picture}-${chapter}-${version}.png`);
  await phone.screenshot(file);
  return { file, bytes: (await stat(file)).size };
}

function say(chapter, facts) {
  console.log(JSON.stringify({ chapter, at: Date.now() - started, ...facts }));
}
