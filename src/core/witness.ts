import type { LedgerStatus } from './ledger-admin.js';
import type { AccountRef, Progress } from './ledger.js';
import { writeJson } from './json.js';

/**
 * The witness keeps, outside the ledger's own folder, how far each ledger had got. It shows a ledger that was deleted, is
 * an older copy, or is another one than before: such a ledger does not know whom it would contact again.
 */

/** How far a ledger had got when it was last noted. */
export interface Seen {
  /** Host name of the machine that noted it; entries of other machines say nothing of ledgers here. */
  readonly machine: string;
  /** Null: the entry is of the ledger at that place as such, for its do-not-call list. */
  readonly account: AccountRef | null;
  /** Where the ledger was, without a password. */
  readonly where: string;
  /** The ledger's id. */
  readonly ledger: string;
  readonly contacts: number;
  readonly optOuts: number;
  /** By the ledger's clock (ms). */
  readonly at: number;
}

/** The account that is worked with, and the ledger's place as it is shown. */
export interface Subject {
  readonly account: AccountRef | null;
  readonly where: string;
}

/** Why a ledger must not be gone on with unasked. */
export interface Objection {
  /** `older`: the ledger knows less than it once did. `other-ledger`: another one was used before. */
  readonly kind: 'older' | 'other-ledger';
  /** What the ledger at hand does not know of. */
  readonly missing: { readonly contacts: number; readonly optOuts: number };
  readonly seen: Seen;
}

/** What the witness says. `problem`: why it cannot be read or written, for people; then nothing is known. */
export interface Testimony {
  readonly objection: Objection | null;
  readonly problem: string | null;
}

/** Reads how far a ledger has got, as it is on disk now. */
export type ReadProgress = () => Promise<Progress>;

/**
 * A witness. What stands in its own way is told as `problem`. It reads the ledger after its entries: whatever another
 * process committed and noted before is then in the ledger too, and an objection is none of two moments.
 */
export interface Witness {
  /** Its file; null where there is no place for one. */
  readonly where: string | null;
  /** Whether something is known that speaks against this ledger. */
  ask(of: Subject, progress: ReadProgress): Promise<Testimony>;
  /** Keeps how far the ledger has got, unless something speaks against it. To be called after the ledger's commits. */
  note(of: Subject, progress: ReadProgress): Promise<Testimony>;
  /** Entries of this machine. */
  entries(): Promise<{ readonly seen: readonly Seen[]; readonly problem: string | null }>;
  /** Why it could not be written now; null where it can. */
  obstacle(): Promise<string | null>;
}

/** What is known of a ledger that is not there. */
export const noProgress: Progress = {
  ledger: '',
  contacts: 0,
  optOuts: 0,
  at: 0,
  adoptedAt: null,
  contested: null,
};

/** Stands where no witness can be kept: it speaks against nothing. */
export function absentWitness(problem: string): Witness {
  const nothing = Promise.resolve({ objection: null, problem: null });
  return {
    where: null,
    ask: () => nothing,
    note: () => nothing,
    entries: () => Promise.resolve({ seen: [], problem }),
    obstacle: () => Promise.resolve(problem),
  };
}

/** True where both mean one account: names decide where both have one, else what they are known by. */
export const sameAccount = (one: AccountRef, other: AccountRef): boolean =>
  one.vendor === other.vendor &&
  (one.name !== null && other.name !== null
    ? one.name === other.name
    : one.aliases.some((alias) => other.aliases.includes(alias)));

/** The gravest of what the entries of this machine say against a ledger; null where nothing does. */
export function judgeProgress(seen: readonly Seen[], of: Subject, now: Progress): Objection | null {
  const found = seen.flatMap((entry) => {
    const concerns = concerning(entry, of, now);
    return (concerns && objectionOf(concerns, now)) ?? [];
  });
  return found.sort((a, b) => weightOf(b) - weightOf(a))[0] ?? null;
}

const weightOf = ({ missing }: Objection): number => missing.contacts + missing.optOuts;

/** The entry as far as it tells of the account or place; of another account of the same ledger the list alone counts. */
function concerning(entry: Seen, of: Subject, now: Progress): Seen | null {
  const { account, where, ledger } = entry;
  if (account !== null && of.account !== null && sameAccount(account, of.account)) return entry;
  if (account === null && where === of.where) return entry;
  return ledger === now.ledger ? { ...entry, contacts: 0 } : null;
}

