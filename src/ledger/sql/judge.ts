import { judge, type EarlierRow, type Reaches } from '../../core/gate.js';
import type { PlannedRow, PlanPolicy } from '../../core/ledger.js';
import { subjectOf, type PhoneKey } from '../../core/number.js';
import { peopleOf } from './gate.js';
import type { Holder } from './standing.js';

/** What the ledger knows about the keys, numbers and refs of a chunk. */
export interface ChunkFacts {
  /** Number of the run being planned. */
  readonly no: number;
  readonly run: string;
  readonly reaches: Reaches;
  readonly now: number;
  readonly policy: PlanPolicy;
  readonly listed: ReadonlySet<PhoneKey>;
  readonly holders: Map<string, Holder[]>;
  readonly refs: Map<string, RefHolder>;
}

export interface RefHolder {
  readonly no: number;
  readonly run: string;
  readonly row: number;
}

/** A row as it will be stored, and the delivered rows it takes the place of. */
export interface Judged {
  readonly row: PlannedRow;
  readonly slot: number;
  readonly superseded: readonly Holder[];
}

/** Decides about a row, and adds it to the facts, so that the next row of the chunk sees it. */
export function judgePlanned(row: PlannedRow, facts: ChunkFacts): Judged {
  if (row.state !== 'ready') return { row, slot: 0, superseded: [] };
  const held = row.key === null ? [] : (facts.holders.get(row.key) ?? []);
  const [own, others] = partOf(held, facts);
  const { reaches, listed, policy, now } = facts;
  const subject = subjectOf({
    row: row.row,
    reaches,
    people: peopleOf(reaches, row, []),
    payload: row.payload,
  });
  const earlier = { inFile: own[0]?.row ?? null, others, ...policy, now };
  const ruling = judge(subject, { listed, earlier }, 'plan');
  if (ruling) return { row: { ...row, ...ruling }, slot: 0, superseded: [] };
  const superseded = others.filter((holder) => !holder.superseded);
  const taken = facts.refs.get(row.ref);
  if (taken && !superseded.some((holder) => holder.no === taken.no && holder.row === taken.row))
    return { row: { ...row, ...notUnique(taken) }, slot: 0, superseded: [] };
  const slot = 1 + Math.max(-1, ...own.map((holder) => holder.slot));
  admit(row, slot, held, facts);
  return { row, slot, superseded };
}

/** Rows of the run that is planned, and rows of others. */
const partOf = (held: readonly Holder[], { no }: ChunkFacts): [Holder[], Holder[]] => [
  held.filter((holder) => holder.no === no),
  held.filter((holder) => holder.no !== no),
];

const notUnique = (taken: RefHolder) =>
  ({
    state: 'invalid',
    code: 'field.not-unique',
    reason: `Row ${taken.row} of run ${taken.run} has the same reference.`,
  }) as const;

function admit(row: PlannedRow, slot: number, held: readonly Holder[], facts: ChunkFacts): void {
  const { no, run, now } = facts;
  facts.refs.set(row.ref, { no, run, row: row.row });
  if (row.key === null) return;
  const fresh: EarlierRow = { run, row: row.row, state: 'ready', superseded: false, at: now };
  const past = held.map((holder) => (holder.no === no ? holder : { ...holder, superseded: true }));
  facts.holders.set(row.key, [...past, { ...fresh, key: row.key, no, slot }]);
}
