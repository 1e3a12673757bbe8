import { isoTime } from '../core/clock.js';
import { gateClosed } from '../core/errors.js';
import type { Closed } from '../core/gate.js';
import type { Ledger, Loss, Progress } from '../core/ledger.js';
import type { Place } from '../core/place.js';
import { mayLeadToContact } from '../core/vendor.js';
import { noProgress, type Objection, type Subject, type Testimony } from '../core/witness.js';
import type { Job, World } from './job.js';

/** What of a job the witness is asked about. */
export type Witnessed = Pick<Job, 'operation' | 'options' | 'account' | 'place'>;

type Watched = Pick<World, 'witness' | 'clock'>;

const subjectOf = ({ account, place }: Pick<Job, 'account' | 'place'>): Subject => ({
  account,
  where: place.ledger.shown,
});

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
  const { code, message, hint } = closed;
  throw gateClosed({ code, message, hint: hint ?? undefined });
}

/** What the witness says of the ledger, and how far the ledger has got. */
async function askWitness(world: Watched, ledger: Ledger | null, job: Witnessed, account: string | null) {
  const witness = await world.witness();
  const read = (): Promise<Progress> =>
    ledger === null ? Promise.resolve(noProgress) : ledger.progress(account);
  const testimony = await witness.ask(subjectOf(job), read);
  return { testimony, progress: await read() };
}

interface Heard {
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
async function contestOlder(ledger: Ledger, objection: Objection | null): Promise<void> {
  if (objection?.kind === 'older') await ledger.contest({ ...objection.missing, at: objection.seen.at });
}

const decision = (place: Place): string => place.command('salesq ledger adopt --reason "…"');

function closedBy({ kind, missing, seen }: Objection, place: Place): Closed {
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

/** What is to be said where no ledger is and one was; null where none is known to have been there. */
export async function missingLedger(world: Pick<World, 'witness'>, place: Place): Promise<string | null> {
  const where = place.ledger.shown;
  const { seen } = await (await world.witness()).entries();
  const there = seen.filter((entry) => entry.where === where && entry.contacts + entry.optOuts > 0);
  if (there.length === 0) return null;
  const contacts = there.reduce((sum, entry) => sum + entry.contacts, 0);
  const optOuts = Math.max(...there.map((entry) => entry.optOuts));
  const until = isoTime(Math.max(...there.map(({ at }) => at)));
  return `The ledger that was at ${where} until ${until} is not there, and with it ${lossOf({ contacts, optOuts })}: is its disk mounted, was it moved or deleted?`;
}

/** How often the witness is told how far a run has got. */
const noteMs = 1_000;

/** Keeps the witness up to date while a run is being sent. */
export interface Noting {
  /** Why nothing more may leave: another ledger was used for the account meanwhile. */
  closed(): Closed | null;
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
  const note = async (): Promise<void> => {
    const told: Testimony | null = await witness
      .note(subjectOf(job), () => ledger.progress(account))
      .catch(() => null);
    if (told) ({ objection } = told);
  };
  const keepOn = async (): Promise<void> => {
    for (;;) {
      await world.clock.sleep(noteMs, over.signal);
      if (over.signal.aborted) return;
      await note();
    }
  };
  if (witness.where === null) return { closed: () => null, end: () => Promise.resolve() };
  await note();
  const noting = keepOn();
  return {
    closed: () => objection && closedBy(objection, job.place),
    end: async () => {
      over.abort();
      await noting;
      await note();
    },
  };
}

/**
 * Changes the do-not-call list, whatever the witness says, and notes it. A ledger that is older keeps that it is, so that
 * a number added does not make up for one it lost.
 * @returns what is to be said of a ledger that is not the newest; null for nothing
 */
export async function witnessOptOuts<T>(
  world: Pick<World, 'witness'>,
  ledger: Ledger,
  place: Place,
  change: () => Promise<T>,
): Promise<{ readonly done: T; readonly warning: string | null }> {
  const witness = await world.witness();
  const subject: Subject = { account: null, where: place.ledger.shown };
  const read = (): Promise<Progress> => ledger.progress(null);
  const before = await witness.ask(subject, read);
  await contestOlder(ledger, before.objection);
  const done = await change();
  const after = await witness.note(subject, read);
  const objection = before.objection ?? after.objection;
  return { done, warning: objection && closedBy(objection, place).message };
}
