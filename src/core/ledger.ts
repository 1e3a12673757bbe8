import type { Reaches, Ruling } from './gate.js';
import type { Json, JsonObject } from './json.js';
import type { Cleared, PhoneKey, SealedObject } from './number.js';
import type { Outcome, Sighting } from './outcome.js';
import type { SourceFacts } from './row.js';
import type { Recontact } from './units.js';
import type { PlannedState, RowState, StateCounts } from './life.js';

/** A claim older than this is not sent any more, it is given back. */
export const claimMaxAgeMs = 5_000;

/** Rows a plan commits at a time. */
export const planChunk = 1_000;

/** Names a vendor account for the ledger: whatever of the aliases was seen before means the same account. */
export interface AccountRef {
  readonly vendor: string;
  /** Operator's own name, for people. */
  readonly name: string | null;
  /** What it is known by: place and name together, as `core/account.ts` makes it. No secret, path or profile name. */
  readonly aliases: readonly string[];
}

/** That a person said something about an account. */
export interface AccountDecision {
  /** Wall clock, ms. */
  readonly at: number;
  /** `user@host`. */
  readonly by: string;
  readonly reason: string | null;
}

/** An account as the ledger knows it. */
export interface KnownAccount {
  readonly id: string;
  readonly ref: AccountRef;
  /** Rows that may have reached a person. */
  readonly contacts: number;
  /** When its first run was made and its last one changed (ms); null where there is none. */
  readonly firstUsed: number | null;
  readonly lastUsed: number | null;
  /** A person said that it is an account of its own; null where nobody did. */
  readonly separate: AccountDecision | null;
  /** Accounts that were made one with it. */
  readonly joined: readonly (AccountDecision & { readonly id: string })[];
}

/** What came of making two accounts one. */
export interface Joining {
  /** The account that has everything now. */
  readonly kept: string;
  /** The one that is no account of its own any more; null where they were one already. */
  readonly joined: string | null;
  /** Rows that were ready for people of the other account: they are not sent any more. */
  readonly duplicates: number;
  /** People both had contacted: the earlier contact gave way to the later one. */
  readonly superseded: number;
}

/** How far a ledger has got. Of one ledger no figure ever falls: a lower one is of an older copy. */
export interface Progress {
  /** The ledger's own id: a copy has the same, until it is taken into use by `ledger adopt`. */
  readonly ledger: string;
  /** Rows of the account that may have reached a person; each counted once, when it was first claimed. */
  readonly contacts: number;
  /** Changes of the do-not-call list of this ledger. */
  readonly optOuts: number;
  /** Now, by the ledger's clock (ms). */
  readonly at: number;
  /** The newest moment anything in it was noted, to half a minute (ms, by the ledger's clock); 0 for a new ledger. */
  readonly newest: number;
  /** When a person last decided to go on with the ledger as it is (ms); null where nobody had to. */
  readonly adoptedAt: number | null;
  /** It was once seen to be an older copy, by whichever machine, and nobody has decided to go on with it since. */
  readonly contested: Loss | null;
}

export interface AccountContacts {
  readonly account: AccountRef;
  readonly contacts: number;
}

/** What a ledger does not know of. */
export interface Loss {
  readonly contacts: number;
  /** Changes of the do-not-call list. */
  readonly optOuts: number;
  /** Until when it is known that there was more (ms). */
  readonly at: number;
}

/** What is known of a run before its rows. */
export interface RunDraft {
  readonly account: string;
  readonly profile: string;
  readonly vendor: string;
  readonly operation: string;
  readonly scope: string;
  readonly reaches: Reaches;
  readonly source: Omit<SourceFacts, 'sha256'> & { readonly sha256: string };
  /** Header of the input, for the results file; empty where rows bring their own keys. */
  readonly columns: readonly string[];
  /** Everything that decides what is sent: mapping, constants, formats, the operation's options. No secret. */
  readonly settings: JsonObject;
  /** SHA-256 of the canonical settings. */
  readonly settingsHash: string;
}

export interface Run extends RunDraft {
  readonly id: string;
  readonly createdAt: number;
  /** When the plan was sealed; null while it is being written. */
  readonly sealedAt: number | null;
  /** When its end was first told to whoever asked for it; null until then. */
  readonly reportedAt: number | null;
  readonly updatedAt: number;
  /** Planned by an older program, which did not keep every number of a row: nothing of it is sent any more. */
  readonly outdated: boolean;
}

