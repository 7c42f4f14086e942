// What the browser tests and `npm run demo` share: the real binary, a project, the simulator, a browser, a phone in it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AIRLOCK = process.env.AIRLOCK ?? path.join(ROOT, 'target/debug/airlock');
const BRIDGE = path.join(ROOT, 'node_modules/@capacitor/android/capacitor/src/main/assets/native-bridge.js');

/** How long a wait may last before it is a failure. Nothing waits this long when all is well. */
const PATIENCE_MS = 30_000;

/** Milliseconds a trial has to become ready: short, for the broken one always takes them all. */
export const APP_READY_TIMEOUT_MS = 3_000;

/** The example app's versions and the folders they are built into. */
export const EXAMPLE = Object.freeze({ '1.0.0': 'v1', '2.0.0': 'v2', '3.0.0': 'v3' });

/** The folder that holds the built example app of `version`. */
export function exampleBundle(version) {
  return path.join(ROOT, 'example-app/dist', EXAMPLE[version]);
}

/** Runs `airlock … --json` to its end. A failure is an error with the exit code and what airlock said. */
export async function airlock(...args) {
  const child = spawn(AIRLOCK, [...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, said, exit] = await Promise.all([text(child.stdout), text(child.stderr), ending(child)]);
  assert.equal(exit, 0, `airlock ${args.join(' ')} ended with ${exit}: ${said || printed}`);
  return printed.trim() === '' ? {} : JSON.parse(printed.trim().split('\n').at(-1));
}

/**
 * An app with its keys, its repository and its embedded bundle, all below `folder`.
 *
 * @param {string} folder made when it is not there
 * @param {object} [settings] more of the device's configuration
 * @returns {Promise<Project>}
 */
export async function makeProject(folder, settings = {}) {
  await mkdir(folder, { recursive: true });
  await airlock('init', folder, '--app-id', 'dev.airlock.example', '--no-passphrase');
  const project = new Project(folder);
  await project.embed('1.0.0');
  await project.configure(settings);
  return project;
}

/** The author's side: what would lie in the app's own repository, and on the web server. */
export class Project {
  constructor(folder) {
    this.folder = folder;
    this.repository = path.join(folder, 'repository');
    this.embedded = path.join(folder, 'embedded');
    this.config = path.join(folder, 'device.json');
  }

  /** Publishes `version` and puts the same bundle into the app, as a release through the store does. */
  async embed(version) {
    const { sequence } = await this.publish(version);
    await cp(exampleBundle(version), this.embedded, { recursive: true });
    const about = ['--app-id', 'dev.airlock.example', '--version', version, '--sequence', String(sequence)];
    return airlock(
      'pack',
      this.embedded,
      '--in-place',
      ...about,
      '--key',
      path.join(this.folder, 'keys/release.pem'),
    );
  }

  /** The device's configuration: what `airlock init` wrote, with a short timer and plain HTTP to this machine. */
  async configure(settings) {
    const made = JSON.parse(await readFile(path.join(this.folder, 'capacitor.airlock.json'), 'utf8'));
    const local = { autoUpdate: false, allowInsecureLoopback: true, appReadyTimeout: APP_READY_TIMEOUT_MS };
    const config = { ...made, ...local, ...settings };
    await writeFile(this.config, JSON.stringify(config, null, 2));
  }

  /** Signs the example app of `version` and puts it on the channel. */
  async publish(version) {
    return airlock('publish', exampleBundle(version), '--version', version, '--project', this.folder);
  }
}

/** A child process that serves something, and has said where. */
export class Server {
  #args;
  #child;

  constructor(args) {
    this.#args = args;
  }

  /** Starts `airlock …` and reads the one line it prints when it is ready. */
  static async start(...args) {
    const server = new Server(args);
    await server.#run(args);
    return server;
  }

  async stop() {
    const ended = ending(this.#child);
    this.#child.kill('SIGTERM');
    await ended;
  }

  /** Starts it again on the port that it had. */
  async restart() {
    const at = this.#args.indexOf('--port') + 1;
    await this.#run(this.#args.with(at, new URL(this.url).port));
  }

  async #run(args) {
    const child = spawn(AIRLOCK, [...args, '--json', '--quiet'], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    const lines = createInterface({ input: child.stdout });
    const told = await Promise.race([
      new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line)))),
      ending(child).then((exit) =>
        assert.fail(`airlock ${args.join(' ')} ended with ${exit} before it served`),
      ),
    ]);
    Object.assign(this, told);
  }
}

/** The repository on a port of its own. */
export function serve(project) {
  return Server.start('serve', project.repository, '--port', '0');
}

/** The phone of `project`, with its storage in `state`. */
export function simulate(project, repositoryUrl, state = path.join(project.folder, 'device')) {
  const files = ['--state', state, '--embedded', project.embedded, '--config', project.config];
  // The same tests, with one of the phones' shims as the app's process.
  if (process.env.AIRLOCK_SHIM) files.push('--shim', process.env.AIRLOCK_SHIM);
  return Server.start('simulate', ...files, '--url', repositoryUrl, '--bridge', BRIDGE, '--port', '0');
}

