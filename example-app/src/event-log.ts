// The event log. It outlives a restart of the app within one session, so that the story of an update can be read on.

export interface LogEntry {
  name: string;
  summary: string;
  /** Milliseconds since 1970. */
  at: number;
}

const KEY = 'airlock-event-log';
const LIMIT = 40;

export class EventLog {
  #entries: LogEntry[] = load();

  /** The newest entry first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  add(entry: LogEntry): void {
    const [newest, ...older] = this.#entries;
    // A download reports up to a hundred times: its line is rewritten instead of repeated.
    const rest = newest?.name === 'download' && entry.name === 'download' ? older : this.#entries;
    this.#entries = [entry, ...rest].slice(0, LIMIT);
    save(this.#entries);
  }
}

function load(): LogEntry[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as LogEntry[];
  } catch {
    return []; // Storage can be switched off; the log is a convenience.
  }
}

function save(entries: LogEntry[]): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // As above.
  }
}
