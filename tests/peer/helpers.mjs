// The two sides of these tests: an app project in which the peer's own command line makes keys and bundles, and a
// device, which is the real `airlock device`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const AIRLOCK = process.env.AIRLOCK ?? path.join(HERE, '../../target/debug/airlock');
const CAPGO = path.join(HERE, 'node_modules/.bin/capgo');

/** A process that hangs is a failure, not a wait. Nothing takes this long when all is well. */
const PATIENCE_MS = 120_000;

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A Capacitor project of the peer's, below `folder`: its key pair, its configuration, its bundles. */
export class PeerApp {
  constructor(folder) {
    this.folder = folder;
    this.config = path.join(folder, 'capacitor.config.json');
  }

  static async make(folder) {
    const app = new PeerApp(folder);
    await mkdir(folder, { recursive: true });
    // The installed plugin's version decides which form of checksum the command writes.
    await symlink(path.join(HERE, 'node_modules'), path.join(folder, 'node_modules'));
    const { dependencies } = JSON.parse(await readFile(path.join(HERE, 'package.json'), 'utf8'));
    await writeFile(
      path.join(folder, 'package.json'),
      JSON.stringify({ name: 'app', version: '1.0.0', dependencies }),
    );
    const config = {
      appId: 'com.example.app',
      appName: 'app',
      webDir: 'www',
      plugins: { CapacitorUpdater: {} },
    };
    await writeFile(app.config, JSON.stringify(config));
    await app.capgo('key', 'create', '--force');
    const made = JSON.parse(await readFile(app.config, 'utf8'));
    assert.match(made.plugins.CapacitorUpdater.publicKey, /^-----BEGIN RSA PUBLIC KEY-----\n/);
    made.plugins.CapacitorUpdater.allowInsecureLoopback = true;
    await writeFile(app.config, JSON.stringify(made));
    return app;
  }

  /** Runs the peer's command line in the project, offline. */
  capgo(...args) {
    const env = {
      ...process.env,
      CAPGO_DISABLE_TELEMETRY: '1',
      NODE_OPTIONS: `--import=${new URL('offline.mjs', import.meta.url)}`,
    };
    return run(CAPGO, args, { cwd: this.folder, env });
  }

  /** The private key, for what the command line does not do. */
  privateKey() {
    return readFile(path.join(this.folder, '.capgo_key_v2'), 'utf8');
  }

  /**
   * Zips and encrypts a web folder with the peer's own commands.
   *
   * @returns {Promise<Bundle>}
   */
  async bundle(name, files) {
    for (const [file, content] of Object.entries(files)) {
      const target = path.join(this.folder, name, file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, content);
    }
    const naming = ['--path', name, '--bundle', '2.0.0', '--name', `${name}.zip`];
    const zipped = await this.capgo('bundle', 'zip', 'com.example.app', ...naming, '--key-v2', '--json');
    const { checksum: plain } = lastJson(zipped.stdout);
    const encrypted = await this.capgo('bundle', 'encrypt', `${name}.zip`, plain, '--json');
    const { checksum, filename, ivSessionKey } = lastJson(encrypted.stdout);
    const read = (file) => readFile(path.join(this.folder, file));
    const [zip, archive] = [await read(`${name}.zip`), await read(filename)];
    assert.equal(plain, sha256(zip), 'the peer hashes the plain zip');
    return { files, zip, archive, checksum, sessionKey: ivSessionKey };
  }
}

/** A server on this machine that counts. */
export class FileServer {
  #server = createServer((request, response) => {
    this.requests += 1;
    const body = this.files.get(request.url);
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Length': body?.length ?? 0 }).end(body);
  });

  files = new Map();
  requests = 0;

  async start() {
    await new Promise((listening) => this.#server.listen(0, '127.0.0.1', listening));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A device: a store, an embedded bundle, a configuration. */
export class Device {
  constructor(folder, config) {
    this.folder = folder;
    this.config = config;
    this.state = path.join(folder, 'state');
    this.embedded = path.join(folder, 'embedded');
  }

  static async make(folder, config) {
    const device = new Device(folder, config);
    await mkdir(device.embedded, { recursive: true });
    await writeFile(path.join(device.embedded, 'index.html'), '<h1>embedded</h1>');
    await device.ok('launch');
    return device;
  }

  /** Runs a verb to its end: exit code, what was printed for programs and for people. */
  async run(...verb) {
    const where = ['--state', this.state, '--embedded', this.embedded, '--config', this.config];
    const { exit, stdout, stderr } = await run(AIRLOCK, ['device', ...where, ...verb], { mayFail: true });
    return { exit, printed: lastJson(stdout), stderr };
  }

  async ok(...verb) {
    const { exit, printed, stderr } = await this.run(...verb);
    assert.equal(exit, 0, stderr);
    return printed;
  }

  /** `download()` of what lies at `url` with these two texts; one that is undefined is not passed. */
  download(url, { checksum, sessionKey }) {
    const texts = [];
    if (checksum !== undefined) texts.push('--checksum', checksum);
    if (sessionKey !== undefined) texts.push('--session-key', sessionKey);
    return this.run('download', '--url', url, '--version', '2.0.0', ...texts);
  }

  /** Everything that a refusal must leave as it was, what lies on the disk included. */
  async essence() {
    const { current, fallback, next, trial, failed, floor } = await this.ok('status');
    const folders = ['bundles', 'staging', 'downloads', 'trash'];
    const left = await Promise.all(
      folders.map((name) => readdir(path.join(this.state, name)).catch(() => [])),
    );
    return { current, fallback, next, trial, failed, floor, left };
  }

  /** The files of an installed bundle, without the description that the device wrote. */
  async installed(id) {
    const root = path.join(this.state, 'bundles', id);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = {};
    for (const entry of entries.filter((entry) => entry.isFile())) {
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      files[path.relative(root, file)] = await readFile(file);
    }
    delete files['checksum.json'];
    return files;
  }
}

function run(program, args, { mayFail = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: PATIENCE_MS, ...options }, (error, stdout, stderr) => {
      const exit = error === null ? 0 : error.code;
      if (exit === 0 || (mayFail && typeof exit === 'number')) return resolve({ exit, stdout, stderr });
      reject(new Error(`${program} ${args.join(' ')} failed: ${error.message}\n${stdout}`));
    });
    // What asks a question gets no answer, as in a pipeline.
    child.stdin.end();
  });
}

/** The JSON at the end of what a program printed; the peer prints it over several lines and notices before it. */
function lastJson(text) {
  return JSON.parse(text.slice(text.search(/^\{/m)));
}

/**
 * @typedef {object} Bundle what an update server of the peer would hand out, and what it was made from
 * @property {Record<string, string | Buffer>} files
 * @property {Buffer} zip
 * @property {Buffer} archive
 * @property {string} checksum
 * @property {string} sessionKey
 */
