import { unusable, usageError } from '../../core/errors.js';
import type { Ledger, Run } from '../../core/ledger.js';
import type { Place } from '../../core/place.js';
import type { App } from '../app.js';

/** A run, the ledger it is in, and the place that ledger was chosen for. */
export interface FoundRun {
  readonly run: Run;
  readonly ledger: Ledger;
  readonly place: Place;
}

/**
 * Finds the run an id, a unique prefix or `last` names, and closes the ledger after the work. Where there is no ledger
 * none is made. Throws UserError `run.unknown` (exit 2).
 */
export async function withRun<T>(app: App, name: string, work: (found: FoundRun) => Promise<T>): Promise<T> {
  const place = await app.ports.place();
  const ledger = await app.ports.ledger(place, 'look');
  if (!ledger)
    throw unknownRun(`There is no ledger at ${place.ledger.shown} yet`, 'salesq sales-q import <file>');
  try {
    return await work({ ledger, place, run: await findRun(ledger, name) });
  } finally {
    await ledger.close();
  }
}

/**
 * The place a run goes on in: its own profile's, unless `--profile` names one. Throws UserError `run.other-ledger`
 * (exit 6) where that profile has another ledger than the one the run was found in.
 */
export async function placeOfRun(
  app: App,
  { run, ledger, place: found }: FoundRun,
  words: string,
  reads: { readonly country?: string | null; readonly phoneFormat?: string | null } = {},
): Promise<Place> {
  const place = await app.ports.place({ ...reads, run });
  if (place.sameLedger(found)) return place;
  throw unusable({
    code: 'run.other-ledger',
    message: `Run ${run.id} is in the ledger ${ledger.where}, but its profile ${run.profile} keeps its people in ${place.ledger.shown}: the one does not know whom the other contacted`,
    hint: `If the run was pushed into ${ledger.where} on purpose: ${found.command(`salesq ${words} ${run.id}`, 'ledger')}`,
  });
}

async function findRun(ledger: Ledger, name: string): Promise<Run> {
  if (name === 'last') {
    const newest = (await ledger.runs(20)).find(({ sealedAt }) => sealedAt !== null);
    if (newest) return newest;
    throw unknownRun('There is no run in this ledger yet', 'salesq sales-q import <file>');
  }
  const matches = (await ledger.runsByPrefix(name.toUpperCase())).filter(({ sealedAt }) => sealedAt !== null);
  const exact = matches.find(({ id }) => id === name.toUpperCase());
  const [only, second] = matches;
  if (exact) return exact;
  if (!only) throw unknownRun(`No run starts with "${name}"`, 'salesq runs list');
  if (second)
    throw unknownRun(`${matches.length} runs start with "${name}"`, 'Give more of the id: salesq runs list');
  return only;
}

const unknownRun = (message: string, hint: string): Error =>
  usageError({ code: 'run.unknown', message, hint });