/** A row as planning hands it over. */
export interface PlannedRow {
  readonly row: number;
  readonly state: PlannedState;
  readonly code: string | null;
  readonly reason: string | null;
  /** E.164 for an operation that reaches a person, else a field's value or a content hash; null if the row has none. */
  readonly key: string | null;
  readonly phone: string | null;
  readonly ref: string;
  /** What would leave; its numbers have no text before `Ledger.claim` has cleared them. */
  readonly payload: SealedObject | null;
  /** Size in a request, in bytes. */
  readonly bytes: number;
  /** The input's own cells, beside RunDraft.columns; an object where the row brought its own keys. */
  readonly source: Json;
  /** Of a row that is held because the person refuses messages alone; absent where calls are refused too. */
  readonly refuses?: 'message';
}

/** A row as the ledger has it. */
export interface LedgerRow extends Omit<PlannedRow, 'state' | 'refuses'> {
  readonly run: string;
  readonly state: RowState;
  readonly vendorId: string | null;
  /** What the vendor told of a success (Outcome.detail); of a row held by its consent columns `{"refuses":"message"}`. */
  readonly detail: Json;
  readonly attempt: number;
  readonly updatedAt: number;
}

export interface PlanPolicy {
  readonly recontact: Recontact;
  readonly allowDuplicates: boolean;
  /** Keys that are contacted however often they were before: the user's own phones. */
  readonly testNumbers?: ReadonlySet<string>;
}

/** Who holds a lock: enough to tell whether a holder on this machine still lives. */
export interface Owner {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Start time of the process as the system tells it; empty where it does not. */
  readonly started: string;
}

/** A held lock. Its token is repeated by every statement that settles a row. */
export interface Lock {
  readonly name: string;
  readonly owner: Owner;
  readonly epoch: number;
}

/** Rows whose intent to send is on disk. */
export interface Claim {
  readonly run: string;
  readonly lock: Lock;
  /** When the claim was committed (wall clock, ms). */
  readonly at: number;
  readonly rows: readonly LedgerRow[];
  /** The same rows as the gate let them pass in this very commit: what is sent. */
  readonly cleared: readonly Cleared[];
}

export interface ClaimLimits {
  readonly items: number;
  readonly bytes: number;
  /** Requests a second for the account and operation, over all processes and machines; absent or Infinity: no limit. */
  readonly perSecond?: number;
}

export interface Claiming {
  readonly claim: Claim | null;
  /** Rows that were ready and that the gate stops now (listed by now, or a person nobody knows). */
  readonly blocked: readonly LedgerRow[];
  /** Above 0: it is nobody's turn for so long, nothing was claimed. */
  readonly waitMs: number;
}

export interface Settlement {
  readonly row: number;
  readonly outcome: Outcome;
  /** In the same commit; the caller says it of confirmed outcomes only. */
  readonly follows?: Consequence | null;
}

/** What else is true when a row is confirmed. */
export interface Consequence {
  /** Earlier deliveries it withdraws. */
  readonly withdraws?: Withdrawal | null;
  /** A number that leaves the do-not-call list here; E.164. */
  readonly unblocks?: { readonly phone: string; readonly reason: string } | null;
}

/** Earlier deliveries of the same account that a confirmed cancel or remove takes back. */
export interface Withdrawal {
  /** Operation that delivered them. */
  readonly operation: string;
  /** How they are found: by the vendor's id, or by their key (E.164). */
  readonly by: 'vendor-id' | 'key';
  readonly value: string | PhoneKey;
  /** Values their payloads have, where several deliveries may bear one key (a number added under two lead types). */
  readonly payload?: SealedObject;
  /** Whether the person heard of it before it was taken back: then the row still counts as a contact. */
  readonly contacted: boolean;
}

/** A row in doubt, and what is known of the doubt. */
export interface Doubt {
  readonly row: LedgerRow;
  /** When its request was about to leave (ms). */
  readonly sentAt: number;
  /** Absent reads since the settle time passed, for this attempt. */
  readonly absentReads: number;
  /** When the latest of them was noted (ms); null where there is none. */
  readonly absentAt: number | null;
  /** Whether it was released by reading back before (that happens once in a row's life). */
  readonly released: boolean;
}

