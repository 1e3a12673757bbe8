import { gateClosed } from '../core/errors.js';
import type { Closed } from '../core/gate.js';
import type { Ledger, Progress } from '../core/ledger.js';
import type { Place } from '../core/place.js';
import type { Objection, Seen, Subject, Witness } from '../core/witness.js';
import { blockForGood, type Blocking } from './do-not-call.js';
import type { World } from './job.js';
import { closedBy, contestOlder, objectionTo } from './witness.js';

/**
 * Opt-outs are never refused and never lost: where the ledger at hand is an older copy, or a new one beside another that is
 * away, they go into it all the same, and wait outside it for the ledger that ought to have them.
 */

type Told = Pick<World, 'witness' | 'clock'>;

interface Entry {
  readonly phone: string;
  readonly reason: string;
}

/** A ledger that opt-outs wait for. */
export interface Awaited {
  /** Null where it could not be reached, so that its id is not known. */
  readonly ledger: string | null;
  readonly where: string;
}

/** What changing the list of a ledger came to. */
export interface ListChange<T> {
  readonly done: T;
  /** Id of the ledger. */
  readonly ledger: string;
  /** Why the ledger is not the one that will be asked, as far as is known. */
  readonly objection: Closed | null;
  /** Ledgers that ought to know of the change and do not. */
  readonly unaware: readonly Awaited[];
}

/** What is known of a call beside its place: `unfounded` where no configuration was found and no ledger was named. */
export interface Ground {
  readonly unfounded: boolean;
}

/**
 * Changes the do-not-call list, whatever the witness says, and notes it. A ledger that is older keeps that it is, so that
 * a number added does not make up for one it lost.
 */
export async function changeList<T>(
  world: Pick<World, 'witness'>,
  ledger: Ledger,
  place: Place,
  { unfounded }: Ground,
  change: () => Promise<T>,
): Promise<ListChange<T>> {
  const witness = await world.witness();
  const subject: Subject = { account: null, where: place.ledger.shown };
  const read = (): Promise<Progress> => ledger.progress(null);
  const before = await objectionTo(witness, ledger, place);
  await contestOlder(ledger, before);
  const done = await change();
  // A ledger in the place of another is not noted: the other one is the one that is asked for when it is back.
  const after = before ? null : await witness.note(subject, read);
  const { ledger: id, contested } = await read();
  const objection = before ?? after?.objection ?? null;
  const away = await awayFrom(witness, ledger, place, unfounded);
  const missed: Awaited[] = [
    ...(objection ? [awaitedBy(objection)] : []),
    ...(contested ? [{ ledger: id, where: place.ledger.shown }] : []),
    ...away.map(({ ledger: other, where }) => ({ ledger: other, where })),
  ];
  return {
    done,
    ledger: id,
    objection: objection && closedBy(objection, place),
    unaware: [...new Map(missed.map((one) => [one.ledger, one])).values()],
  };
}

const awaitedBy = ({ seen }: Objection): Awaited => ({ ledger: seen.ledger, where: seen.where });

/**
 * Other ledgers of this machine that are used, and that a ledger without a run may stand in for: those whose file is not
 * there now, and without a configuration all of them. Rehearsals stand in for nothing, and nothing for them.
 */
async function awayFrom(
  witness: Witness,
  ledger: Ledger,
  place: Place,
  unfounded: boolean,
): Promise<readonly Seen[]> {
  const { ledger: id, adoptedAt } = await ledger.progress(null);
  const isInUse = adoptedAt !== null || (await ledger.runs(1)).length > 0;
  if (isInUse || place.profile?.builtIn === true) return [];
  const others = (await realLedgers(witness)).filter((seen) => seen.ledger !== id);
  const found: Seen[] = [];
  for (const seen of others) if (unfounded || (await witness.isAway(seen.where))) found.push(seen);
  return found;
}

