import type { Clock } from '../core/clock.js';
import type { Closed } from '../core/gate.js';
import type { Claim, Claiming, Ledger, LedgerRow, Lock, Run, Settlement } from '../core/ledger.js';
import { claimMaxAgeMs } from '../core/ledger.js';
import type { Outcome, SendResult } from '../core/outcome.js';
import { forAll } from '../core/outcome.js';
import { textOfKey, type Cleared } from '../core/number.js';
import type { OptionValues, PushOperation, ReadyRow, Sender } from '../core/vendor.js';
import { Brakes } from './brakes.js';
import type { RunStop } from './brakes.js';
import { consequenceOf } from './do-not-call.js';
import type { MaxErrors } from './job.js';

export interface SendRequest {
  readonly ledger: Ledger;
  readonly lock: Lock;
  readonly run: Run;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly items: number;
  readonly bytes: number;
  readonly perSecond: number;
  readonly concurrency: number;
  /** Rows to send at most in this call; null for all. */
  readonly maxRows: number | null;
  readonly maxErrors: MaxErrors | null;
  /** Why nobody may be contacted now; null where people may. Asked before every claim. */
  closed(): Closed | null;
  /** Aborts when no new rows may leave; requests under way are waited for. */
  readonly stopping: AbortSignal;
  /** Aborts when the lock was taken over: stop at once. `hold.ts` keeps it. */
  readonly lost: AbortSignal;
  /** Rows as they are after the ledger committed them; awaited, so that a slow reader slows the run. */
  onRows(rows: readonly LedgerRow[]): void | Promise<void>;
  onWait?(ms: number, reason: string): void;
}

/** Times a request may be repeated where the operation says repeating is safe. */
const safeRepeats = 2;

/**
 * Sends the ready rows of a sealed run: claim, request, settle. Resolves with why it stopped, or null when no
 * row is ready any more. Rejects only on what makes going on impossible (ledger lost, a bug), after requests under way settled.
 */
export async function sendRun(request: SendRequest): Promise<RunStop | null> {
  await storeLastCopies(request);
  return new Sending(request).run();
}

/** Stores what the operation is about to destroy, before the first request. */
async function storeLastCopies({ sender, ledger, run }: SendRequest): Promise<void> {
  if (!sender.before) return;
  for await (const { row, record, phones } of sender.before(readyRows(ledger, run.id))) {
    const [first = null, ...more] = phones.map(({ key }) => textOfKey(key));
    await ledger.keep(run.id, row, record, first, more);
  }
}

async function* readyRows(ledger: Ledger, run: string): AsyncIterable<ReadyRow> {
  for await (const { row, payload } of ledger.rows(run, { states: ['ready'] })) {
    if (!payload) throw new Error(`row ${row} is ready without a payload`);
    yield { row, payload };
  }
}

class Sending {
  readonly #brakes = new Brakes();
  readonly #pacer: Pacer;
  #stop: RunStop | null = null;
  #left: number;
  #settled = 0;
  #rejected = 0;
  readonly #halt = new AbortController();

  constructor(private readonly request: SendRequest) {
    this.#pacer = new Pacer(request.clock, request.perSecond);
    this.#left = request.maxRows ?? Number.POSITIVE_INFINITY;
  }

  async run(): Promise<RunStop | null> {
    const halt = (): void => this.#halt.abort();
    if (this.request.stopping.aborted) halt();
    this.request.stopping.addEventListener('abort', halt, { once: true });
    const lose = (): void => this.#halted(lockLost);
    if (this.request.lost.aborted) lose();
    this.request.lost.addEventListener('abort', lose, { once: true });
    const workers = Array.from({ length: this.request.concurrency }, () => this.#work());
    const results = await Promise.allSettled(workers);
    this.request.lost.removeEventListener('abort', lose);
    this.request.stopping.removeEventListener('abort', halt);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (this.#stop) return this.#stop;
    if (this.request.stopping.aborted) return interrupted;
    return this.request.maxRows !== null && (await this.#rowsLeft()) ? limitReached : null;
  }

  async #rowsLeft(): Promise<boolean> {
    return (await this.request.ledger.counts(this.request.run.id)).ready > 0;
  }

  #halted(stop: RunStop): void {
    this.#stop ??= stop;
    this.#halt.abort();
  }

  async #work(): Promise<void> {
    try {
      let ahead: Claimed | null = null;
      for (;;) {
        const claimed: Claimed | null = ahead ?? (await this.#turn());
        if (!claimed) return;
        if (claimed.blocked.length > 0) await this.#tellBlocked(claimed);
        if (claimed.waitMs > 0) this.#pacer.pause(claimed.waitMs);
        else if (!claimed.claim && claimed.blocked.length === 0) return;
        ahead = claimed.claim ? await this.#sendBatch(claimed.claim, claimed, ahead !== null) : null;
      }
    } catch (error) {
      this.#halt.abort();
      throw error;
    }
  }

  /** Waits for a turn and claims. Null when nothing more may be claimed. */
  async #turn(): Promise<Claimed | null> {
    await this.#pacer.turn(this.#halt.signal);
    return this.#mayClaim() ? this.#claim() : null;
  }