/** When two absent reads may release a row. */
export interface ReleaseRule {
  readonly settleMs: number;
  /** Two absent reads count as two where so much lies between them. */
  readonly apartMs: number;
  /** False: absence is noted, and a person decides. */
  readonly absentMeansReady: boolean;
}

/** Who works on a run. */
export interface Worker {
  readonly owner: Owner;
  readonly since: number;
  readonly heartbeatAt: number;
}

/** Something that happened to a row. */
export interface RowEvent {
  readonly row: number;
  readonly at: number;
  /** An outcome's kind, or `interrupted`, `blocked`, `resolved`, `found`, `absent`, `unclear`, `taken-back`, `withdrawn`. */
  readonly kind: string;
  readonly attempt: number;
  readonly code: string | null;
  readonly reason: string | null;
  readonly detail: Json;
  readonly who: string | null;
}

/** A row that was claimed and has no answer yet. */
export interface UnderWay {
  readonly run: string;
  readonly row: number;
  readonly phone: string;
  readonly since: number;
  /** False: whoever sent it is dead, and its answer will never be known. */
  readonly alive: boolean;
}

/** A contact that was made, or may have been. */
export interface Reached {
  readonly run: string;
  readonly row: number;
  readonly vendor: string;
  readonly operation: string;
  readonly profile: string;
  /** The operator's name for the account; null where it has none. */
  readonly account: string | null;
  /** E.164. */
  readonly phone: string;
  readonly state: 'sending' | 'in-doubt' | 'delivered' | 'already';
  readonly at: number;
  readonly vendorId: string | null;
  readonly payload: SealedObject | null;
}

/** What the do-not-call list says of numbers; as the gate takes it. */
export interface OnList {
  readonly listed: ReadonlySet<PhoneKey>;
  /** Rounded numbers of the list that may mean a number, as they are shown. */
  readonly similar: ReadonlyMap<PhoneKey, string>;
}

export interface RowFilter {
  readonly states?: readonly RowState[];
  /** Only this row. */
  readonly row?: number;
}

/** How a person settles a row that is in doubt, or gives up one that was never sent. */
export type Resolution = 'delivered' | 'not-sent' | 'abandoned';

/** A number nobody may contact. */
export interface BlockEntry {
  /** E.164. */
  readonly phone: string;
  readonly reason: string;
  readonly addedAt: number;
}

/**
 * The record that makes the promises true. SQLite is one implementation, PostgreSQL another; both pass
 * `test/contract/ledger.ts`. Every method that changes something has committed, fsync included, when it resolves.
 * Throws UserError for what a person can mend (`ledger.locked`, `ledger.read-only`, `ledger.newer`, `ledger.corrupt`).
 */
export interface Ledger {
  /** What it is and where, without credentials; for people. */
  readonly where: string;
  close(): Promise<void>;

  /** Finds the account any alias names, or makes one; learns the aliases it did not know. */
  account(ref: AccountRef): Promise<string>;
  /** The same without making or learning anything; null where there is none. */
  findAccount(ref: AccountRef): Promise<string | null>;
  /** All accounts, without those that were made one with another. */
  accounts(): Promise<KnownAccount[]>;
  /**
   * Makes two accounts one, in one commit: who was contacted by either was contacted by it. No row is lost. Once they are
   * one, nothing changes. Throws UserError `run.locked` (exit 11) while somebody works on either, `account.other-vendor`
   * (exit 2), `account.in-doubt` (exit 7).
   */
  joinAccounts(one: string, other: string, reason: string | null): Promise<Joining>;
  /** Keeps that a person called it an account of its own. */
  separateAccount(account: string, reason: string | null): Promise<void>;
  /** The names of an account; null where there is none. */
  accountNames(account: string): Promise<AccountRef | null>;
  /** How far the ledger has got with an account; with none, no contacts are counted. */
  progress(account: string | null): Promise<Progress>;
  /** Every account, and how many rows of it may have reached a person. */
  contacts(): Promise<AccountContacts[]>;
  /** Keeps that the ledger is an older copy: what is added to it from now on does not make up for what it lost. */
  contest(loss: Loss): Promise<void>;

