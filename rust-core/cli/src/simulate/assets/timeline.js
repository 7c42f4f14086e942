// The timeline: newest first, one row an event, the progress of one download in one row.
import { describe } from './sentences.js';

const MAX_ROWS = 400;

export class Timeline {
  #list;
  #count;
  #progress = new Map();
  #startedAt = null;
  #total = 0;

  constructor(list, count) {
    this.#list = list;
    this.#count = count;
  }

  /** Shows exactly these events, oldest first in the array. */
  replace(events) {
    this.#list.replaceChildren();
    this.#progress.clear();
    this.#startedAt = null;
    this.#total = 0;
    for (const event of events) this.add(event, 'old');
  }

  /** Adds one event on top; the progress of a download that is shown already moves its bar instead. */
  add(event, age = 'fresh') {
    this.#startedAt ??= event.at;
    const words = describe(event);
    const known = event.name === 'download' ? this.#progress.get(event.data.bundle?.id) : undefined;
    if (known) {
      paintProgress(known, words);
    } else {
      this.#list.prepend(this.#row(event, words, age));
      this.#total += 1;
    }
    // The row of a finished download is history: a later download of the same bundle gets its own.
    if (event.name === 'downloadComplete' || event.name === 'downloadFailed') this.#progress.clear();
    while (this.#list.childElementCount > MAX_ROWS) this.#list.lastElementChild.remove();
    this.#count.textContent = `${this.#total} ${this.#total === 1 ? 'event' : 'events'}`;
  }

  #row(event, words, age) {
    const row = document.createElement('li');
    row.dataset.event = event.name;
    row.dataset.tone = words.tone;
    row.className = words.milestone ? 'milestone' : '';
    if (age === 'fresh') row.dataset.fresh = '';

    const time = part('time', '', offset(event.at - this.#startedAt));
    time.dateTime = new Date(event.at).toISOString();
    time.title = new Date(event.at).toLocaleTimeString();
    const body = part('div', 'entry');
    const title = part('p', 'entry-title', words.title);
    title.append(part('span', 'entry-name', event.name));
    body.append(title, part('p', 'entry-detail', words.detail ?? ''));
    if (words.percent !== undefined) {
      const bar = part('div', 'entry-bar');
      bar.append(part('span'));
      body.append(bar);
      this.#progress.set(event.data.bundle?.id, row);
    }
    row.append(time, part('span', 'marker'), body);
    if (words.percent !== undefined) paintProgress(row, words);
    return row;
  }
}

function paintProgress(row, words) {
  row.querySelector('.entry-bar span').style.width = `${words.percent}%`;
  row.querySelector('.entry-detail').textContent = words.detail;
}

/** +0.0 s, +12.3 s, +4:05. */
function offset(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 100) return `+${seconds.toFixed(1)} s`;
  return `+${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

function part(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(text);
  return made;
}
