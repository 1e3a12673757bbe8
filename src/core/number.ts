import {
  canonicalJson,
  entriesOf,
  ExactNumber,
  isObject,
  type Json,
  type JsonObject,
  keysOf,
  readJson,
  recordOf,
  writeJson,
} from './json.js';
import { judge, type Facts, type Reaches, type Ruling, type Subject } from './gate.js';
import { maskPhone, partsOf, personOf, type PhoneKey } from './phone-key.js';

/**
 * Phone numbers on their way to a vendor. A payload holds `PhoneNumber`s, which have no text. Only `clear`, inside the
 * transaction that claims the rows, turns a payload into one with `OutgoingNumber`s, after the gate has judged every number
 * in it: what was checked is what is sent.
 */

export type { PhoneKey };

interface NumberText {
  readonly e164: string;
  /** As the input wrote it, in a notation that means the same number. */
  readonly written: string;
}

/** What a number shows of itself, in JSON too. */
const hidden = '[number]';

let textOf: (number: PhoneNumber) => NumberText;

/** A number that was read and not cleared: it can be compared, masked and stored, but not read. */
export class PhoneNumber {
  readonly #text: NumberText;
  /** Whether the vendor may ring or write to this number because of the row it stands in. */
  readonly dials: boolean;

  static {
    textOf = (number) => number.#text;
  }

  /**
   * @param e164 `+` and digits
   * @param written what an operation that keeps the operator's notation sends; it means the same number
   */
  constructor(e164: string, written: string, dials: boolean) {
    this.#text = { e164, written };
    this.dials = dials;
  }

