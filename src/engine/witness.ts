import { joinedRef, sameAccount } from '../core/account.js';
import { isoTime } from '../core/clock.js';
import { closedError, type Closed, type LedgerTime } from '../core/gate.js';
import type { AccountContacts, Ledger, Loss, Progress } from '../core/ledger.js';
import type { Place } from '../core/place.js';
import { mayLeadToContact } from '../core/vendor.js';
import {
  noProgress,
  type Objection,
  type Seen,
  type Subject,
  type Testimony,
  type Witness,
} from '../core/witness.js';
import type { Job, World } from './job.js';

/** What of a job the witness is asked about. */
export type Witnessed = Pick<Job, 'operation' | 'options' | 'account' | 'place'>;

type Watched = Pick<World, 'witness' | 'clock'>;

/** The account by all that the ledger knows it by, so that its figures are found whichever of it is used. */
async function subjectOf(
  { account, place }: Pick<Job, 'account' | 'place'>,
  ledger: Ledger | null,
  known: string | null,
): Promise<Subject> {
  const names = ledger && known !== null ? await ledger.accountNames(known) : null;
  return { account: names ? joinedRef(names, account) : account, where: place.ledger.shown };
}

/**
 * Refuses to contact people from a ledger that knows less than was known before, or is another one than before; what
 * contacts nobody, now or later, is never refused.
 * @param ledger null where there is none yet
 * @param account its number in the ledger
 * @returns what is to be said although the job may go on; null for nothing
 * @throws UserError `ledger.older`, `ledger.other`, `ledger.unwitnessed` (exit 10)
 */
export async function checkWitness(
  world: Watched,
  ledger: Ledger | null,
  job: Witnessed,
  account: string | null,
): Promise<string | null> {
  const { progress, testimony } = await askWitness(world, ledger, job, account);
  if (ledger) await contestOlder(ledger, testimony.objection);
  const { closed, said } = verdictOf(job, progress, testimony);
  if (!closed) return said;
  throw closedError(closed);
}

/** What the witness says of the ledger, and how far the ledger has got. */
async function askWitness(world: Watched, ledger: Ledger | null, job: Witnessed, account: string | null) {
  const witness = await world.witness();
  const read = (): Promise<Progress> =>
    ledger === null ? Promise.resolve(noProgress) : ledger.progress(account);
  const testimony = await witness.ask(await subjectOf(job, ledger, account), read);
  return { testimony, progress: await read() };
}

/** What speaks against contacting people now, and what is to be said anyway. */
export interface Heard {
  readonly closed: Closed | null;
  readonly said: string | null;
}

/** The same without refusing, and without keeping in the ledger what is known of it: for a dry run. */
export async function hearWitness(
  world: Watched,
  ledger: Ledger | null,
  job: Witnessed,
  account: string | null,
): Promise<Heard> {
  const { progress, testimony } = await askWitness(world, ledger, job, account);
  return verdictOf(job, progress, testimony);
}

function verdictOf({ operation, options, place }: Witnessed, progress: Progress, told: Testimony): Heard {
  const { objection, problem } = told;
  if (!mayLeadToContact(operation, options)) return { closed: null, said: null };
  if (objection) return { closed: closedBy(objection, place), said: null };
  if (progress.contested) return { closed: older(progress.contested, place), said: null };
  if (problem === null) return { closed: null, said: null };
  // A ledger that knows of contacts is memory enough; a new one may be in the place of another.
  if (progress.contacts === 0 && progress.adoptedAt === null)
    return { closed: unwitnessed(problem, place), said: null };
  const said = `Whether this ledger is the newest is not known: ${problem} Mend that file, or delete it if it cannot be mended.`;
  return { closed: null, said };
}

/** Keeps in the ledger itself that it is an older copy, before anything is added that would hide it. */
export async function contestOlder(ledger: Ledger, objection: Objection | null): Promise<void> {
  if (objection?.kind === 'older') await ledger.contest({ ...objection.missing, at: objection.seen.at });
}

const decision = (place: Place): string => place.command('salesq ledger adopt --reason "…"');

export function closedBy({ kind, missing, seen }: Objection, place: Place): Closed {
  if (kind === 'older') return older({ ...missing, at: seen.at }, place);
  const where = place.ledger.shown;
  const lost = lossOf(missing);
  const when = isoTime(seen.at);
  const there = seen.where === where ? 'that was there' : `at ${seen.where}`;
  return {
    code: 'ledger.other',
    message: `The ledger ${where} is not the one that was used until ${when}, ${there}: it knows nothing of ${lost}.`,
    hint: `Nobody is contacted, because these people would be contacted again. Look for the ledger that was used: is its disk mounted, was it moved or deleted? ${goOn(place)}`,
    pause: false,
  };
}

const older = (loss: Loss, place: Place): Closed => ({
  code: 'ledger.older',
  message: `The ledger ${place.ledger.shown} knows less than on ${isoTime(loss.at)}: ${lossOf(loss)} are missing. It is an older copy, or it lost its newest changes.`,
  hint: `Nobody is contacted, because these people would be contacted again. Look for the newest state of the ledger: was a backup put in its place, is its -wal file beside it? ${goOn(place)}`,
  pause: false,
});

const goOn = (place: Place): string => `To go on with this one as it is: ${decision(place)}`;

function lossOf({ contacts, optOuts }: Pick<Loss, 'contacts' | 'optOuts'>): string {
  const parts = [
    ...(contacts > 0 ? [`${contacts} contacts`] : []),
    ...(optOuts > 0 ? [`${optOuts} changes of the do-not-call list`] : []),
  ];
  return parts.join(' and ');
}

