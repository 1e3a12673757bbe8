import { isoTime } from '../core/clock.js';
import type { JsonObject } from '../core/json.js';
import type { AccountRef } from '../core/ledger.js';
import { sameAccount } from '../core/account.js';
import type { App } from './command.js';

/** A ledger as it is, to be compared with what the witness keeps of it. */
export interface KnownLedger {
  /** Its id; null for one that has none yet. */
  readonly id: string | null;
  readonly accounts: readonly { readonly account: AccountRef; readonly contacts: number }[];
  readonly optOuts: number;
}

/** What the witness keeps of a ledger, and why it could not be told more. */
export interface Witnessed {
  /** Its file; null where there is no place for one. */
  readonly where: string | null;
  readonly contacts: number;
  readonly contactsOfLedger: number;
  readonly optOuts: number;
  readonly optOutsOfLedger: number;
  /** When it was last noted (ms); null where nothing was. */
  readonly at: number | null;
  readonly problem: string | null;
}

/** Asks the witness about a ledger; where it knows less than the ledger, also why. */
export async function lookAtWitness(app: App, ledger: KnownLedger): Promise<Witnessed> {
  const witness = await app.ports.witness();
  const { seen, problem } = await witness.entries();
  const own = seen.filter((entry) => entry.ledger === ledger.id);
  let contacts = 0;
  let contactsOfLedger = 0;
  for (const one of ledger.accounts) {
    const noted = own.filter(({ account }) => account !== null && sameAccount(account, one.account));
    contacts += Math.max(0, ...noted.map((entry) => entry.contacts));
    contactsOfLedger += one.contacts;
  }
  const optOuts = Math.max(0, ...own.map((entry) => entry.optOuts));
  const isBehind = contacts < contactsOfLedger || optOuts < ledger.optOuts;
  return {
    where: witness.where,
    contacts,
    contactsOfLedger,
    optOuts,
    optOutsOfLedger: ledger.optOuts,
    at: own.length > 0 ? Math.max(...own.map(({ at }) => at)) : null,
    problem: problem ?? (isBehind ? await witness.obstacle() : null),
  };
}

export const witnessRecord = ({ at, ...found }: Witnessed): JsonObject => ({
  ...found,
  at: at === null ? null : isoTime(at),
});

/** In a line for people. */
export function witnessText(found: Witnessed): string {
  const { where, contacts, contactsOfLedger, optOuts, optOutsOfLedger, at, problem } = found;
  const figures = `knows ${contacts} of ${contactsOfLedger} contacts, ${optOuts} of ${optOutsOfLedger} changes of the do-not-call list`;
  const since = at === null ? '' : `, noted ${isoTime(at)}`;
  const place = where === null ? '' : ` (${where})`;
  return `${figures}${since}${place}${problem === null ? '' : `: ${problem}`}`;
}

/** True where the witness would not notice that all of the ledger was lost. */
export const isBehind = (found: Witnessed): boolean =>
  found.problem !== null || found.contacts < found.contactsOfLedger || found.optOuts < found.optOutsOfLedger;