/** A headless Chromium of its own. */
export async function startBrowser() {
  const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  args.push('--disable-component-update', '--disable-sync', '--hide-scrollbars');
  // Chromium refuses its own sandbox to root.
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  return chromium.launch({ executablePath: findBrowser(), args });
}

function findBrowser() {
  const usual = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = usual.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(existsSync);
  return process.env.CHROME_PATH || found || assert.fail('no Chromium: install one or set CHROME_PATH');
}

/** The control page of a simulator in a tab of its own, and the app in the phone on it. */
export class Phone {
  /** What pages threw or logged as an error; a clean run has none but what a broken bundle threw. */
  errors = [];

  constructor(page) {
    this.page = page;
    this.app = page.frameLocator('[data-testid=phone]');
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.errors.push(String(error)));
  }

  static async open(browser, simulator, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 940 }, ...options });
    const phone = new Phone(await context.newPage());
    await phone.page.goto(simulator.control);
    return phone;
  }

  /** Presses a key of the phone: kill, relaunch, background, foreground, sync. */
  async press(key) {
    await this.page.getByTestId(`btn-${key}`).click();
  }

  /** Waits until the app that runs shows `version`. */
  async shows(version) {
    await this.app.getByTestId('version').filter({ hasText: version }).waitFor();
  }

  /** Waits until the app's status card is in `state`. */
  async reaches(state) {
    await this.app.locator(`[data-testid=status][data-state=${state}]`).waitFor();
  }

  /** Waits until the control page lists a bundle of `version` as `status`. */
  async lists(version, status) {
    const row = this.page.locator(`[data-testid=bundles] [data-bundle-id][data-status=${status}]`);
    await row.filter({ hasText: version }).first().waitFor();
  }

  /** Waits until the control page says that `version` is what runs. */
  async runs(version) {
    await this.is({ version, process: 'running' });
  }

  /** Waits until the control page shows all of these: version, process, visibility, confirmed. */
  async is(facts) {
    const wanted = Object.entries(facts).map(([name, value]) => `[data-${name}="${value}"]`);
    await this.page.locator(`[data-testid=status]${wanted.join('')}`).waitFor();
  }

  /** Runs `script` in the app's own page. */
  async inApp(script, argument) {
    const frame = await (await this.page.getByTestId('phone').elementHandle()).contentFrame();
    return frame.evaluate(script, argument);
  }

  /** Waits until the timeline shows an event so many times. */
  async hears(event, times = 1) {
    const rows = this.page.locator(`[data-testid=timeline] [data-event="${event}"]`);
    await rows.nth(times - 1).waitFor();
  }

  /** Asks for an update as a person would, in the app, and waits until it is staged. */
  async fetchUpdate() {
    await this.app.getByTestId('btn-check').click();
    await this.reaches('ready');
  }

  /** Leaves the app and comes back: the moment at which a staged bundle takes over. */
  async leaveAndReturn() {
    await this.press('background');
    await this.is({ visibility: 'background' });
    await this.press('foreground');
    await this.is({ visibility: 'foreground' });
  }

  async screenshot(file) {
    await mkdir(path.dirname(file), { recursive: true });
    // Fonts, images and the phone's short transitions have come to rest.
    await this.page.evaluate(async () => {
      await document.fonts.ready;
      const finite = (animation) => animation.effect?.getComputedTiming().endTime !== Infinity;
      await Promise.allSettled(
        document
          .getAnimations()
          .filter(finite)
          .map((animation) => animation.finished),
      );
    });
    await this.page.screenshot({ path: file });
  }

  async close() {
    await this.page.context().close();
  }
}

/** What a simulator says of itself: {launch, status, bundles, events}. */
export async function stateOf(simulator) {
  const response = await fetch(new URL('state', simulator.control));
  assert.equal(response.status, 200);
  return response.json();
}

/** A folder that is gone when the test is. */
export async function scratch(test) {
  const folder = await mkdtemp(path.join(tmpdir(), 'airlock-e2e-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A project, its repository served, a simulator and a phone in a browser; all gone when the test is. */
export async function stage(test, settings = {}) {
  const project = await makeProject(await scratch(test), settings);
  const repository = await serve(project);
  test.after(() => repository.stop());
  const simulator = await simulate(project, repository.url);
  test.after(() => simulator.stop());
  const browser = await startBrowser();
  test.after(() => browser.close());
  const phone = await Phone.open(browser, simulator);
  return { project, repository, simulator, browser, phone };
}

/** Where screenshots of the tests are kept. */
export function screenshotFile(name) {
  return path.join(ROOT, 'target/e2e', name);
}

async function text(stream) {
  let all = '';
  for await (const chunk of stream.setEncoding('utf8')) all += chunk;
  return all;
}

function ending(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', reject);
  });
}
