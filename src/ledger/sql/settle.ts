import { sharedNumber } from '../../core/gate.js';
import { type Json, readJson, writeJson } from '../../core/json.js';
import type { Claim, LedgerRow, Lock, Settlement } from '../../core/ledger.js';
import type { Outcome } from '../../core/outcome.js';
import { move, tryMove, type Moved } from '../move.js';
import type { Tx, World } from '../store.js';
import { isSending, mustChange, mustSealed, noteEvents } from './records.js';
import { isOver, mustHold } from './locks.js';
import { touch } from './runs.js';
import { applyConsequences } from './consequences.js';

/** What an answer makes of a row. */
interface Settled extends Moved<'settle'> {
  readonly kind: Outcome['kind'];
  readonly vendor_id: string | null;
  readonly detail: string | null;
}

/** Settles a claim. Only its claimer can, and each attempt once; a row without an outcome becomes in doubt. */
export async function settle(
  tx: Tx,
  who: string,
  claim: Claim,
  settlements: readonly Settlement[],
): Promise<LedgerRow[]> {
  const run = await mustSealed(tx.db, claim.run);
  const settled = settledRows(run.no, claim, settlements);
  const { owner, epoch } = claim.lock;
  const changed = await tryMove(tx, 'settle', settled, { owner: owner.id, epoch });
  if (changed !== settled.length) {
    if (await settledBefore(tx, claim, settled)) return asSettled(tx, claim, settled);
    await mustHold(tx, claim.lock);
  }
  mustChange('settle', changed, settled.length);
  await noteEvents(tx, run.no, owner.id, settled);
  await applyConsequences(
    tx,
    who,
    run,
    settlements.map(({ follows }) => follows),
  );
  await touch(tx, run.no, run.updated_at);
  return asSettled(tx, claim, settled);
}

interface SettledLine {
  readonly run: number;
  readonly row: number;
  readonly attempt: number;
  readonly state: string;
  readonly code: string | null;
}

const lineTypes = {
  run: 'integer',
  row: 'integer',
  attempt: 'integer',
  state: 'text',
  code: 'text',
} as const;

const lineOf = ({ run, row, attempt, to, code }: Settled): SettledLine => ({
  run,
  row,
  attempt,
  state: to,
  code,
});

/** Whether these settlements are stored already: the first try was committed, and its answer was lost. */
async function settledBefore(
  { db, flavour }: Tx,
  claim: Claim,
  settled: readonly Settled[],
): Promise<boolean> {
  const { owner, epoch } = claim.lock;
  const found = await db
    .selectFrom(flavour.table<SettledLine>(lineTypes, settled.map(lineOf)))
    .innerJoin('rows', (join) =>
      join
        .onRef('rows.run', '=', 't.run')
        .onRef('rows.row', '=', 't.row')
        .onRef('rows.attempt', '=', 't.attempt')
        .onRef('rows.state', '=', 't.state')
        .onRef('rows.code', 'is not distinct from', 't.code'),
    )
    .where('rows.owner', '=', owner.id)
    .where('rows.epoch', '=', epoch)
    .select('rows.row')
    .execute();
  return found.length === settled.length;
}

const asSettled = (tx: Tx, claim: Claim, settled: readonly Settled[]): LedgerRow[] =>
  claim.rows.map((row, i) => ({ ...row, ...changes(settled[i]), updatedAt: tx.now }));

const changes = (settled: Settled | undefined) =>
  settled && {
    state: settled.to,
    code: settled.code,
    reason: settled.reason,
    vendorId: settled.vendor_id,
    detail: settled.detail === null ? null : (readJson(settled.detail) as Json),
  };

function settledRows(run: number, claim: Claim, settlements: readonly Settlement[]): Settled[] {
  const outcomes = new Map(settlements.map(({ row, outcome }) => [row, outcome]));
  if (outcomes.size !== settlements.length) throw new Error('A row was settled twice at once.');
  const settled = claim.rows.map((claimed) => {
    const { row, attempt } = claimed;
    const outcome = outcomes.get(row) ?? noOutcome;
    outcomes.delete(row);
    return { run, row, attempt, from: 'sending' as const, ...stillSaid(claimed, toSettled(outcome)) };
  });
  if (outcomes.size > 0) throw new Error('A row was settled that was not claimed.');
  return settled;
}

