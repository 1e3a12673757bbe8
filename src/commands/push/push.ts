import type { Ledger, Lock, Run } from '../../core/ledger.js';
import type { OptionValues, PushOperation, Vendor } from '../../core/vendor.js';
import type { App } from '../app.js';
import type { Session } from '../session.js';
import type { PlanFlags, SendFlags } from './flags.js';
import type { PreparedInput } from './prepare.js';
import type { Speech } from './speaking.js';

/** Everything a push has in hand once its input is open and its profile resolved. */
export interface Push {
  readonly app: App;
  readonly vendor: Vendor;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly plan: PlanFlags;
  readonly send: SendFlags;
  readonly session: Session;
  readonly input: PreparedInput;
}

/** A sealed run and everything needed to send what is left of it. */
export interface Carrying extends Speech {
  readonly app: App;
  readonly operation: PushOperation;
  readonly options: OptionValues;
  readonly session: Session;
  readonly send: SendFlags;
  readonly plan: { readonly canary: number | null };
  readonly ledger: Ledger;
  readonly lock: Lock;
  /** Aborts when another process has taken the lock over. */
  readonly lost: AbortSignal;
  readonly run: Run;
  /** True where the run was there before this call. */
  readonly continued: boolean;
}