  get key(): PhoneKey {
    return keyOf(this.#text.e164);
  }

  masked(): string {
    return maskPhone(this.#text.e164);
  }

  /** Country calling code, digits alone: `49`. */
  get callingCode(): string {
    return partsOf(this.#text.e164).code;
  }

  /** The same number, written without the blanks and marks that only part it. */
  bare(): PhoneNumber {
    const { e164, written } = this.#text;
    return new PhoneNumber(e164, written.replace(/[\s()./-]/gu, ''), this.dials);
  }

  /** The same number, written in E.164. */
  international(): PhoneNumber {
    const { e164 } = this.#text;
    return new PhoneNumber(e164, e164, this.dials);
  }

  /** The most characters any of its notations has: what a request must have room for. */
  get width(): number {
    return Math.max(this.#text.e164.length, this.#text.written.length);
  }

  toString(): typeof hidden {
    return hidden;
  }

  /** What `console` and an error's cause show; read by Node under this name. */
  [Symbol.for('nodejs.util.inspect.custom')](): typeof hidden {
    return hidden;
  }

  toJSON(): typeof hidden {
    return hidden;
  }
}

const minted = Symbol('a number the gate has let pass');

/** A number that may leave: only `clear` and `lookUp` make one. */
export class OutgoingNumber {
  readonly #text: NumberText;

  constructor(token: typeof minted, number: PhoneNumber) {
    if (token !== minted) throw new TypeError('Only the gate makes outgoing numbers.');
    this.#text = textOf(number);
  }

  /** `+491788046563` */
  e164(): string {
    return this.#text.e164;
  }

  /** `491788046563` */
  digits(): string {
    return this.#text.e164.slice(1);
  }

  /** As the input wrote it, in a notation that means the same number. */
  written(): string {
    return this.#text.written;
  }

  /** Country calling code and what follows it, digits alone. */
  parts(): { readonly code: string; readonly national: string } {
    return partsOf(this.#text.e164);
  }

  /** A number is no JSON: whoever sends it says in which notation. */
  toJSON(): never {
    throw new TypeError('A number is sent in a notation: e164(), digits() or written().');
  }
}

/** What a payload is made of before the gate. */
export type Sealed =
  null | boolean | number | ExactNumber | string | PhoneNumber | readonly Sealed[] | SealedObject;

export interface SealedObject {
  readonly [key: string]: Sealed;
}

/** The same payload after the gate. */
export type Opened<T> = T extends PhoneNumber
  ? OutgoingNumber
  : T extends string | number | ExactNumber | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Opened<Item>[]
      : { readonly [K in keyof T]: Opened<T[K]> };

/** A row that may leave. */
export interface Cleared<P = SealedObject> {
  readonly row: number;
  /** Our own key for the row, 24 hex digits unless the input brought its own; unique in its account. */
  readonly ref: string;
  readonly payload: Opened<P>;
}

/** A row the gate stopped, and why. */
export interface Stopped {
  readonly row: number;
  readonly ruling: Ruling;
}

/** A row as the gate is asked about it; its numbers are those of its payload. */
export interface Candidate<P = SealedObject> extends Omit<Subject, 'numbers'> {
  readonly ref: string;
  readonly payload: P;
}

/** Asks the gate for each row with the facts of this moment; what passes may leave, the rest is named with its reason. */
export function clear<P extends Sealed>(
  rows: readonly Candidate<P>[],
  facts: Facts,
): { readonly cleared: Cleared<P>[]; readonly stopped: Stopped[] } {
  const cleared: Cleared<P>[] = [];
  const stopped: Stopped[] = [];
  for (const row of rows) {
    const ruling = judge(subjectOf(row), facts, 'claim');
    if (ruling) stopped.push({ row: row.row, ruling });
    else cleared.push({ row: row.row, ref: row.ref, payload: open(row.payload) });
  }
  return { cleared, stopped };
}

/** The numbers of a payload opened without the gate: to read a vendor, to show, or to stop a contact. Never to make one. */
export const lookUp = <P extends Sealed>(payload: P): Opened<P> => open(payload);

/** What the gate is asked about a row. */
export const subjectOf = ({
  row,
  reaches,
  people,
  payload,
}: {
  readonly row: number;
  readonly reaches: Reaches;
  readonly people: readonly PhoneKey[];
  readonly payload: Sealed;
}): Subject => ({ row, reaches, people, numbers: numbersIn(payload) });

function open<T extends Sealed>(value: T): Opened<T> {
  return mapNumbers(value, (number) => new OutgoingNumber(minted, number)) as Opened<T>;
}

/** The value with its numbers changed; parts without a number are not copied. */
function mapNumbers(value: Sealed, change: (number: PhoneNumber) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof PhoneNumber) return change(value);
  if (Array.isArray(value)) return (value as readonly Sealed[]).map((inner) => mapNumbers(inner, change));
  let copy: Record<string, unknown> | null = null;
  for (const [key, inner] of Object.entries(value as SealedObject)) {
    const changed = mapNumbers(inner, change);
    if (changed !== inner) (copy ??= { ...(value as SealedObject) })[key] = changed;
  }
  return copy ?? value;
}

/** Every number of a payload, wherever it stands. */
export function numbersIn(payload: Sealed): PhoneNumber[] {
  const found: PhoneNumber[] = [];
  collectNumbers(payload, found);
  return found;
}

/** The numbers of a payload in E.164, as they leave or would leave, each once: to show them. */
export const shownNumbers = (payload: Sealed): string[] => [
  ...new Set(numbersIn(payload).map((number) => textOf(number).e164)),
];

/** The payload without the fields that hold one of these numbers. */
export function withoutNumbers<P extends Sealed>(payload: P, keys: ReadonlySet<PhoneKey>): P {
  const stays = (value: Sealed): boolean => !(value instanceof PhoneNumber) || !keys.has(value.key);
  const strip = (value: Sealed): Sealed => {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof PhoneNumber || value instanceof ExactNumber) return value;
    if (Array.isArray(value)) return (value as readonly Sealed[]).filter(stays).map(strip);
    const entries = entriesOf(value as SealedObject).filter(([, inner]) => stays(inner));
    return recordOf(entries.map(([key, inner]) => [key, strip(inner)]));
  };
  return strip(payload) as P;
}

function collectNumbers(value: Sealed, found: PhoneNumber[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof PhoneNumber) found.push(value);
  else if (!(value instanceof ExactNumber))
    for (const inner of Object.values<Sealed>(value)) collectNumbers(inner, found);
}

// ---- For the ledger and the engine alone (test/architecture.test.ts)

/** The key of a number whose E.164 form is known. */
export const keyOf = (e164: string): PhoneKey => personOf(e164) as unknown as PhoneKey;

/** The E.164 form behind a key, to be stored and compared. */
export const textOfKey = (key: PhoneKey): string => key as unknown as string;

const isE164 = (text: string): boolean => /^\+\d+$/.test(text);

/** What a row itself says of its person. */
interface OfPerson {
  readonly phone: string | null;
  readonly key: string | null;
}

/** The numbers a row itself names as its person's: its phone, and its key where that is a number. */
export function ownNumbers({ phone, key }: OfPerson): string[] {
  const own = phone === null ? [] : [phone];
  if (key !== null && key !== phone && isE164(key)) own.push(key);
  return own;
}

/**
 * The numbers of the person a row is about; none where the run reaches nobody.
 * @param dialled numbers of the vendor's record or of the payload that may be dialled because of the row
 */
export function peopleOf(reaches: Reaches, row: OfPerson, dialled: readonly string[] = []): PhoneKey[] {
  if (reaches === 'nobody') return [];
  const own = ownNumbers(row);
  return (dialled.length === 0 ? own : [...new Set([...own, ...dialled])]).map(keyOf);
}

const mark = '$phone';

/** A payload as one text, numbers told apart from texts that look like them. */
export const seal = (payload: Sealed): string =>
  writeJson(
    stored(payload, (number) => {
      const { e164, written } = textOf(number);
      return { [mark]: [e164, written, number.dials] };
    }),
  );

function stored(value: Sealed, asJson: (number: PhoneNumber) => Json): Json {
  if (value instanceof PhoneNumber) return asJson(value);
  if (Array.isArray(value)) return (value as readonly Sealed[]).map((inner) => stored(inner, asJson));
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value;
  return recordOf(
    entriesOf(value as SealedObject).map(([key, inner]) => [
      key.startsWith('$') ? `$${key}` : key,
      stored(inner, asJson),
    ]),
  );
}

/** The payload a text was made from by `seal`. */
export function unseal(text: string): SealedObject {
  const value = readJson(text) as JsonObject;
  return (text.includes('"$') ? restored(value) : value) as SealedObject;
}

/** Changes a value that was just parsed, and nobody else has, in its place. */
function restored(value: Json): Sealed {
  if (Array.isArray(value)) return (value as readonly Json[]).map(restored);
  if (!isObject(value)) return value;
  if (Array.isArray(value[mark])) {
    const [e164, written, dials] = value[mark] as unknown as readonly [string, string, boolean];
    return new PhoneNumber(e164, written, dials);
  }
  const own = value as Record<string, unknown>;
  const keys = keysOf(value);
  for (const key of keys) if (typeof own[key] === 'object') own[key] = restored(value[key] as Json);
  if (!keys.some((key) => key.startsWith('$'))) return value;
  return recordOf(
    entriesOf(value).map(([key, inner]) => [key.startsWith('$') ? key.slice(1) : key, inner as Sealed]),
  );
}

/** One text for one content: equal payloads are equal, whether their numbers are dialled or not. */
export const contentOf = (payload: Sealed): string =>
  canonicalJson(
    stored(payload, (number) => {
      const { e164, written } = textOf(number);
      return { [mark]: [e164, written] };
    }),
  );

/** Bytes of a payload as JSON, with each number in its longest notation. */
export const bytesOf = (payload: Sealed): number =>
  numbersIn(payload).reduce(
    (bytes, { width }) => bytes - hidden.length + width,
    Buffer.byteLength(writeJson(payload)),
  );
