import type { Edition } from './edition.js';
import type { LogEntry } from './event-log.js';
import { glyphFor } from './glyphs.js';
import { portholeOf } from './porthole.js';
import { isBusy, type UpdateState } from './update-state.js';
import { wordsFor, type Words } from './words.js';

/** The page. It holds no state: every method shows what it is given. */
export class View {
  readonly #edition: Edition;

  constructor(edition: Edition) {
    this.#edition = edition;
    document.documentElement.dataset['edition'] = edition.name;
    document.title = `Airlock Example ${edition.version}`;
    find('.porthole').innerHTML = portholeOf(edition.name);
    part('version').textContent = edition.version;
    part('tagline').textContent = edition.tagline;
    part('btn-dismiss').addEventListener('click', () => (part('rollback').hidden = true));
  }

  onCheck(listener: () => void): void {
    part('btn-check').addEventListener('click', listener);
  }

  onRestart(listener: () => void): void {
    part('btn-restart').addEventListener('click', listener);
  }

  show(state: UpdateState): void {
    const words = wordsFor(state, this.#edition.version);
    part('status').dataset['state'] = state.name;
    find('.glyph').innerHTML = glyphFor(state.name);
    this.showWords(words);
    this.showProgress(state.name === 'downloading' ? state.percent : undefined);
    // Every percent is worth showing and only the start is worth saying.
    announce(state.name === 'downloading' ? words.detail : `${words.headline}. ${words.detail}`);
    // Not `disabled`, which would take the focus away from whoever pressed it.
    part('btn-check').ariaDisabled = String(isBusy(state));
  }

  showWords({ headline, detail }: Words): void {
    part('state').textContent = headline;
    part('detail').textContent = detail;
  }

  /** `undefined` when no number is known. */
  showProgress(percent: number | undefined): void {
    const progress = part('progress');
    if (percent === undefined) progress.removeAttribute('aria-valuenow');
    else progress.setAttribute('aria-valuenow', String(percent));
    document.documentElement.style.setProperty('--percent', String(percent ?? 0));
  }

  showBundle(id: string, native: string, platform: string): void {
    const name = id === 'builtin' ? 'embedded' : id.slice(0, 8);
    part('bundle').textContent = `bundle ${name}`;
    part('bundle').title = id;
    part('native').textContent = native === '' ? '' : `native ${native}`;
    part('platform').textContent = platform;
  }

  showRollback(title: string, text: string): void {
    part('rollback').hidden = false;
    part('rollback-title').textContent = title;
    part('rollback-text').textContent = text;
  }

  showLog(entries: readonly LogEntry[]): void {
    part('log').replaceChildren(...entries.map(logLine));
  }
}

function logLine({ name, summary, at }: LogEntry): HTMLElement {
  const line = document.createElement('li');
  line.dataset['event'] = name;
  line.append(
    text('code', name),
    text('span', summary),
    text('time', new Date(at).toLocaleTimeString('en-GB'), { dateTime: new Date(at).toISOString() }),
  );
  return line;
}

function announce(sentence: string): void {
  const place = part('announcement');
  if (place.textContent !== sentence) place.textContent = sentence;
}

function text<Name extends 'code' | 'span' | 'time'>(
  name: Name,
  content: string,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
): HTMLElement {
  return Object.assign(document.createElement(name), { textContent: content }, properties);
}

function part(id: string): HTMLElement {
  return find(`[data-testid="${id}"]`);
}

function find(selector: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}
