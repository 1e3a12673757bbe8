import type { Json } from './json.js';

/** The states of a row, as the ledger stores and every output prints them. */
export const rowStates = [
  'ready',
  'sending',
  'delivered',
  'already',
  'rejected',
  'in-doubt',
  'invalid',
  'duplicate',
  'blocked',
  'held',
  'withdrawn',
  'abandoned',
] as const;

export type RowState = (typeof rowStates)[number];

/** States in which a person counts as contacted or about to be: no second row may join them. */
export const liveStates = [
  'ready',
  'sending',
  'in-doubt',
  'delivered',
] as const satisfies readonly RowState[];

/** States a plan can give a row before anything is sent. */
export type PlannedState = Extract<RowState, 'ready' | 'invalid' | 'held' | 'blocked' | 'duplicate'>;

/** How many rows of a run are in each state; the sum over all states is the number of rows. */
export type StateCounts = Readonly<Record<RowState, number>>;

export const noCounts = (): Record<RowState, number> =>
  Object.fromEntries(rowStates.map((state) => [state, 0])) as Record<RowState, number>;

/** True for text that names a row state. */
export const isRowState = (text: string): text is RowState => (rowStates as readonly string[]).includes(text);

/**
 * The life of a row after it was planned: every change of a state there is. The ledger makes its statements from this
 * table, `ledger check` its rules, and docs/delivery.md shows it.
 */

/** From which state to which. */
export type Step = readonly [from: RowState, to: RowState];

export interface MoveSpec {
  /** What the documentation calls it. */
  readonly id: string;
  readonly steps: readonly Step[];
  /** Who may do it, in words. */
  readonly by: string;
  /** Kind of the event that is noted in the same commit, in words; null where the next move notes one. */
  readonly event: string | null;
  /** True where an attempt begins: a request may leave from here on. */
  readonly attempt?: true;
  /** When it happens, and what holds then. */
  readonly about: string;
}

export const moves = {
  claim: {
    id: 'T1',
    steps: [['ready', 'sending']],
    by: "holder of the run's lock, or of a worker's own",
    event: null,
    attempt: true,
    about: 'the gate judges every number of the row in the same transaction; **then** a connection is opened',
  },
  stop: {
    id: 'T1',
    steps: [
      ['ready', 'blocked'],
      ['ready', 'held'],
      ['ready', 'duplicate'],
    ],
    by: 'whoever claims',
    event: 'the new state',
    about: 'the gate objects to a row in the claim',
  },
  settle: {
    id: 'T3, T5',
    steps: [
      ['sending', 'ready'],
      ['sending', 'delivered'],
      ['sending', 'already'],
      ['sending', 'rejected'],
      ['sending', 'in-doubt'],
    ],
    by: 'who claimed the row, with its owner, epoch and attempt',
    event: 'the outcome',
    about:
      'committed before the row is shown; `ready` only if no byte of the request was handed to a socket, or the vendor says that it took nothing',
  },
  interrupt: {
    id: 'T6',
    steps: [['sending', 'in-doubt']],
    by: 'the next who takes the run up',
    event: '`interrupted`',
    about: 'before anything else, for rows of owners that are dead',
  },
  doubt: {
    id: 'T6',
    steps: [['ready', 'in-doubt']],
    by: '`ledger adopt`',
    event: '`interrupted`',
    attempt: true,
    about: 'a ledger that was out of use does not know whether the row was sent from elsewhere',
  },
  reconcile: {
    id: 'T7, T8',
    steps: [
      ['in-doubt', 'delivered'],
      ['in-doubt', 'ready'],
      ['in-doubt', 'blocked'],
      ['in-doubt', 'held'],
      ['in-doubt', 'duplicate'],
    ],
    by: '`runs reconcile`, with the lock of the run',
    event: '`found`, `released`',
    about:
      '`delivered` on a positive match, the evidence is kept; `ready` only where the operation declares it: absent in two whole answers, 15 s apart, after the settle time, once in a row’s life, and the gate lets it pass',
  },
  resolve: {
    id: 'T9',
    steps: [
      ['in-doubt', 'delivered'],
      ['in-doubt', 'ready'],
      ['in-doubt', 'blocked'],
      ['in-doubt', 'held'],
      ['in-doubt', 'duplicate'],
      ['in-doubt', 'abandoned'],
      ['ready', 'abandoned'],
      ['held', 'abandoned'],
    ],
    by: 'a person, with a reason: `runs resolve`',
    event: '`resolved`',
    about:
      'nothing is taken back and no number unblocked on a person’s word; what was not sent is `ready` only if the gate lets it pass',
  },
  abandon: {
    id: 'T9',
    steps: [['ready', 'abandoned']],
    by: 'a person, with a reason: `runs abandon`',
    event: '`resolved`',
    about: 'every row of the run that is still ready, in one commit',
  },
  block: {
    id: 'T10',
    steps: [
      ['ready', 'blocked'],
      ['ready', 'held'],
    ],
    by: '`dnc add`; a plan whose file refuses the person',
    event: '`blocked`, `held`',
    about: 'before it returns, in every run; `dnc add` also waits for what had left',
  },
  join: {
    id: 'T12',
    steps: [['ready', 'duplicate']],
    by: 'a person: `ledger accounts same`',
    event: '`duplicate`',
    about: 'in the commit that makes two accounts one, where the other one has contacted the person',
  },
  withdraw: {
    id: 'T11',
    steps: [['delivered', 'withdrawn']],
    by: 'who settles or reconciles the remove or cancel',
    event: '`withdrawn`',
    about: 'in the commit that confirms it',
  },
} as const satisfies Readonly<Record<string, MoveSpec>>;

