import { isoTime } from '../../core/clock.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { Resolution, Run } from '../../core/ledger.js';
import type { Place } from '../../core/place.js';
import type { PushSummary } from '../../core/push-summary.js';
import type { Column } from '../../core/report.js';
import type { OptionValues, PushOperation } from '../../core/vendor.js';
import type { Reconciled } from '../../pipeline/reconcile.js';

/** What the commands of a row are made of. */
export interface RowsOf {
  readonly run: Pick<Run, 'id'>;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly place: Place;
}

/** Columns of a row that was in doubt. */
export const reconcileColumns: readonly Column[] = [
  { title: 'row', value: (row) => row['row'], kind: 'number' },
  { title: 'phone', value: (row) => row['phone'], kind: 'phone' },
  { title: 'state', value: (row) => row['state'], kind: 'state' },
  { title: 'seen', value: (row) => row['seen'] },
  { title: 'code', value: (row) => row['code'] },
  { title: 'reason', value: (row) => row['reason'] },
  { title: 'askAgainAt', value: (row) => row['askAgainAt'], kind: 'time' },
];

/** A row that was in doubt as every output prints it; `resolve` is null where nothing is left to decide. */
export function reconcileRecord(row: Reconciled, of: RowsOf): JsonObject {
  const { before, after, sighting, askAgainAt } = row;
  const { code, reason } = saidOf(row);
  return {
    type: 'row',
    run: of.run.id,
    row: after.row,
    phone: after.phone,
    before: before.state,
    state: after.state,
    seen: sighting.seen,
    code,
    reason,
    vendorId: after.vendorId,
    evidence: evidenceOf(row),
    askAgainAt: askAgainAt === null ? null : isoTime(askAgainAt),
    resolve: after.state === 'in-doubt' ? resolveCommand(row, of) : null,
  };
}

const evidenceOf = ({ sighting }: Reconciled): Json =>
  sighting.seen === 'unclear' ? null : sighting.evidence;

function saidOf({ after, sighting, askAgainAt }: Reconciled): {
  readonly code: string | null;
  readonly reason: string | null;
} {
  if (after.state !== 'in-doubt') return { code: after.code, reason: after.reason };
  switch (sighting.seen) {
    case 'unclear':
      return { code: sighting.code, reason: sighting.reason };
    case 'absent':
      return { code: 'readback.absent', reason: absence(askAgainAt) };
    case 'taken-back':
      return {
        code: 'readback.taken-back',
        reason: 'taken back; it was made ready again once before, so a person decides',
      };
    case 'found':
      return { code: 'readback.found', reason: 'found' };
  }
}

const absence = (askAgainAt: number | null): string =>
  askAgainAt === null
    ? 'the vendor does not show it, which is no proof that it will not come: a person decides'
    : `the vendor does not show it yet: ask again after ${isoTime(askAgainAt)}`;

/** A decision after which nobody is contacted twice, whatever is true; the person who decides may know better. */
function decisionOf({ sighting }: Reconciled, { operation, options }: RowsOf): Resolution {
  if (sighting.seen === 'taken-back' || operation.afterLoss(options) === 'repeat-is-safe') return 'not-sent';
  return sighting.seen === 'absent' ? 'abandoned' : 'delivered';
}

const resolveCommand = (row: Reconciled, of: RowsOf): string =>
  of.place.command(
    `salesq runs resolve ${of.run.id} --row ${row.after.row} --as ${decisionOf(row, of)} --reason "..."`,
  );

/** Decisions shown one by one to people. */
const mostShown = 20;

/** What to do with the rows that stay in doubt, for people. */
export function decisionLines(rows: readonly Reconciled[], of: RowsOf): string[] {
  const open = rows.filter(({ after, askAgainAt }) => after.state === 'in-doubt' && askAgainAt === null);
  if (open.length === 0) return [];
  return [
    `${open.length} ${open.length === 1 ? 'row stays' : 'rows stay'} in doubt. Nobody is contacted again until you decide:`,
    '  --as delivered (it arrived), not-sent (send it again), abandoned (give it up)',
    ...open.slice(0, mostShown).map((row) => `  ${resolveCommand(row, of)}`),
    ...(open.length > mostShown ? [`  … and ${open.length - mostShown} more: -o json names each`] : []),
  ];
}

/** Commands to go on with: what asking again can still settle, else the first decision; sending comes last. */
export function nextOf(summary: PushSummary, rows: readonly Reconciled[], of: RowsOf): string[] {
  const again = `salesq runs reconcile ${of.run.id}`;
  const open = rows.filter(({ after }) => after.state === 'in-doubt');
  const undecided = open.find(({ askAgainAt }) => askAgainAt === null);
  const needsProbe = open.some(
    ({ sighting }) => sighting.seen === 'unclear' && sighting.code === 'readback.needs-probe',
  );
  const asking = open.some(({ askAgainAt }) => askAgainAt !== null)
    ? [of.place.command(`${again} --wait`)]
    : needsProbe
      ? [of.place.command(`${again} --probe`)]
      : [];
  const instead = [...(undecided ? [resolveCommand(undecided, of)] : []), ...asking];
  return summary.next.flatMap((command) => (command === again ? instead : [of.place.command(command)]));
}