const unwitnessed = (problem: string, place: Place): Closed => ({
  code: 'ledger.unwitnessed',
  message: `The ledger ${place.ledger.shown} knows of no contact of this account, and whether another one was used before cannot be told: ${problem}`,
  hint: `Mend that file, or delete it if this account was never used on this machine. ${goOn(place)}`,
  pause: false,
});

/** What another ledger knew that was at that place; null where none is known to have been there. */
function lostAt(seen: readonly Seen[], where: string, own: Progress): Seen | null {
  const there = seen.filter(
    (entry) =>
      entry.where === where &&
      entry.ledger !== own.ledger &&
      entry.contacts + entry.optOuts > 0 &&
      (own.adoptedAt === null || entry.at > own.adoptedAt),
  );
  const [first] = there;
  if (!first) return null;
  const contacts = there.reduce((sum, entry) => sum + entry.contacts, 0);
  const [optOuts, at] = [
    Math.max(...there.map((entry) => entry.optOuts)),
    Math.max(...there.map((one) => one.at)),
  ];
  return { ...first, contacts, optOuts, at };
}

/** What is to be said where no ledger is and one was; null where none is known to have been there. */
export async function missingLedger(world: Pick<World, 'witness'>, place: Place): Promise<Closed | null> {
  const where = place.ledger.shown;
  const lost = lostAt((await (await world.witness()).entries()).seen, where, noProgress);
  return (
    lost && {
      code: 'ledger.missing',
      message: `The ledger that was at ${where} until ${isoTime(lost.at)} is not there, and with it ${lossOf(lost)}: is its disk mounted, was it moved or deleted?`,
      hint: 'Mount its disk or put it back, then run the command again',
      pause: false,
    }
  );
}

/**
 * What is known against a ledger as such, whichever account is worked with: it is an older copy, or another one was at its
 * place.
 */
export async function objectionTo(witness: Witness, ledger: Ledger, place: Place): Promise<Objection | null> {
  const where = place.ledger.shown;
  const { objection } = await witness.ask({ account: null, where }, () => ledger.progress(null));
  if (objection) return objection;
  const { seen } = await witness.entries();
  const own = await ledger.progress(null);
  const lost = lostAt(seen, where, own);
  if (lost) return { kind: 'other-ledger', missing: lost, seen: lost };
  const known = await ledger.contacts();
  for (const entry of seen) {
    const contacts = missingContacts(entry, own, known);
    if (contacts > 0) return { kind: 'older', missing: { contacts, optOuts: 0 }, seen: entry };
  }
  return null;
}

/** How many contacts of its account an entry of the witness knows of that the ledger has lost. */
function missingContacts(entry: Seen, own: Progress, known: readonly AccountContacts[]): number {
  const { account, ledger, at } = entry;
  if (account === null || ledger !== own.ledger) return 0;
  if (own.adoptedAt !== null && at <= own.adoptedAt) return 0;
  const has = known.find((one) => sameAccount(one.account, account))?.contacts ?? 0;
  return Math.max(0, entry.contacts - has);
}

/** Why what a ledger says is not all that was known; null where nothing speaks against it. For commands that only look. */
export async function doubtOf(
  world: Pick<World, 'witness'>,
  ledger: Ledger | null,
  place: Place,
): Promise<Closed | null> {
  if (ledger === null) return missingLedger(world, place);
  const objection = await objectionTo(await world.witness(), ledger, place);
  if (objection) return closedBy(objection, place);
  const { contested } = await ledger.progress(null);
  return contested && older(contested, place);
}

/** How often the witness is told how far a run has got. */
const noteMs = 1_000;

/** Keeps the witness up to date while a run is being sent. */
export interface Noting {
  /** Why nothing more may leave: another ledger was used for the account meanwhile. */
  closed(): Closed | null;
  /** What time it was for the ledger when it was last noted; null where nothing is. */
  time(): LedgerTime | null;
  /** Notes the end; resolves when nothing of it is under way any more. */
  end(): Promise<void>;
}

/**
 * Notes how far the ledger has got: now, each second, and at the end. What was committed is noted, so the witness is never
 * ahead of the ledger. A ledger or a witness that fails meanwhile is no reason to stop: the ledger itself says so.
 */
export async function startNoting(
  world: Watched,
  ledger: Ledger,
  job: Witnessed,
  account: string,
): Promise<Noting> {
  const witness = await world.witness();
  const over = new AbortController();
  let objection: Objection | null = null;
  let time: LedgerTime | null = null;
  const subject = await subjectOf(job, ledger, account);
  const read = async (): Promise<Progress> => {
    const progress = await ledger.progress(account);
    time = { now: progress.at, newest: progress.newest };
    return progress;
  };
  const note = async (): Promise<void> => {
    const told: Testimony | null = await witness.note(subject, read).catch(() => null);
    if (told) ({ objection } = told);
  };
  const keepOn = async (): Promise<void> => {
    for (;;) {
      await world.clock.sleep(noteMs, over.signal);
      if (over.signal.aborted) return;
      await note();
    }
  };
  if (witness.where === null) return { closed: () => null, time: () => null, end: () => Promise.resolve() };
  await note();
  const noting = keepOn();
  return {
    closed: () => objection && closedBy(objection, job.place),
    time: () => time,
    end: async () => {
      over.abort();
      await noting;
      await note();
    },
  };
}
