import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Json } from '../core/json.js';
import type { Consequence, Doubt, Ledger, LedgerRow, Lock, Run } from '../core/ledger.js';
import { lookUp } from '../core/number.js';
import { type DoubtfulRow, type Sighting, unclear } from '../core/outcome.js';
import { withoutSecrets } from '../core/secret.js';
import type { OptionValues, PushOperation, ReadBack, VendorContext } from '../core/vendor.js';
import { consequenceOf } from './do-not-call.js';

export interface ReconcileRequest {
  readonly ledger: Ledger;
  readonly lock: Lock;
  readonly run: Run;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly context: VendorContext;
  readonly clock: Clock;
  /** Look even where looking changes something at the vendor. */
  readonly probe: boolean;
  /** Wait until absence means something, and look again. */
  readonly wait: boolean;
  /** Aborts when nobody is to be asked any more. */
  readonly stopping: AbortSignal;
  /** Rows whose state reading back changed, after the ledger committed them. */
  onRows?(rows: readonly LedgerRow[]): void | Promise<void>;
  /** Before a wait, with the milliseconds it takes. */
  onWait?(ms: number): void;
}

/** A row that was in doubt when it began. */
export interface Reconciled {
  readonly before: LedgerRow;
  readonly after: LedgerRow;
  readonly sighting: Sighting;
  /** When asking again can tell more (wall clock, ms); null where it cannot. */
  readonly askAgainAt: number | null;
}

export interface Reconciliation {
  /** In row order. */
  readonly rows: readonly Reconciled[];
  /** Why not every row was looked for (UserError of the vendor, exit 4 or 5); null where each was. */
  readonly failure: UserError | null;
}

/** Rows looked for and committed at a time. */
const pageSize = 200;
/** Between two looks at a row that is absent, in ms: two at once would be one. */
const betweenLooksMs = 15_000;
/** Beyond the settle time, for clocks that round, in ms. */
const slackMs = 250;
/** A row that is still absent after so many looks of one call is left for the next one. */
const mostLooks = 4;

/**
 * Asks the vendor about the rows of a sealed run that are in doubt, and has the ledger reconcile them. Nothing is sent
 * again here. Holder of the lock only; interrupted rows are recovered before. Rejects only on what makes going on
 * impossible (ledger or lock lost, a bug).
 */
export async function reconcileRun(request: ReconcileRequest): Promise<Reconciliation> {
  const seen = new Map<number, Reconciled>();
  for (let look = 1; ; look += 1) {
    const failure = await lookAtAll(request, seen);
    const rows = [...seen.values()];
    const next = request.wait && !failure && look < mostLooks ? earliest(rows) : null;
    if (next === null || request.stopping.aborted) return { rows, failure };
    const ms = Math.max(0, next - request.clock.now());
    request.onWait?.(ms);
    await request.clock.sleep(ms, request.stopping);
    if (request.stopping.aborted) return { rows, failure: null };
  }
}

/** When the last of the rows that waiting can settle may be looked at again. */
function earliest(rows: readonly Reconciled[]): number | null {
  const times = rows.flatMap(({ askAgainAt }) => (askAgainAt === null ? [] : [askAgainAt]));
  return times.length > 0 ? Math.max(...times) : null;
}

/** One look at every row in doubt, a page at a time. Returns why the vendor could not be asked for all of them. */
async function lookAtAll(
  request: ReconcileRequest,
  seen: Map<number, Reconciled>,
): Promise<UserError | null> {
  const { operation, ledger, run, probe, stopping } = request;
  const { readBack } = operation;
  let failure: UserError | null = null;
  for await (const page of pagesOf(ledger.doubts(run.id), readBack?.probe ? 1 : pageSize)) {
    const stopped: boolean = stopping.aborted || failure !== null;
    const asked: ReadBack | null = readBack && (!readBack.probe || probe) && !stopped ? readBack : null;
    const looked: readonly Reconciled[] | UserError = asked ? await lookAtPage(request, asked, page) : [];
    if (looked instanceof UserError) failure = stopping.aborted ? null : looked;
    else for (const row of looked) seen.set(row.before.row, row);
    for (const { row } of page) if (!seen.has(row.row)) seen.set(row.row, untouched(row, request, looked));
  }
  return failure;
}

