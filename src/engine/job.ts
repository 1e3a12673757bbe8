import type { Clock } from '../core/clock.js';
import { Exit, UserError } from '../core/errors.js';
import type { RunFacts } from '../core/gate.js';
import type { AccountRef, LedgerRow, Owner, PlanPolicy, Run } from '../core/ledger.js';
import type { Place } from '../core/place.js';
import type { StateCounts } from '../core/life.js';
import type { OptionValues, PushOperation, VendorContext } from '../core/vendor.js';
import type { Witness } from '../core/witness.js';
import type { RunStop } from './brakes.js';

/** The process a job runs in. */
export interface World {
  readonly clock: Clock;
  /** Aborts when nothing new may leave; requests under way are waited for. */
  readonly stopping: AbortSignal;
  /** Which signal that was, once there was one. */
  signal(): 'SIGINT' | 'SIGTERM' | null;
  /** This process, as holders of locks know each other. */
  owner(): Promise<Owner>;
  /** What is kept, outside the ledger, of how far it had got. */
  witness(): Promise<Witness>;
}

/** Most rejected rows before a run stops: so many, or so many percent of the rows settled (judged from 20 rows on). */
export type MaxErrors = { readonly count: number } | { readonly percent: number };

/** How a job plans and sends; everything that flags and profile decide. */
export interface Policy extends PlanPolicy {
  /** Rows in one request at most, and bytes. */
  readonly items: number;
  readonly bytes: number;
  /** Requests in a second. */
  readonly perSecond: number;
  readonly concurrency: number;
  /** Rows to send now; null for all. */
  readonly limit: number | null;
  /** Rows to send before the rest is asked about; null for none. */
  readonly canary: number | null;
  readonly maxErrors: MaxErrors | null;
  /** Ask the vendor once, after sending, about rows whose answer was lost. */
  readonly readsBack: boolean;
  /** How long another salesq that works on the same is waited for, in ms. */
  readonly waitLockMs: number;
  /** What the profile says of when people may be contacted. */
  readonly contact: Omit<RunFacts, 'reaches' | 'now' | 'ledger'>;
}

/** What happens while a job runs; told in order, and awaited, so that a slow reader slows the job. */
export type JobEvent =
  | { readonly kind: 'phase'; readonly name: 'planning' | 'sending'; readonly total: number | null }
  /** Rows as the plan holds them. */
  | { readonly kind: 'planned'; readonly rows: readonly LedgerRow[] }
  /** Rows as the ledger committed them: settled, or never to be sent. */
  | { readonly kind: 'rows'; readonly rows: readonly LedgerRow[] }
  /** People of the account were contacted before under another key, last by this run. */
  | { readonly kind: 'other-key'; readonly run: Run }
  | { readonly kind: 'waiting'; readonly ms: number; readonly why: string }
  | { readonly kind: 'said'; readonly text: string; readonly warning?: true };

/** What a job cannot decide by itself. */
export interface Questions {
  /** Before the first row leaves, with how many are ready. Throws UserError (exit 10) where it is not confirmed. */
  confirmStart(ready: number): Promise<void>;
  /** After the canary's rows: whether the rest may follow. */
  confirmRest(sent: number, counts: StateCounts): Promise<boolean>;
}

/** One operation of one account, and how it is to be done. */
export interface Job {
  readonly place: Place;
  readonly profile: string;
  readonly vendor: string;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly account: AccountRef;
  /** Tells that a key is another one than before, not what it is; null where the vendor has none. It decides nothing. */
  readonly keyMark: string | null;
  readonly context: VendorContext;
  readonly policy: Policy;
  readonly questions: Questions;
  tell(event: JobEvent): void | Promise<void>;
}

/** How a job ended. */
export interface Ended {
  readonly run: Run;
  readonly counts: StateCounts;
  /** Counts before this call sent anything. */
  readonly before: StateCounts;
  /** Rows that were under way when the run was cut off earlier; they are in doubt. */
  readonly cutOff: number;
  /** Why it ended before its rows did; null where it did not. */
  readonly stop: RunStop | null;
  /** True where the run was there before this call. */
  readonly resumed: boolean;
}

/** A signal came before the plan was whole: nothing of it may be sent. */
export const interruptedWhilePlanning = (world: Pick<World, 'signal'>): UserError =>
  interruption(world, 'Stopped while the plan was being made; nothing was sent');

/** The error of a signal (exit 130 or 143). */
export const interruption = ({ signal }: Pick<World, 'signal'>, message: string): UserError =>
  new UserError({
    code: 'run.interrupted',
    message,
    hint: 'Run the same command again',
    exit: signal() === 'SIGTERM' ? Exit.sigterm : Exit.sigint,
  });
