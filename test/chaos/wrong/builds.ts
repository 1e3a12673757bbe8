import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A build of the program with one wrong idea in it, and the part of the suite that must see it. */
export interface WrongBuild {
  readonly name: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  readonly edits: readonly Edit[];
  readonly part: 'kill' | 'power-cut' | 'stop-and-go';
  /** The case or flow to try; all of the reduced part where none is given. */
  readonly replay: string | null;
  readonly points: number;
  /** Kinds of failure one of which must be among what the part says. */
  readonly caughtAs: readonly string[];
}

/** A change to a file of the build; a text that is not there any more is an error, not a variant without effect. */
export interface Edit {
  /** Path in dist/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Stands at the end of the file. */
  readonly append?: () => Promise<string>;
}

const sqliteEngine = 'ledger/sqlite/engine.js';
const unchecked: Edit = { file: sqliteEngine, from: "journal !== 'wal' || synchronous < 2", to: 'false' };

/** The engine of test/engine/wrong, as JavaScript. */
async function transpiled(file: string): Promise<string> {
  const { default: ts } = await import('typescript');
  const text = await readFile(fileURLToPath(new URL(file, import.meta.url)), 'utf8');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
  });
  // It stands at the end of a file of dist/engine.
  return outputText.replaceAll("'../../../src/", "'../");
}

export const wrongBuilds: readonly WrongBuild[] = [
  {
    name: 'synchronous-normal',
    idea: 'WAL with its default is safe enough: a commit is on the disk soon',
    edits: [{ file: sqliteEngine, from: 'synchronous = full', to: 'synchronous = normal' }, unchecked],
    part: 'power-cut',
    replay: null,
    points: 60,
    caughtAs: ['forgotten'],
  },
  {
    name: 'synchronous-off',
    idea: 'the system writes it down anyway',
    edits: [{ file: sqliteEngine, from: 'synchronous = full', to: 'synchronous = off' }, unchecked],
    part: 'power-cut',
    replay: null,
    points: 60,
    caughtAs: ['forgotten'],
  },
  {
    name: 'journal-in-memory',
    idea: 'a journal in memory is faster, and a process does not die in the middle of a commit',
    edits: [{ file: sqliteEngine, from: 'journal_mode = wal', to: 'journal_mode = memory' }, unchecked],
    part: 'kill',
    replay: 'import',
    points: 24,
    caughtAs: ['corrupt', 'uncaught', 'exit', 'lost'],
  },
  {
    name: 'ledger-after-send',
    idea: 'what was sent is written down when the answer is there',
    edits: [
      {
        file: 'engine/send.js',
        from: 'export async function sendRun(',
        to: 'async function right(',
        append: () => transpiled('../../engine/wrong/ledger-after-send.ts'),
      },
    ],
    part: 'kill',
    replay: 'import',
    points: 24,
    caughtAs: ['forgotten', 'double'],
  },
  {
    name: 'interrupted-is-ready',
    idea: 'what a dead process was sending was not sent',
    edits: [
      { file: 'ledger/sql/settle.js', from: "to: 'in-doubt',", to: "to: 'ready'," },
      {
        file: 'core/life.js',
        from: "steps: [['sending', 'in-doubt']],",
        to: "steps: [['sending', 'ready']],",
      },
    ],
    part: 'kill',
    replay: 'import',
    points: 24,
    caughtAs: ['double'],
  },
  {
    name: 'told-before-settled',
    idea: 'a row may be shown as done while its commit is on the way',
    edits: [
      {
        file: 'engine/send.js',
        from: 'const settling = ledger.settle(',
        to: `await this.request.onRows(claim.rows.map((row) => ({ ...row, state: result.outcomes.find((one) => one.row === row.row).outcome.kind })));
        await new Promise((done) => setTimeout(done, 5));
        const settling = ledger.settle(`,
      },
      { file: 'engine/send.js', from: 'await this.request.onRows(await settling)', to: 'await settling' },
    ],
    part: 'kill',
    replay: 'import',
    points: 24,
    caughtAs: ['untrue'],
  },
  {
    name: 'reported-before-told',
    idea: 'a run whose rows are done was told of: pushing the file again with --recontact means everybody again',
    edits: [
      {
        file: 'engine/run.js',
        from: 'const stop = await sendAll(running, before);',
        to: 'const stop = await sendAll(running, before); await ledger.markReported(run.id);',
      },
    ],
    part: 'kill',
    replay: 'import-recontact:write@stdout:4',
    points: 1,
    caughtAs: ['double'],
  },
  {
    name: 'signal-is-exit',
    idea: 'a program that is told to stop stops',
    edits: [
      {
        file: 'main.js',
        from: 'stopping.abort();',
        to: "stopping.abort(); proc.exit(signal === 'SIGINT' ? 130 : 143);",
      },
    ],
    part: 'stop-and-go',
    replay: 'signals:0',
    points: 1,
    caughtAs: ['untidy', 'too-many', 'mute'],
  },
  {
    name: 'nobody-else-is-here',
    idea: 'a lock that is held was left by somebody who died',
    edits: [{ file: 'ledger/sql/locks.js', from: 'if (living)', to: 'if (false)' }],
    part: 'stop-and-go',
    replay: 'crowd:0',
    points: 1,
    caughtAs: ['exit', 'double', 'too-many', 'lost'],
  },
];