type Answer = Omit<Settled, 'run' | 'row' | 'attempt' | 'from'>;

/** A row that was delivered, or is to be sent again, without its second number still says so. */
function stillSaid({ code, reason }: LedgerRow, answer: Answer): Answer {
  if (code !== sharedNumber) return answer;
  if (answer.to === 'ready') return { ...answer, code, reason };
  if (answer.to !== 'delivered') return answer;
  return { ...answer, code, reason: [reason, answer.reason].filter((said) => said !== null).join(' ') };
}

const noOutcome: Outcome = {
  kind: 'in-doubt',
  code: 'engine.no-outcome',
  reason: 'The request ended without an answer for this row.',
};

function toSettled(outcome: Outcome): Answer {
  const { kind } = outcome;
  switch (kind) {
    case 'delivered': {
      const detail = outcome.detail === undefined ? null : writeJson(outcome.detail);
      return {
        kind,
        to: kind,
        code: null,
        reason: outcome.note ?? null,
        vendor_id: outcome.vendorId,
        detail,
      };
    }
    case 'already': {
      const { code, reason, vendorId } = outcome;
      return { kind, to: kind, code, reason, vendor_id: vendorId, detail: null };
    }
    case 'rejected':
    case 'in-doubt': {
      const { code, reason } = outcome;
      return { kind, to: kind, code, reason, vendor_id: null, detail: null };
    }
    case 'deferred':
    case 'not-sent': {
      const { code, reason } = outcome;
      return { kind, to: 'ready', code, reason, vendor_id: null, detail: null };
    }
  }
}

/** Puts rows in doubt that a worker was sending when it died: they may have been contacted. Returns how many. */
export async function recover(tx: Tx, world: World, id: string, lock: Lock): Promise<number> {
  await mustHold(tx, lock);
  const run = await mustSealed(tx.db, id);
  const code = 'run.interrupted';
  const reason = 'The program ended between sending this row and noting the answer.';
  const gone = await deadSenders(tx, world, run.no, lock);
  if (gone.length === 0) return 0;
  const found = await tx.db
    .selectFrom('rows')
    .select(['rows.run', 'rows.row', 'rows.attempt'])
    .where('run', '=', run.no)
    .where(isSending)
    .where((eb) => eb.or(gone.map(({ owner, epoch }) => eb.and({ owner, epoch }))))
    .execute();
  const moved = found.map((row): Moved<'interrupt'> => ({
    ...row,
    from: 'sending',
    to: 'in-doubt',
    code,
    reason,
  }));
  await move(tx, 'interrupt', moved);
  const events = found.map(({ row, attempt }) => ({
    ...{ row, attempt, kind: 'interrupted', code, reason },
    detail: null,
  }));
  await noteEvents(tx, run.no, lock.owner.id, events);
  if (found.length > 0) await touch(tx, run.no);
  return found.length;
}

interface Sender {
  readonly owner: string;
  readonly epoch: number;
}

/** Owners of `sending` rows of the run whose lock has ended. Never includes the caller. */
async function deadSenders(tx: Tx, world: World, run: number, lock: Lock): Promise<Sender[]> {
  const senders = await tx.db
    .selectFrom('rows')
    .select(['owner', 'epoch'])
    .distinct()
    .where('run', '=', run)
    .where(isSending)
    .execute();
  const gone: Sender[] = [];
  for (const { owner, epoch } of senders) {
    if (owner === null || epoch === null) throw new Error('A row is being sent by nobody.');
    if (owner === lock.owner.id && epoch === lock.epoch) continue;
    if (await isOver(tx, world, owner, epoch)) gone.push({ owner, epoch });
  }
  return gone;
}