  /** Takes the lock of that name, taking it over from a dead holder. Throws UserError exit 11 where the holder lives. */
  lock(name: string, owner: Owner): Promise<Lock>;
  /** Says that the holder lives. False: the lock is no longer ours, stop at once. */
  heartbeat(lock: Lock): Promise<boolean>;
  unlock(lock: Lock): Promise<void>;
  /**
   * Joins the others who work on a sealed run: a lock of its own, named `work <run> <owner>`, good for `recover`, `claim`
   * and `settle` of this run.
   */
  join(run: string, owner: Owner): Promise<Lock>;
  /** Living holders of locks that rows of the run are, or may be, claimed with. */
  workers(run: string): Promise<Worker[]>;

  /** Sealed runs of these bytes in this account and operation, newest first. */
  runsOf(account: string, operation: string, sha256: string): Promise<Run[]>;
  run(id: string): Promise<Run | null>;
  /** Newest first. */
  runs(limit: number): Promise<Run[]>;
  /** Runs whose id starts so. */
  runsByPrefix(prefix: string): Promise<Run[]>;

  /**
   * Starts a plan; unsealed plans of the same account and operation are thrown away first (their writer is dead:
   * the caller holds the lock, and nothing of an unsealed plan was ever sent).
   */
  beginPlan(draft: RunDraft, lock: Lock): Promise<string>;
  /**
   * Adds at most 1,000 rows to a plan, in one commit. A `ready` row that would reach a number on the do-not-call list
   * becomes `blocked` (`dnc.listed`); one whose key is live already becomes `duplicate` (`duplicate.in-file`,
   * `duplicate.contacted`, `duplicate.pending`, `duplicate.in-doubt`); one of a file that was planned before becomes `blocked`
   * (`consent.refused`) where another file has refused the person since; one whose ref is taken in the account becomes
   * `invalid` (`field.not-unique`).
   * Returns the rows as stored, in the order given.
   */
  addRows(run: string, rows: readonly PlannedRow[], policy: PlanPolicy): Promise<LedgerRow[]>;
  /**
   * Seals a plan: from here on its rows may be claimed. The facts found out while reading replace the draft's. In the same
   * commit rows that are still ready, in any run, become `blocked` (`consent.refused`) where they would contact somebody
   * whose row in this plan is held by that code; who refuses messages alone may be called. Returns how many there were.
   */
  seal(run: string, source: SourceFacts, columns: readonly string[]): Promise<number>;
  /** Throws an unsealed plan away. */
  discardPlan(run: string): Promise<void>;
  /** The blocking facts `addRows` would act on, for keys not yet in a plan (dry run). */
  standing(
    account: string,
    scope: string,
    keys: readonly string[],
    policy: PlanPolicy,
  ): Promise<Map<string, Standing>>;

  /**
   * Interrupts what the dead were sending: `sending` rows of owners that are dead, or hold no lock any more, become in
   * doubt (`run.interrupted`), and the locks of the dead end. Rows of workers that live are left alone. Returns how
   * many. Holder of a lock only.
   */
  recover(run: string, lock: Lock): Promise<number>;
  /**
   * Claims the oldest ready rows, as many as fit; the gate judges every number of them in the same commit, and rows it
   * stops are returned apart. Rows another worker is claiming at this moment are passed over. Throws UserError
   * `run.plan-out-of-date` (exit 10) for an outdated run.
   */
  claim(run: string, lock: Lock, limits: ClaimLimits): Promise<Claiming>;
  /** Nobody claims for the run's account and operation before so many ms have passed. */
  pause(run: string, ms: number): Promise<void>;
  /**
   * Settles every row of a claim. Returns the rows as they are now. May be repeated with the same settlements where it
   * is not known whether the first call committed.
   */
  settle(claim: Claim, settlements: readonly Settlement[]): Promise<LedgerRow[]>;
  /** Rows in doubt with what is known of each, in row order. */
  doubts(run: string): AsyncIterable<Doubt>;
  /**
   * Reconciles from what reading the vendor back told; the evidence is kept with each row. `found`: delivered. `absent`:
   * noted; the second one after the settle time makes the row ready again if the rule says so and it never was released
   * before, the do-not-call list heeded (`blocked`). `taken-back`: ready again under the same gates. Rows that are not in
   * doubt any more are left alone. Returns the rows spoken of as they are now. Holder of the lock only.
   * @param follows what is true of a row that is found, by row, in the same commit
   */
  reconcile(
    run: string,
    lock: Lock,
    sightings: readonly Sighting[],
    rule: ReleaseRule,
    follows?: ReadonlyMap<number, Consequence>,
  ): Promise<LedgerRow[]>;
  /** What happened to a row, oldest first; to all rows of the run where none is given. */
  events(run: string, row?: number): AsyncIterable<RowEvent>;
  /** The run's end was told: only then does a file with `--recontact` start a new run. */
  markReported(run: string): Promise<void>;
  /**
   * Resolves a row by a person's word. Throws UserError where the row is not in a state that allows it. Keeps who, when
   * and why. A row that was not sent is `blocked`, not `ready`, where the gate objects to it.
   */
  resolve(run: string, row: number, as: Resolution, reason: string): Promise<LedgerRow>;
  /** A person gives up every row of a sealed run that is still ready, of an outdated one too. Returns how many. */
  abandon(run: string, reason: string): Promise<number>;

