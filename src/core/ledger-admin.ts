import type { AccountRef, Loss, Owner } from './ledger.js';
import type { RowState } from './life.js';

/**
 * What a ledger may be besides in use. `moved`: it was copied to another place, which is the one to use. `backup`: it is as
 * old as the backup, and what was sent since is unknown to it. `arriving`: a copy that was not finished.
 */
export type LedgerMark =
  | { readonly kind: 'moved'; readonly to: string; readonly at: number }
  | { readonly kind: 'backup'; readonly of: string; readonly at: number }
  | { readonly kind: 'arriving'; readonly from: string; readonly at: number };

export interface HeldLock {
  readonly name: string;
  readonly owner: Owner;
  readonly since: number;
  readonly heartbeatAt: number;
  /** Null: another machine's, and not silent for long enough to be called dead. */
  readonly alive: boolean | null;
}

/** That a person decided to go on with a ledger as it is. */
export interface AdoptionNote {
  readonly at: number;
  /** `user@host`. */
  readonly by: string;
  readonly reason: string | null;
}

/** That a person decided to go on with the clock as it was then, although it disagreed with the newest entry. */
export interface ClockNote extends AdoptionNote {
  /** The newest entry at that moment (ms). */
  readonly newest: number;
}

/** What a ledger is and holds. */
export interface LedgerStatus {
  /** Without credentials. */
  readonly where: string;
  /** Null for one that no program has opened that gives ids. */
  readonly id: string | null;
  readonly adopted: AdoptionNote | null;
  /** The last decision about the clock; null where there was none. */
  readonly clock: ClockNote | null;
  /** Now, and the newest moment anything was noted (ms; 0 for a new ledger), both by the ledger's clock. */
  readonly now: number;
  readonly newest: number;
  /** Seen to be an older copy; null where it was not, or was taken into use since. */
  readonly contested: Loss | null;
  /** How many names the file has; 1 for a server. More than one is refused by every command that writes. */
  readonly names: number;
  readonly engine: 'sqlite' | 'postgresql';
  readonly engineVersion: string;
  readonly schema: { readonly found: number; readonly known: number };
  readonly mark: LedgerMark | null;
  /** Settings that decide whether a commit survives a power cut, as the engine tells them. */
  readonly durability: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** When a command last opened it, and on which machine; null where none did. */
  readonly opened: { readonly at: number; readonly host: string } | null;
  /** Null where the schema is not one this program can count in. */
  readonly holds: LedgerHoldings | null;
}

export interface LedgerHoldings {
  readonly accounts: number;
  /** Rows of each account that may have reached a person. */
  readonly contacts: readonly { readonly account: AccountRef; readonly contacts: number }[];
  /** Changes of the do-not-call list. */
  readonly optOuts: number;
  readonly runs: { readonly all: number; readonly unfinished: number; readonly unsealed: number };
  readonly rows: Readonly<Record<RowState, number>>;
  readonly doNotCall: number;
  readonly deliveries: { readonly stored: number; readonly quarantined: number };
  readonly locks: readonly HeldLock[];
}

/** Something in a ledger that should not be. No phone number is in it. */
export interface LedgerFinding {
  /** Stable and dotted: `check.two-live`. */
  readonly code: string;
  /** Id of the run it is about. */
  readonly run: string | null;
  readonly row: number | null;
  readonly message: string;
}

export interface LedgerCheck {
  readonly where: string;
  /** Names of the checks that were made. */
  readonly checked: readonly string[];
  /** What could not be checked here, and why. */
  readonly skipped: readonly string[];
  readonly findings: readonly LedgerFinding[];
}

export interface LedgerMigration {
  readonly where: string;
  readonly from: number;
  readonly to: number;
  /** Copy made before the first step; null where there was no step, or nothing to copy, or the engine has its own. */
  readonly backup: string | null;
}

/** A table that was copied and read back. */
export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 over its rows, ordered by key; the same on both sides. */
  readonly sha256: string;
}

export interface LedgerCopy {
  readonly from: string;
  readonly to: string;
  readonly tables: readonly CopiedTable[];
  /** Size of the new file; null for a server. */
  readonly bytes: number | null;
}

/** What a purge forgets. */
export interface PurgeCounts {
  readonly runs: number;
  readonly rows: number;
  readonly events: number;
  readonly keepsakes: number;
  readonly deliveries: number;
}

/** Why a ledger is taken into use. */
export interface AdoptWhy {
  readonly reason?: string | null;
  /** Also one that carries no mark, and a new one where there is none: the witness speaks against it. */
  readonly unmarked?: boolean;
  /** The adoption counts as later than this moment (ms). */
  readonly after?: number;
}

export interface Adoption {
  readonly where: string;
  /** What the ledger was; null where it carried no mark. */
  readonly mark: LedgerMark | null;
  /** Rows that were ready here and may have been sent elsewhere since: in doubt now. */
  readonly inDoubt: number;
}

/**
 * Looking after a ledger. Nothing here makes a ledger that is not there, other than the target of a copy or backup.
 * Throws UserError `ledger.missing`, `ledger.newer`, `ledger.corrupt`, `ledger.foreign`, … (exit 6), `run.locked`,
 * `ledger.busy` (exit 11), `run.interrupted` (exit 130, 143) where the signal came.
 */
export interface LedgerAdmin {
  readonly where: string;
  /** Reads only. */
  status(): Promise<LedgerStatus>;
  /** Reads only. */
  check(): Promise<LedgerCheck>;
  /** Brings the schema up to date; a file is copied first. */
  migrate(): Promise<LedgerMigration>;
  /** A consistent, verified copy in one new file, while others write. Throws `ledger.exists` unless `force`. */
  backup(to: string, force: boolean): Promise<LedgerCopy>;
  /**
   * Moves everything to an empty place and marks this one as moved. The target is a path that is free, or the address of
   * a PostgreSQL database without a ledger, or with an empty one. Interrupted, it is finished by the same call.
   * @throws UserError `ledger.exists`, `ledger.not-empty` (exit 6), `run.locked` (exit 11) where somebody is at work
   */
  copy(to: string): Promise<LedgerCopy>;
  /**
   * Takes a ledger into use that was moved away or is a backup. Its `ready` rows may have been sent from elsewhere since
   * and become in doubt, unless `nothingSent`. It has a new id afterwards: it and the one it is a copy of are two ledgers
   * from then on. Throws `ledger.in-use` (exit 6) for one that is in use as it is, unless `why.unmarked`.
   */
  adopt(nothingSent: boolean, why?: AdoptWhy): Promise<Adoption>;
  /** Takes the clock as it is for the right one, whatever the newest entry says. Returns what it was (ms). */
  adoptClock(reason: string): Promise<ClockNote>;
  /** What `purge` would forget; reads only. */
  purgeable(before: number): Promise<PurgeCounts>;
  /** Forgets personal data of runs that ended, and deliveries that came, before that moment (ms). May be repeated. */
  purge(before: number): Promise<PurgeCounts>;
}
