import type { PlannedRow, PlanPolicy, Standing } from '../../core/ledger.js';
import { duplicate, onTheList, standingAmong, type Holder } from './standing.js';

/** What the ledger knows about the keys, phones and refs of a chunk. */
export interface Facts {
  /** Number of the run being planned. */
  readonly no: number;
  readonly run: string;
  readonly now: number;
  readonly policy: PlanPolicy;
  readonly listed: ReadonlySet<string>;
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
export function judge(row: PlannedRow, facts: Facts): Judged {
  if (row.state !== 'ready') return { row, slot: 0, superseded: [] };
  const held = row.key === null ? [] : (facts.holders.get(row.key) ?? []);
  const against = objection(row, held, facts);
  if (against) return { row: { ...row, ...against }, slot: 0, superseded: [] };
  const superseded = held.filter((holder) => holder.no !== facts.no && !holder.superseded);
  const taken = facts.refs.get(row.ref);
  if (taken && !superseded.some((holder) => holder.no === taken.no && holder.row === taken.row))
    return { row: { ...row, ...notUnique(taken) }, slot: 0, superseded: [] };
  const slot = 1 + Math.max(-1, ...ownOf(held, facts).map((holder) => holder.slot));
  admit(row, slot, held, facts);
  return { row, slot, superseded };
}

const ownOf = (held: readonly Holder[], facts: Facts): Holder[] => held.filter(({ no }) => no === facts.no);

function objection(row: PlannedRow, held: readonly Holder[], facts: Facts): Standing | null {
  const { listed, policy, now } = facts;
  if ((row.key !== null && listed.has(row.key)) || (row.phone !== null && listed.has(row.phone)))
    return onTheList;
  const [first] = ownOf(held, facts);
  if (first && !policy.allowDuplicates)
    return duplicate('in-file', `The same as row ${first.row} of this file.`);
  const others = held.filter(({ no }) => no !== facts.no);
  return standingAmong(others, policy, now);
}

const notUnique = (taken: RefHolder) =>
  ({
    state: 'invalid',
    code: 'field.not-unique',
    reason: `Row ${taken.row} of run ${taken.run} has the same reference.`,
  }) as const;

function admit(row: PlannedRow, slot: number, held: readonly Holder[], facts: Facts): void {
  const { no, run, now } = facts;
  facts.refs.set(row.ref, { no, run, row: row.row });
  if (row.key === null) return;
  const own: Holder = {
    key: row.key,
    no,
    run,
    row: row.row,
    slot,
    state: 'ready',
    superseded: false,
    at: now,
  };
  const past = held.map((holder) => (holder.no === no ? holder : { ...holder, superseded: true }));
  facts.holders.set(row.key, [...past, own]);
}
