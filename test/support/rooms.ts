/** What src/ is made of. test/architecture.test.ts holds the code to it; docs/architecture.md shows it. */

/** A folder or a file of src/. */
export interface Room {
  readonly holds: string;
  /** What it may import of the others, and what for. */
  readonly imports: Readonly<Record<string, string>>;
  /** Which of them a command loads when it is called, because they are heavy and seldom needed. */
  readonly whenCalled?: readonly string[];
}

const core = { core: 'contracts' } as const;

export const rooms: Readonly<Record<string, Room>> = {
  'main.ts': {
    holds:
      'the process: arguments, environment, streams, signals, exit code; the only file that touches `process`',
    imports: {
      ...core,
      'app.ts': 'what it fills in',
      commands: 'what it runs',
      output: 'terminal, failures',
      'package.ts': '`--version`',
      'wiring.ts': 'ports',
    },
  },
  'app.ts': {
    holds: 'the application and its ports: types only',
    imports: { ...core, output: 'the terminal’s type' },
  },
  'wiring.ts': {
    holds: 'which implementation stands behind each port; imported by `main.ts` alone',
    imports: {
      ...core,
      'app.ts': 'the ports',
      config: 'behind places and profiles',
      'files.ts': 'behind writing',
      http: 'behind requests',
      input: 'behind reading files',
      ledger: 'behind ledgers',
      vendors: 'the registry',
    },
  },
  commands: {
    holds: 'arguments → values → place → job → view; one file a noun',
    imports: {
      ...core,
      'app.ts': 'the ports',
      engine: 'does the work',
      output: 'shows it',
      'package.ts': 'where the samples are',
      rehearsal: 'sandbox, demo',
      webhook: 'listening',
    },
    whenCalled: ['rehearsal', 'webhook'],
  },
  engine: {
    holds:
      'plan, push, run, send, brakes, reconcile, retry, do-not-call; knows no vendor, file, database or terminal',
    imports: core,
  },
  core: {
    holds:
      'values, numbers, gate, mapping, a row’s life, outcomes, and the contracts all others are written against',
    imports: {},
  },
  ledger: {
    holds: 'one schema and its statements, on SQLite and PostgreSQL; backup, copy, check, purge',
    imports: { ...core, 'files.ts': 'its files, backups' },
  },
  vendors: {
    holds:
      'a folder a vendor, whole: what it documents as data, its client, and under `twin/` its stand-in, written from the document before the client; the two share no code',
    imports: core,
  },
  rehearsal: {
    holds: 'the sandbox: host of the stand-ins, which are handed in, its clock, faults, contacts; the demo',
    imports: { ...core, 'files.ts': 'its state, the demo’s folder' },
  },
  webhook: { holds: 'receives what a vendor posts, judges it, stores it', imports: core },
  input: {
    holds: 'files to rows: encodings, delimiters, JSON, everything that can be broken about a file',
    imports: { ...core, 'files.ts': 'copies of pipes' },
  },
  output: {
    holds: 'terminal, tables, formats, progress, results',
    imports: { ...core, 'files.ts': 'results files' },
  },
  config: { holds: 'profiles, secrets, precedence, permissions, place', imports: core },
  http: { holds: 'one request, once; evidence of whether a byte left', imports: core },
  'files.ts': {
    holds: 'every write to disk: whole or not at all, private, folder synced',
    imports: core,
  },
  'package.ts': { holds: 'the package’s folder and version', imports: {} },
};
