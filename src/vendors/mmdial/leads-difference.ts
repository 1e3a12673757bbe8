import { type Json, type JsonObject, plainText } from '../../core/json.js';
import type { LeadRecord } from './leads-get.js';
import { type Outgoing, leadKeys } from './leads.js';

/** Fields of a lead by name, form fields as `form.<name>`; only what editlead can change. */
export type Known = ReadonlyMap<string, string>;

const field = (key: string, values: JsonObject): [string, string][] =>
  Object.hasOwn(values, key) ? [[key, plainText(values[key])]] : [];

export const knownOf = ({ lead, form }: LeadRecord): Known =>
  new Map([
    ...leadKeys.flatMap((key) => field(key, lead)),
    ...Object.keys(form).map((key): [string, string] => [`form.${key}`, plainText(form[key])]),
  ]);

/** What a request sets, by the names of `Known`. */
export const sentOf = ({ data, form }: Pick<Outgoing, 'data' | 'form'>): Known =>
  new Map([
    ...Object.entries(data),
    ...Object.entries(form).map(([name, value]) => [`form.${name}`, value] as const),
  ]);

/** The same value, though mmDial may keep numbers and dates in another notation than they were sent. */
export function isSame(name: string, a: string, b: string): boolean {
  if (a === b) return true;
  if (name === 'phone' || name === 'alt_phone') {
    const [x, y] = [a, b].map((text) => text.replace(/\D/g, '').replace(/^0+/, '')) as [string, string];
    return x !== '' && y !== '' && (x.endsWith(y) || y.endsWith(x));
  }
  if (name !== 'birthdate') return false;
  const numbers = (text: string): string => (text.match(/\d+/g) ?? []).map(Number).sort().join();
  return numbers(a) === numbers(b);
}

/** What an edit did, field by field. */
interface Difference {
  /** Sent, and different now. */
  readonly changed: readonly string[];
  /** Sent, shown by mmDial, and neither as sent nor different from before. */
  readonly ignored: readonly string[];
  /** Sent, and not shown by mmDial. */
  readonly hidden: readonly string[];
  /** Not sent, and different all the same. */
  readonly harmed: readonly string[];
}

/**
 * Pure: compares a lead before and after. `status` and `rotation` change by dialling itself: where they were not sent,
 * only losing their value is harm.
 */
export function difference(before: Known, after: Known, sent: ReadonlyMap<string, string>): Difference {
  const differs = (name: string): boolean => (before.get(name) ?? '') !== (after.get(name) ?? '');
  const names = [...sent.keys()];
  const shown = names.filter((name) => after.has(name));
  const others = [...new Set([...before.keys(), ...after.keys()])].filter((name) => !sent.has(name));
  const lives = (name: string): boolean =>
    (name === 'status' || name === 'rotation') && (after.get(name) ?? '') !== '';
  return {
    changed: shown.filter(differs),
    ignored: shown.filter(
      (name) => !differs(name) && !isSame(name, after.get(name) ?? '', sent.get(name) ?? ''),
    ),
    hidden: names.filter((name) => !after.has(name)),
    harmed: others.filter((name) => differs(name) && !lives(name)),
  };
}

/** The values of those fields before and after, for the ledger. */
export function valuesOf(
  names: readonly string[],
  before: Known,
  after: Known,
): { before: Json; after: Json } {
  const pick = (from: Known): JsonObject =>
    Object.fromEntries(names.map((name) => [name, from.get(name) ?? null]));
  return { before: pick(before), after: pick(after) };
}

/** For people: which fields changed. */
export function noteOf({ changed, hidden, harmed }: Difference): string {
  const said = [
    changed.length > 0 ? `changed: ${changed.join(', ')}` : 'nothing changed: mmDial had these values',
    ...(hidden.length > 0 ? [`not shown by mmDial: ${hidden.join(', ')}`] : []),
    ...(harmed.length > 0 ? [`CHANGED WITHOUT BEING SENT: ${harmed.join(', ')}`] : []),
  ];
  return said.join('; ');
}