/** What an entry says against a ledger, whatever account it is of. */
function objectionOf(seen: Seen, now: Progress): Objection | null {
  if (isOverruled(seen, now)) return null;
  const same = seen.ledger === now.ledger;
  const missing = {
    contacts: same ? Math.max(0, seen.contacts - now.contacts) : seen.contacts,
    optOuts: same ? Math.max(0, seen.optOuts - now.optOuts) : seen.optOuts,
  };
  if (missing.contacts + missing.optOuts === 0) return null;
  return { kind: same ? 'older' : 'other-ledger', missing, seen };
}

/**
 * What the entries of this machine say against a ledger, whichever account is worked with: those of its place, of itself
 * and of its accounts; of a ledger that knows of nobody, all.
 * @param found null where there is no ledger
 */
export function objectionsTo(
  seen: readonly Seen[],
  where: string,
  found: Pick<LedgerStatus, 'id' | 'adopted' | 'holds'> | null,
): Objection[] {
  const accounts = found?.holds?.contacts ?? [];
  const knows = (entry: Seen): number | null => {
    const same = accounts.find(
      ({ account }) => entry.account !== null && sameAccount(account, entry.account),
    );
    return same?.contacts ?? null;
  };
  const isNear = (entry: Seen): boolean =>
    entry.where === where || entry.ledger === found?.id || knows(entry) !== null;
  const isEmpty = accounts.every(({ contacts }) => contacts === 0);
  const entries = isEmpty && !seen.some(isNear) ? seen : seen.filter(isNear);
  return entries.flatMap((entry) => {
    const progress: Progress = {
      ledger: found?.id ?? '',
      contacts: knows(entry) ?? 0,
      optOuts: found?.holds?.optOuts ?? 0,
      at: 0,
      adoptedAt: found?.adopted?.at ?? null,
      contested: null,
    };
    return objectionOf(entry, progress) ?? [];
  });
}

/** True where a person decided to go on with the ledger after the entry was noted. */
const isOverruled = (seen: Seen, { adoptedAt }: Progress): boolean =>
  adoptedAt !== null && seen.at <= adoptedAt;

/**
 * The entries with the ledger's progress in them; null where nothing changes. Figures of one ledger are never lowered
 * but by an adoption. To be asked for only where nothing speaks against the ledger.
 */
export function withProgress(
  all: readonly Seen[],
  machine: string,
  { account, where }: Subject,
  now: Progress,
): readonly Seen[] | null {
  const list = { account: null, where, contacts: 0 };
  const wanted = account === null ? [list] : [{ account, where, contacts: now.contacts }, list];
  let entries = all;
  for (const one of wanted) {
    const at = entries.findIndex((entry) => entry.machine === machine && isOf(entry, one));
    const before = entries[at] ?? null;
    if (before === null && one.contacts + now.optOuts === 0) continue;
    const after = merged(before, { machine, ...one }, now);
    if (before !== null && isEqual(before, after)) continue;
    entries = before === null ? [...entries, after] : entries.with(at, after);
  }
  return entries === all ? null : entries;
}

const isOf = (entry: Seen, { account, where }: Subject): boolean =>
  account === null
    ? entry.account === null && entry.where === where
    : entry.account !== null && sameAccount(entry.account, account);

function merged(
  before: Seen | null,
  { machine, account, where, contacts }: Pick<Seen, 'machine' | 'account' | 'where' | 'contacts'>,
  now: Progress,
): Seen {
  const { ledger, optOuts } = now;
  const kept = before !== null && before.ledger === ledger && !isOverruled(before, now) ? before : null;
  return {
    machine,
    account: before?.account && account ? joined(before.account, account) : account,
    where,
    ledger,
    contacts: Math.max(contacts, kept?.contacts ?? 0),
    optOuts: Math.max(optOuts, kept?.optOuts ?? 0),
    at: Math.max(now.at, kept?.at ?? 0, now.adoptedAt === null ? 0 : now.adoptedAt + 1),
  };
}

const joined = (known: AccountRef, claimed: AccountRef): AccountRef => ({
  vendor: known.vendor,
  name: claimed.name ?? known.name,
  aliases: [...new Set([...known.aliases, ...claimed.aliases])],
});

/** True where nothing but the time differs. */
const isEqual = (one: Seen, other: Seen): boolean =>
  writeJson({ ...one, at: 0 }) === writeJson({ ...other, at: 0 });