async function* pagesOf(doubts: AsyncIterable<Doubt>, size: number): AsyncIterable<Doubt[]> {
  let page: Doubt[] = [];
  for await (const doubt of doubts) {
    page.push(doubt);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Asks, has the ledger act on what was seen, and says what became of each row; the error where nobody could be asked. */
async function lookAtPage(
  request: ReconcileRequest,
  readBack: ReadBack,
  page: readonly Doubt[],
): Promise<Reconciled[] | UserError> {
  const { ledger, lock, run, clock } = request;
  const asked = { at: clock.now(), since: clock.monotonic() };
  const sightings = await sightingsOf(request, readBack, page);
  if (sightings instanceof UserError) return sightings;
  // An absence counts by when it was asked for, not by when it is noted.
  const took = Math.ceil(Math.max(clock.monotonic() - asked.since, clock.now() - asked.at, 0));
  const rule = {
    settleMs: readBack.settleMs + took,
    apartMs: betweenLooksMs + took,
    absentMeansReady: readBack.absentMeansReady,
  };
  const rows = await ledger.reconcile(run.id, lock, [...sightings.values()], rule, followsOf(request, page));
  const settled = rows.filter(({ state }) => state !== 'in-doubt');
  if (settled.length > 0) await request.onRows?.(settled);
  const after = new Map(rows.map((row) => [row.row, row]));
  return page.flatMap((doubt) => {
    const sighting = sightings.get(doubt.row.row);
    if (!sighting) return [];
    const now = after.get(doubt.row.row) ?? doubt.row;
    const again = now.state === 'in-doubt' && sighting.seen === 'absent';
    const askAgainAt = again ? nextLook(doubt, readBack, asked.at, clock.now()) : null;
    return [{ before: doubt.row, after: now, sighting, askAgainAt }];
  });
}

/** What else is true of each row if it turns out to have been confirmed. */
function followsOf(request: ReconcileRequest, page: readonly Doubt[]): ReadonlyMap<number, Consequence> {
  return new Map(
    page.flatMap(({ row }) => {
      const follows = consequenceOf(request, row, 'delivered');
      return follows ? [[row.row, follows] as const] : [];
    }),
  );
}

/** What `find` said, joined by row, at most once for each row that was asked for. Secrets are blotted out. */
async function sightingsOf(
  request: ReconcileRequest,
  readBack: ReadBack,
  page: readonly Doubt[],
): Promise<Map<number, Sighting> | UserError> {
  const { context, options } = request;
  const kept = readBack.looksAtKept ? await keptOf(request, page) : new Map<number, Json>();
  const rows = page.flatMap((doubt) => doubtful(doubt, kept.get(doubt.row.row)));
  const wanted = new Set(rows.map(({ row }) => row));
  try {
    const found = await readBack.find(reading(request, readBack), rows, options);
    const sightings = new Map<number, Sighting>();
    for (const sighting of withoutSecrets(found, Object.values(context.settings.secrets))) {
      if (!wanted.delete(sighting.row))
        throw new Error('reading back spoke of a row twice, or of one it was not asked for');
      sightings.set(sighting.row, sighting);
    }
    return sightings;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** A read is cut by the first signal: it changes nothing. A probe is not, its answer would be lost. */
function reading({ context, stopping }: ReconcileRequest, readBack: ReadBack): VendorContext {
  if (readBack.probe) return context;
  return { ...context, signal: AbortSignal.any([context.signal, stopping]) };
}

/** A row without its payload (forgotten since) cannot be looked for. */
function doubtful({ row: stored, sentAt }: Doubt, kept: Json | undefined): DoubtfulRow[] {
  const { row, ref, payload } = stored;
  if (!payload) return [];
  return [{ row, ref, payload: lookUp(payload), sentAt, ...(kept === undefined ? {} : { kept }) }];
}

/** The first copy of each row: later ones may have been made after the request whose answer was lost. */
async function keptOf({ ledger, run }: ReconcileRequest, page: readonly Doubt[]): Promise<Map<number, Json>> {
  const wanted = new Set(page.map(({ row }) => row.row));
  const kept = new Map<number, Json>();
  for await (const { row, record } of ledger.kept(run.id))
    if (wanted.has(row) && !kept.has(row)) kept.set(row, record);
  return kept;
}

/** When an absent row should be looked at again: absence counts from the settle time on, and twice. */
function nextLook(
  { sentAt, released, absentAt }: Doubt,
  { settleMs, absentMeansReady }: ReadBack,
  askedAt: number,
  now: number,
): number | null {
  if (askedAt - sentAt < settleMs) return sentAt + settleMs + slackMs;
  if (!absentMeansReady || released) return null;
  const counted = absentAt === null || askedAt - absentAt >= betweenLooksMs ? now : absentAt;
  return counted + betweenLooksMs + slackMs;
}

/** A row that was not looked for, or that the vendor's answer does not mention: nothing is noted of it. */
function untouched(
  row: LedgerRow,
  { operation: { readBack }, probe }: ReconcileRequest,
  looked: readonly Reconciled[] | UserError,
): Reconciled {
  const say = (code: string, reason: string): Reconciled => {
    return { before: row, after: row, sighting: unclear(row, code, reason), askAgainAt: null };
  };
  if (looked instanceof UserError) return say(looked.code, looked.message);
  if (!readBack) return say('readback.none', 'this vendor cannot be asked what it has: a person decides');
  if (readBack.probe && !probe)
    return say('readback.needs-probe', `only --probe can tell: ${readBack.about}`);
  return say('readback.not-asked', 'the vendor was not asked for this row');
}