  #mayClaim(): boolean {
    if (this.#halt.signal.aborted) return false;
    const closed = this.request.closed();
    if (closed) this.#halted({ ...closed, kind: closed.pause ? 'window' : 'gate' });
    return !this.#halt.signal.aborted && this.#left > 0;
  }

  /** Claims the next rows. The age of a claim counts from before it was asked for, on both clocks. */
  async #claim(): Promise<Claimed> {
    const { ledger, run, lock, clock, items, bytes, perSecond } = this.request;
    const most = Math.min(items, this.#left);
    this.#left -= most;
    const asked = { monotonic: clock.monotonic(), wall: clock.now() };
    const claiming = await ledger.claim(run.id, lock, { items: most, bytes, perSecond });
    this.#left += most - (claiming.claim?.rows.length ?? 0);
    return { ...claiming, asked };
  }

  /**
   * Sends one claimed batch and settles it. A claim older than `claimMaxAgeMs` is given back unsent. If the next request
   * may start now, its claim is queued together with this settlement so that both use one commit; returns that claim, or
   * null.
   */
  async #sendBatch(claim: Claim, { asked }: Claimed, ahead: boolean): Promise<Claimed | null> {
    const { ledger, clock, sender } = this.request;
    const ages = [clock.monotonic() - asked.monotonic, clock.now() - asked.wall];
    const young = ages.every((age) => age >= 0 && age < claimMaxAgeMs);
    const sends = young && !this.#halt.signal.aborted;
    const rows = claim.cleared;
    const result = sends ? await this.#send(sender, rows) : givenBack(rows);
    // A claim made ahead that grew old says that the reader of our output is slow, nothing of the vendor.
    if (sends || !(ahead || this.#halt.signal.aborted)) await this.#judge(result);
    this.#left += result.outcomes.filter(({ outcome }) => comesBack(outcome)).length;
    const settling = ledger.settle(claim, this.#settlements(result, claim.rows));
    const next = sends && this.#pacer.due() && this.#mayClaim() ? this.#claim() : null;
    next?.catch(() => undefined); // It may fail before it is awaited: heard then.
    try {
      await this.request.onRows(await settling);
    } catch (error) {
      await next?.then((claimed) => this.#giveBack(claimed)).catch(() => undefined);
      throw error;
    }
    return next;
  }

  /** Told before the claim that came with them leaves; where nobody hears it, the claim goes back. */
  async #tellBlocked(claimed: Claimed): Promise<void> {
    try {
      await this.request.onRows(claimed.blocked);
    } catch (error) {
      await this.#giveBack(claimed).catch(() => undefined);
      throw error;
    }
  }

  /** Settles a claim of which nothing was sent: its rows are ready again. */
  async #giveBack({ claim }: Claimed): Promise<void> {
    if (claim) await this.request.ledger.settle(claim, givenBack(claim.rows).outcomes);
  }

  /** The outcomes, and what else the confirmed ones make true. */
  #settlements({ outcomes }: SendResult, rows: readonly LedgerRow[]): Settlement[] {
    const byRow = new Map(rows.map((row) => [row.row, row]));
    return outcomes.map(({ row, outcome }) => {
      const sent = byRow.get(row);
      const follows = sent === undefined ? null : consequenceOf(this.request, sent, outcome.kind);
      return { row, outcome, follows };
    });
  }

