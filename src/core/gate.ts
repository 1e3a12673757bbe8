import { isoTime } from './clock.js';
import type { PhoneKey } from './phone-key.js';
import type { RowState } from './life.js';
import { type CallingWindow, isOpen, type Recontact } from './units.js';

/**
 * Rules that keep a row, or a run, from leaving: do-not-call list, unknown people, earlier contacts, hours. Each row rule
 * names the moments it is asked at: while planning, in the claim, and where a row is made ready again. Elsewhere are
 * consent (`consent.ts`, judged where a row is mapped), the witness (`engine/witness.ts`) and the confirmation of a live
 * profile (`commands/job.ts`).
 */

/**
 * Whom a row may reach. `by-number`: whoever bears a number of the row. `by-id`: somebody whom only the vendor's own record
 * names, so that the record must be read before. `nobody`: no person hears of it, but for numbers whose field `dials`.
 */
export type Reaches = 'nobody' | 'by-number' | 'by-id';

/** When the gate is asked: planning, claiming, or making a row in doubt ready again. */
export type Moment = 'plan' | 'claim' | 'release';

/** What is asked about. */
export interface Subject {
  readonly row: number;
  readonly reaches: Reaches;
  /** The numbers that would leave. */
  readonly numbers: readonly { readonly key: PhoneKey; readonly dials: boolean }[];
  /** Numbers of the person the row is about, as the row or the vendor's record names them. */
  readonly people: readonly PhoneKey[];
}

/** What is known at that moment. */
export interface Facts {
  /** Which of the numbers asked about are on the do-not-call list. */
  readonly listed: ReadonlySet<PhoneKey>;
  /** Earlier rows of the same key; null where they were heeded before and hold by an index of the ledger. */
  readonly earlier: Earlier | null;
}

/** Rows that have, or had, the key of a row that is planned. */
export interface Earlier {
  /** The row of the same run that came first; null where there is none. */
  readonly inFile: number | null;
  readonly others: readonly EarlierRow[];
  readonly recontact: Recontact;
  readonly allowDuplicates: boolean;
  readonly now: number;
}

/** A row of another run. `superseded`: it gave way to a later contact, and was one all the same. */
export interface EarlierRow {
  readonly run: string;
  readonly row: number;
  readonly state: RowState;
  readonly superseded: boolean;
  /** Wall clock, ms. */
  readonly at: number;
}

/** What becomes of a row that a rule stops. */
export interface Ruling {
  readonly state: 'blocked' | 'duplicate';
  readonly code: string;
  readonly reason: string;
}

export interface RowRule {
  readonly id: string;
  readonly at: readonly Moment[];
  judge(row: Subject, facts: Facts): Ruling | null;
}

/** On the do-not-call list. */
export const onTheList: Ruling = {
  state: 'blocked',
  code: 'dnc.listed',
  reason: 'On the do-not-call list.',
};

/** Of a ready row whose person a file that was planned later refuses. */
export const refusedSince = {
  code: 'consent.refused',
  reason: 'A file that was planned later says that this person wants no contact.',
} as const;

const listedNumber: RowRule = {
  id: 'dnc.listed',
  at: ['plan', 'claim', 'release'],
  judge: ({ reaches, numbers, people }, { listed }) => {
    const dialled = numbers.some(({ key, dials }) => dials && listed.has(key));
    const reached = reaches !== 'nobody' && people.some((key) => listed.has(key));
    return dialled || reached ? onTheList : null;
  },
};

const unknownPerson: RowRule = {
  id: 'phone.unknown',
  at: ['claim', 'release'],
  judge: ({ reaches, people }) =>
    reaches === 'by-id' && people.length === 0
      ? {
          state: 'blocked',
          code: 'phone.unknown',
          reason:
            'The vendor does not show whose this is, so the do-not-call list cannot be asked; nothing was sent.',
        }
      : null,
};

const duplicate = (what: string, reason: string): Ruling => ({
  state: 'duplicate',
  code: `duplicate.${what}`,
  reason,
});

const twiceInFile: RowRule = {
  id: 'duplicate.in-file',
  at: ['plan'],
  judge: (_row, { earlier }) =>
    earlier && earlier.inFile !== null && !earlier.allowDuplicates
      ? duplicate('in-file', `The same as row ${earlier.inFile} of this file.`)
      : null,
};