  counts(run: string): Promise<StateCounts>;
  /** In row order, a page at a time; memory does not grow with the run. */
  rows(run: string, filter?: RowFilter): AsyncIterable<LedgerRow>;

  /**
   * Stores the last copy of something before it is destroyed. The first of the phones it shows (E.164) becomes the row's
   * where it had none; the gate judges the row by all of them from here on.
   */
  keep(run: string, row: number, record: Json, phone: string | null, more?: readonly string[]): Promise<void>;
  kept(run: string): AsyncIterable<{ readonly row: number; readonly record: Json }>;

  /**
   * Blocks numbers: `ready` rows of which somebody with these phones would hear become blocked in the same commit, and held
   * (`dnc.similar`) where a rounded number may mean them. Entries of the list are in E.164, as written or rounded
   * (`core/phone-key.ts`).
   */
  block(
    entries: readonly { readonly phone: string; readonly reason: string }[],
  ): Promise<{ added: number; blockedRows: number; heldRows: number }>;
  /** What the do-not-call list says of these numbers, in E.164. */
  listed(phones: readonly string[]): Promise<OnList>;
  /**
   * Rows of people who bear these numbers (entries of the list) and have heard of them, or may have, unless it was taken
   * back since; newest first.
   */
  reached(phones: readonly string[]): Promise<Reached[]>;
  unblock(phones: readonly string[], reason: string): Promise<number>;
  /** Rows that were claimed before and have no answer yet, of which somebody with these phones may hear, in any run. */
  underWay(phones: readonly string[]): Promise<UnderWay[]>;
  blocked(phones?: readonly string[]): AsyncIterable<BlockEntry>;

  /** Stores what was posted to a webhook, once; equal is what has the same account, state and digest. */
  storeDelivery(delivery: Delivery): Promise<Storing>;
  /** Oldest first, a page at a time. */
  deliveries(filter?: DeliveryFilter): AsyncIterable<StoredDelivery>;
}

/** Why a key may not be planned again. */
export interface Standing {
  readonly state: Ruling['state'];
  readonly code: string;
  readonly reason: string;
}

/** `quarantined`: kept for a person to look at, never taken for a vendor's word. */
export type DeliveryState = 'stored' | 'quarantined';

/** Why a delivery is in quarantine. */
export type QuarantineCode = 'webhook.forged' | 'webhook.broken' | 'webhook.oversize';

/** Something that was posted to our webhook. No secret in it. */
export interface Delivery {
  readonly account: string;
  /** When it had arrived whole (wall clock, ms). */
  readonly at: number;
  /** SHA-256 of its content without the secret, 64 hex digits: equal content is the same delivery. */
  readonly digest: string;
  readonly state: DeliveryState;
  readonly code: QuarantineCode | null;
  /** E.164 of the person it is about; null where it does not tell. */
  readonly phone: string | null;
  /** The vendor's id of the lead. */
  readonly vendorId: string | null;
  /** As every output prints it; null in quarantine. */
  readonly record: JsonObject | null;
  /** The whole body; in quarantine its beginning, as text. */
  readonly body: Json;
  /** Size as it came in. */
  readonly bytes: number;
}

/** A delivery as the ledger has it. */
export interface StoredDelivery extends Delivery {
  /** Grows with every delivery. */
  readonly no: number;
}

export interface DeliveryFilter {
  readonly account?: string;
  readonly state?: DeliveryState;
}

/** `known`: the same delivery is there already. `full`: the quarantine takes no more in this hour. */
export type Storing = 'stored' | 'known' | 'full';

/** Deliveries an account's quarantine takes in an hour: a flood of forgeries must not fill the disk. */
export const quarantinePerHour = 1_000;