export type MoveName = keyof typeof moves;

type StepOf<Name extends MoveName> = (typeof moves)[Name]['steps'][number];

/** States a move leads from. */
export type From<Name extends MoveName> = StepOf<Name>[0];

/** States a move leads to. */
export type To<Name extends MoveName> = StepOf<Name>[1];

const planned: readonly PlannedState[] = ['ready', 'invalid', 'held', 'blocked', 'duplicate'];

/** States a row can come to from its plan by these moves alone. */
function reachableBy(allowed: (move: MoveSpec) => boolean): Set<RowState> {
  const found = new Set<RowState>(planned);
  const steps = Object.values<MoveSpec>(moves)
    .filter(allowed)
    .flatMap((move) => move.steps);
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const [from, to] of steps) if (found.has(from)) found.add(to);
  }
  return found;
}

/** States a row comes to by no way but over one of the moves that are left out. */
function notReachableBy(allowed: (move: MoveSpec) => boolean): RowState[] {
  const without = reachableBy(allowed);
  return [...reachableBy(() => true)].filter((state) => !without.has(state));
}

/** States no row is in without an attempt. */
export const attemptedStates: readonly RowState[] = notReachableBy(({ attempt }) => attempt !== true);

/** States no row is in without an event that tells how it came there. */
export const toldStates: readonly RowState[] = notReachableBy(({ event }) => event === null);

/** The moves as a table in Markdown, its columns aligned. */
export function movesTable(): string {
  const lines = Object.entries<MoveSpec>(moves).map(([name, { id, by, event, about, ...move }]) => [
    name,
    id,
    arrowsOf(move.steps),
    by,
    event ?? '–',
    about,
  ]);
  const head = ['move', '', 'from → to', 'who may', 'event', 'when'];
  const widths = head.map((title, i) =>
    Math.max(...[head, ...lines].map((line) => (line[i] ?? title).length)),
  );
  const told = [head, widths.map((width) => '-'.repeat(width)), ...lines];
  return told
    .map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`)
    .join('\n');
}

function arrowsOf(steps: readonly Step[]): string {
  const sources = [...new Set(steps.map(([from]) => from))];
  const arrows = sources.map((source) => {
    const targets = steps.flatMap(([from, to]) => (from === source ? [`\`${to}\``] : []));
    return `\`${source}\` → ${targets.join(', ')}`;
  });
  return arrows.join('; ');
}

/** States `runs retry` plans again: refused, or surely never sent. What is ready is resumed, what is in doubt is not touched. */
export const retriedStates = ['rejected', 'invalid', 'held'] as const satisfies readonly RowState[];

/**
 * Codes of refusals that may pass by themselves: the same row may be sent again. Only what a vendor's document says of
 * itself; a refusal nothing is said of stays one until the row is mended.
 */
export const temporaryRefusals: ReadonlySet<string> = new Set([
  // docs/vendors/comunik8.md#cancel: "server error (save)".
  'vendor.save-failed',
]);

/** A row that was refused, and would leave again just as it was. */
export const unchangedCode = 'retry.unchanged';

/** The input column that tells which row of which run is tried again. */
export const retryColumn = '_salesq_retry_of';

const prefix = 'retry of ';

/** What a run that tries another's rows again is called. */
export const retryName = (run: string): string => `${prefix}${run}`;

/** Whether a source is the rows of another run. */
export const isRetry = (sourceName: string): boolean => sourceName.startsWith(prefix);

/** The run whose rows a source is; null where it is none's. */
export const retriedRun = (sourceName: string): string | null =>
  isRetry(sourceName) ? sourceName.slice(prefix.length) : null;

/** Where a row of such a run stood first, `<run>:<row>`; null for a row that is no retry. */
export function firstPlace(columns: readonly string[], source: Json): string | null {
  const cell = Array.isArray(source)
    ? (source as readonly Json[])[columns.indexOf(retryColumn)]
    : (source as Readonly<Record<string, Json>> | null)?.[retryColumn];
  return typeof cell === 'string' && cell !== '' ? cell : null;
}
