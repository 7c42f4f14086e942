// A page with the built plugin in it: its own JavaScript realm, loaded with the very files an app loads. On "native"
// that includes the bridge script of @capacitor/android; only the other side of `androidBridge` is played by the test.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

import type * as Package from 'capacitor-airlock';

const require = createRequire(import.meta.url);

/** The root of the npm package. */
export const PACKAGE_ROOT = dirname(require.resolve('capacitor-airlock/package.json'));
const NATIVE_BRIDGE = 'capacitor/src/main/assets/native-bridge.js';

/** A call as it arrives on the native side. */
export interface NativeCall {
  callbackId: string;
  methodName: string;
  options: Record<string, unknown>;
}

/** What the native side answers to a call. */
export type NativeAnswer =
  | { success: true; data?: unknown; save?: boolean }
  | { success: false; error: { code: string; message: string } };

export interface Page {
  capacitorAirlock: Pick<typeof Package, 'Airlock' | 'isAirlockError' | 'AIRLOCK_ERROR_CODES'>;
  Capacitor: { getPlatform(): string };
  /** How often the page asked for its own reload. */
  reloads(): number;
}

export interface NativePage extends Page {
  calls: NativeCall[];
  /** Delivers an event to whoever listens in the page. */
  emit(eventName: string, data: unknown): void;
}

/** A page in a browser. */
export function openWebPage(): Page {
  const window = newWindow();
  return load(window);
}

/** A page in an Android web view whose native side offers `methods` and answers each call with `answer`. */
export function openNativePage(
  methods: readonly string[],
  answer: (call: NativeCall) => NativeAnswer,
  launchToken?: string | (() => string),
): NativePage {
  const window = newWindow();
  const calls: NativeCall[] = [];
  const deliver = (callbackId: string, result: NativeAnswer) =>
    window.androidBridge.onmessage({ data: JSON.stringify({ pluginId: 'Airlock', callbackId, ...result }) });
  window.androidBridge = {
    postMessage(text: string) {
      const call = JSON.parse(text) as NativeCall;
      calls.push(call);
      if (call.methodName === 'addListener') return;
      queueMicrotask(() => deliver(call.callbackId, answer(call)));
    },
  };
  window.Capacitor = { PluginHeaders: [pluginHeader(methods)] };
  if (launchToken !== undefined) {
    const value = Object.freeze({ token: launchToken });
    Object.defineProperty(window, 'AirlockLaunch', { value, enumerable: false, writable: false });
  }
  runFile(window, '@capacitor/android', NATIVE_BRIDGE);

  const emit = (eventName: string, data: unknown) =>
    calls
      .filter((call) => call.methodName === 'addListener' && call.options['eventName'] === eventName)
      .forEach((call) => deliver(call.callbackId, { success: true, save: true, data }));
  return Object.assign(load(window), { calls, emit });
}

/** The value as plain data, free of the realm it came from. */
export function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

// A window has thousands of members; the scripts under test look at these few.
type Window = any;

function newWindow(): Window {
  let reloads = 0;
  const window: Window = createContext({
    console,
    URL,
    document: { cookie: '' },
    Document: class Document {},
    HTMLDocument: class HTMLDocument {},
    XMLHttpRequest: class XMLHttpRequest {},
    location: { reload: () => (reloads += 1) },
    reloads: () => reloads,
  });
  window.window = runInContext('globalThis', window);
  return window;
}

function load(window: Window): Page {
  runFile(window, '@capacitor/core', 'dist/capacitor.js');
  runFile(window, 'capacitor-airlock', 'dist/plugin.js');
  return window as Page;
}

function runFile(window: Window, packageName: string, path: string): void {
  const file = join(dirname(require.resolve(`${packageName}/package.json`)), path);
  runInContext(readFileSync(file, 'utf8'), window, { filename: file });
}

function pluginHeader(methods: readonly string[]): object {
  const own = methods.map((name) => ({ name, rtype: 'promise' }));
  return { name: 'Airlock', methods: [...own, { name: 'addListener' }, { name: 'removeListener' }] };
}
