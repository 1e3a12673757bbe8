import { readFile } from 'node:fs/promises';
import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { PassThrough, type Writable } from 'node:stream';
import type { JsonObject } from '../../src/core/json.js';
import type { Report } from '../../src/core/report.js';
import type { Env } from '../../src/output/text.js';
import { Terminal, type TerminalFlags } from '../../src/output/terminal.js';

export const utf8: Env = { LANG: 'de_DE.UTF-8', TERM: 'xterm-256color' };
/** What cron gives a job. */
export const cron: Env = { HOME: '/root', PATH: '/usr/bin:/bin' };

/** A stream whose reader takes everything at once and keeps it. */
export class Sink extends PassThrough {
  readonly #chunks: Buffer[] = [];
  constructor() {
    super();
    this.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }
  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** A Sink that can be redrawn like a terminal. */
export class TtySink extends Sink {
  readonly isTTY = true;
  columns = 100;
  cursorTo = (x: number): boolean => cursorTo(this, x);
  moveCursor = (dx: number, dy: number): boolean => moveCursor(this, dx, dy);
  clearLine = (dir: -1 | 0 | 1): boolean => clearLine(this, dir);
}

export interface Setup {
  readonly env?: Env;
  readonly tty?: boolean;
  readonly flags?: Partial<TerminalFlags>;
  readonly stdout?: Writable;
  readonly stderr?: Sink;
}

export function setup(options: Setup = {}): { terminal: Terminal; out: Sink; err: Sink } {
  const out = new Sink();
  const err = options.stderr ?? new Sink();
  const tty = options.tty ?? false;
  const terminal = new Terminal({
    stdout: options.stdout ?? out,
    stderr: err,
    stdoutIsTTY: tty,
    stderrIsTTY: tty,
    columns: tty ? 100 : undefined,
    env: options.env ?? utf8,
    flags: { quiet: false, verbose: false, showPii: false, ...options.flags },
  });
  return { terminal, out, err };
}

export const golden = (name: string): Promise<string> =>
  readFile(new URL(`../../fixtures/golden/${name}`, import.meta.url), 'utf8');

const records: JsonObject[] = [
  {
    row: 1,
    phone: '+491788046563',
    name: 'Zoë Brandt',
    state: 'delivered',
    at: '2025-03-01T08:15:30.250Z',
    reason: null,
  },
  {
    row: 20,
    phone: '+4930901820',
    name: '山田 太郎',
    state: 'rejected',
    at: 1_740_816_931_999,
    reason: 'Tab\there, line\nbreak, back\\slash, "quoted", comma',
  },
  {
    row: 1300,
    phone: null,
    name: '👩‍🚀 e\u0301',
    state: 'in-doubt',
    at: null,
    reason: '\u001b[31mred\u001b]0;title\u0007\u009b2J\u202egnp',
  },
];

/** A report with every kind of column and hostile cells. */
export const leads = (rows: readonly JsonObject[] = records): Report => ({
  document: () => ({ schema: 'salesq/leads@1', leads: rows }),
  records: () => rows,
  columns: [
    { title: 'row', value: (record) => record['row'], kind: 'number' },
    { title: 'phone', value: (record) => record['phone'], kind: 'phone' },
    { title: 'name', value: (record) => record['name'] },
    { title: 'state', value: (record) => record['state'], kind: 'state' },
    { title: 'at', value: (record) => record['at'], kind: 'time' },
    { title: 'reason', value: (record) => record['reason'], kind: 'text' },
  ],
  heading: ['Three leads'],
  footer: ['next: salesq runs rows last'],
  empty: 'No leads.',
  exit: 0,
});