/**
 * Why rows of other runs keep a key from being planned. Rows that an earlier recontact superseded were contacts all the
 * same: they count for how long ago the last one was.
 */
const contactedBefore: RowRule = {
  id: 'duplicate.contacted',
  at: ['plan'],
  judge: (_row, { earlier }) => {
    if (!earlier) return null;
    const { others, recontact, now } = earlier;
    const live = others.filter(({ superseded }) => !superseded);
    const doubt = live.find(({ state }) => state === 'in-doubt');
    if (doubt) return duplicate('in-doubt', `In doubt in run ${doubt.run}; resolve it there first.`);
    const pending = live.find(({ state }) => state !== 'delivered');
    if (pending) return duplicate('pending', `Waiting to be sent by run ${pending.run}.`);
    const last = others.reduce<EarlierRow | null>((a, b) => (a === null || b.at > a.at ? b : a), null);
    if (last === null || mayRecontact(last.at, recontact, now)) return null;
    return duplicate(
      'contacted',
      `${howLast(last.state)} by run ${last.run} on ${isoTime(last.at).slice(0, 10)}.`,
    );
  },
};

function howLast(state: RowState): string {
  if (state === 'abandoned') return 'Sent, then given up,';
  return state === 'withdrawn' ? 'Delivered, then removed,' : 'Delivered';
}

function mayRecontact(at: number, { mode, afterMs }: Recontact, now: number): boolean {
  if (mode === 'after') return now - at > afterMs;
  return mode === 'always';
}

/**
 * Why a second number of a row may not be handed over with it: an earlier row handed it over, as its main number or not. Null
 * where it may. The row itself goes without it.
 */
export function handedOver(row: Subject, earlier: Earlier): Ruling | null {
  const facts: Facts = { listed: new Set(), earlier };
  return twiceInFile.judge(row, facts) ?? contactedBefore.judge(row, facts);
}

/** Of a row that goes without a second number. */
export const sharedNumber = 'number.shared';

/** In the order they are asked: the first that objects decides. */
const rowRules: readonly RowRule[] = [listedNumber, unknownPerson, twiceInFile, contactedBefore];

/** What stops a row at that moment; null where it may go on. */
export function judge(row: Subject, facts: Facts, moment: Moment): Ruling | null {
  for (const rule of rowRules) {
    const ruling = rule.at.includes(moment) ? rule.judge(row, facts) : null;
    if (ruling) return ruling;
  }
  return null;
}

/** What is known of a run that is about to contact people. */
export interface RunFacts {
  readonly reaches: Reaches;
  readonly profile: string;
  /** Wall clock, ms. */
  readonly now: number;
  readonly window: readonly CallingWindow[];
  readonly timezone: string | null;
  /** Oldest do-not-call list of a vendor that the profile accepts; null where it asks for none. */
  readonly listMaxAgeMs: number | null;
}

/** Why a run may not contact anybody now. `pause`: it goes on by itself when the reason has passed. */
export interface Closed {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly pause: boolean;
}

export interface RunRule {
  readonly id: string;
  closed(run: RunFacts): Closed | null;
}

const listAge: RunRule = {
  id: 'gate.dnc-age-unknown',
  closed: ({ listMaxAgeMs, profile }) =>
    listMaxAgeMs === null
      ? null
      : {
          code: 'gate.dnc-age-unknown',
          message: `Profile "${profile}" asks for a do-not-call list of a certain age (dnc.maxAge), and no list has been fetched from a vendor`,
          hint: 'Take dnc.maxAge out of the profile and keep the list with `salesq dnc add`, or do not push with this profile',
          pause: false,
        },
};

const outsideHours: RunRule = {
  id: 'run.window',
  closed: ({ window, timezone, now }) =>
    isOpen(window, timezone, now)
      ? null
      : {
          code: 'run.window',
          message: 'Stopped: outside the hours in which people may be contacted (window of the profile)',
          hint: null,
          pause: true,
        },
};

/** Rules of a whole run, in the order they are asked. They never hold back what reaches nobody: a stop always leaves. */
const runRules: readonly RunRule[] = [listAge, outsideHours];

/** Why a run may not contact anybody now; null where it may, or where it reaches nobody. */
export function closedFor(run: RunFacts): Closed | null {
  if (run.reaches === 'nobody') return null;
  for (const rule of runRules) {
    const closed = rule.closed(run);
    if (closed) return closed;
  }
  return null;
}