  async #send(sender: Sender, rows: readonly Cleared[]): Promise<SendResult> {
    let result = await sender.send(rows);
    const repeats =
      this.request.operation.afterLoss(this.request.options) === 'repeat-is-safe' ? safeRepeats : 0;
    for (let attempt = 0; attempt < repeats && isLost(result); attempt += 1) {
      await this.request.clock.sleep(500 * 4 ** attempt, this.#halt.signal);
      if (this.#halt.signal.aborted) break;
      const again = await sender.send(rows);
      if (isLost(again) || again.outcomes.every(({ outcome }) => outcome.kind === 'delivered'))
        result = again;
    }
    return result;
  }

  async #judge(result: SendResult): Promise<void> {
    const { stop, waitMs } = this.#brakes.after(result);
    if (stop) return this.#halted(stop);
    if (waitMs > 0) await this.#pause(waitMs, result);
    const kinds = result.outcomes.map(({ outcome }) => outcome);
    this.#settled += kinds.filter((outcome) => !comesBack(outcome)).length;
    this.#rejected += kinds.filter(({ kind }) => kind === 'rejected').length;
    if (this.#tooManyErrors()) this.#halted(tooManyErrors);
  }

  /** Everybody waits, other processes and machines too; where they cannot be told, this one does. */
  async #pause(waitMs: number, result: SendResult): Promise<void> {
    const { ledger, run } = this.request;
    this.#pacer.pause(waitMs);
    this.request.onWait?.(waitMs, reasonOf(result));
    await ledger.pause(run.id, waitMs).catch(() => undefined);
  }

  #tooManyErrors(): boolean {
    const { maxErrors } = this.request;
    if (!maxErrors) return false;
    if ('count' in maxErrors) return this.#rejected > maxErrors.count;
    return this.#settled >= 20 && (this.#rejected * 100) / this.#settled > maxErrors.percent;
  }
}

/** Gives out the moments at which a request may leave: evenly spaced, shared by all workers of a run. */
class Pacer {
  #next = 0;

  /** `perSecond` may be a fraction or Infinity. */
  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
  ) {}

  /** Waits for the next moment; returns early when the signal aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.clock.monotonic();
    const at = Math.max(now, this.#next);
    this.#next = at + 1000 / this.perSecond;
    if (at > now) await this.clock.sleep(at - now, signal);
  }

  /** Takes a turn that is due now; false where one has to wait. */
  due(): boolean {
    const now = this.clock.monotonic();
    if (this.#next > now) return false;
    this.#next = now + 1000 / this.perSecond;
    return true;
  }

  /** Nobody's turn comes before `ms` from now. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, this.clock.monotonic() + ms);
  }
}

/** What a worker got when it asked for rows, and when it asked. */
interface Claimed extends Claiming {
  readonly asked: { readonly monotonic: number; readonly wall: number };
}

const comesBack = ({ kind }: Outcome): boolean => kind === 'deferred' || kind === 'not-sent';

const isLost = (result: SendResult): boolean =>
  result.outcomes.length > 0 && result.outcomes.every(({ outcome }) => outcome.kind === 'in-doubt');

function reasonOf(result: SendResult): string {
  const outcome = result.outcomes[0]?.outcome;
  return outcome && 'reason' in outcome ? outcome.reason : '';
}

/** A claim that grew old, or that a stop overtook, goes back: no byte of it left. */
const givenBack = (rows: readonly { readonly row: number }[]): SendResult => ({
  outcomes: forAll(rows, {
    kind: 'not-sent',
    code: 'run.not-started',
    reason: 'stopped before the request left',
  }),
  stop: null,
});

/** Somebody asked the program to end. */
export const interrupted: RunStop = {
  kind: 'interrupted',
  code: 'run.interrupted',
  message: 'Stopped',
  hint: null,
};

const limitReached: RunStop = {
  kind: 'limit',
  code: 'run.limit',
  message: 'Stopped at the limit given',
  hint: null,
};

const tooManyErrors: RunStop = {
  kind: 'max-errors',
  code: 'run.max-errors',
  message: 'Stopped: more rows were rejected than --max-errors allows',
  hint: 'Look at the rejected rows before you go on',
};

const lockLost: RunStop = {
  kind: 'lock-lost',
  code: 'run.lock-lost',
  message: 'Stopped: another process took the run over',
  hint: null,
};