/** The ledgers that the witness knows, but for those of rehearsals; an entry of each. */
async function realLedgers(witness: Witness): Promise<Seen[]> {
  const { seen } = await witness.entries();
  const rehearsed = new Set(seen.filter(isRehearsal).map(({ ledger }) => ledger));
  const real = seen.filter(({ ledger }) => !rehearsed.has(ledger));
  return [...new Map(real.map((entry) => [entry.ledger, entry])).values()];
}

const isRehearsal = ({ account }: Seen): boolean =>
  account?.aliases.some((alias) => alias.startsWith('place:sandbox#')) === true;

/** What blocking numbers in a ledger came to. */
export type OptOut = ListChange<Blocking>;

/** Blocks numbers in a ledger for good (`blockForGood`), whatever is known against the ledger. */
export const optOut = (
  world: Told,
  ledger: Ledger,
  place: Place,
  ground: Ground,
  entries: readonly Entry[],
  signal: AbortSignal,
  waiting?: (rows: number) => void,
): Promise<OptOut> =>
  changeList(world, ledger, place, ground, () => blockForGood(ledger, world.clock, entries, signal, waiting));

/** Keeps opt-outs for ledgers that do not know of them. Returns why they could not be kept; null where they are. */
export async function keepFor(
  world: Told,
  awaited: readonly Awaited[],
  entries: readonly Entry[],
): Promise<string | null> {
  if (awaited.length === 0) return null;
  const at = world.clock.now();
  const { waiting } = await world.witness();
  return waiting.add(awaited.flatMap((one) => entries.map((entry) => ({ ...one, ...entry, at }))));
}

/** Every ledger that is known of, for opt-outs of a call whose configuration cannot be read. */
export const knownLedgers = async (world: Pick<World, 'witness'>): Promise<Awaited[]> =>
  (await realLedgers(await world.witness())).map(({ ledger, where }) => ({ ledger, where }));

/**
 * Adds every opt-out that waits, for whichever ledger, to one that is taken into use: it may stand for the ledger they wait
 * for, and blocking somebody too many harms nobody. They go on waiting.
 * @returns how many of them it did not have
 */
export async function takeInEveryOptOut(
  world: Pick<World, 'witness'>,
  ledger: Ledger,
  place: Place,
): Promise<number> {
  const { optOuts } = await (await world.witness()).waiting.read();
  if (optOuts.length === 0) return 0;
  const { done } = await changeList(world, ledger, place, { unfounded: false }, () =>
    ledger.block(optOuts.map(({ phone, reason }) => ({ phone, reason }))),
  );
  return done.added;
}

/**
 * Adds the opt-outs to a ledger that wait for it. They go on waiting while it is an older copy: the newest one shall have
 * them too.
 * @param mustKnow whether people are about to be contacted from it
 * @returns how many there were
 * @throws UserError `dnc.waiting-unreadable` (exit 10)
 */
export async function takeInOptOuts(
  world: Pick<World, 'witness'>,
  ledger: Ledger,
  place: Place,
  mustKnow: boolean,
): Promise<number> {
  const witness = await world.witness();
  const { optOuts, problem } = await witness.waiting.read();
  if (problem !== null && mustKnow)
    throw gateClosed({
      code: 'dnc.waiting-unreadable',
      message: `Who asked not to be contacted while a ledger was away cannot be read: ${problem}`,
      hint: 'Mend that file, or delete it and add its numbers with `salesq dnc add` again',
    });
  if (optOuts.length === 0) return 0;
  const { ledger: id } = await ledger.progress(null);
  const where = place.ledger.shown;
  const due = optOuts.filter((one) => (one.ledger === null ? one.where === where : one.ledger === id));
  if (due.length === 0) return 0;
  const { done, objection } = await changeList(world, ledger, place, { unfounded: false }, () =>
    ledger.block(due.map(({ phone, reason }) => ({ phone, reason }))),
  );
  const { contested } = await ledger.progress(null);
  if (objection === null && contested === null) await witness.waiting.drop(due);
  return done.added;
}
