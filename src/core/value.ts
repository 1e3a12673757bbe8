import { isCountryCode, phoneFormats, type PhoneFormat, type PhoneRule } from './phone-key.js';
import {
  type Json,
  isObject,
  parseShallow,
  ExactNumber,
  isNested,
  readableText,
  repeatsKey,
  plainText,
} from './json.js';
import type { PhoneNumber, Sealed } from './number.js';
import type { Problem } from './row.js';
import { secretProblem } from './secret.js';
import {
  parseDuration,
  parseRate,
  parseRecontact,
  parseWindow,
  writeDuration,
  type CallingWindow,
  type Recontact,
} from './units.js';

/**
 * One language for everything a person can say: a cell of a column, an option, a setting of the configuration, a variable
 * of the environment, a value of a map file. A `ValueSpec` says what it is and where it may stand; its type reads it,
 * wherever it came from. Help, the example configuration and the pages about settings are made from these.
 */

/** Where a value was said: a configuration is typed (a number is no text), everything else is text a person wrote. */
export type From = 'column' | 'option' | 'environment' | 'config';

/** What reading a value may depend on. */
export interface Reading {
  readonly from: From;
  /** Reads phone numbers by the rule that applies here; absent where none is asked for. */
  readonly number?: (text: string, rule: PhoneRule, dials: boolean) => Read<PhoneNumber>;
  readonly rule?: PhoneRule;
  /** Of a phone: the vendor may ring or write to it because of this value. */
  readonly dials?: boolean;
}

/** A value (undefined where there is none), or what is wrong with it. Problems never quote what was said. */
export type Read<T> =
  | { readonly ok: true; readonly value: T | undefined }
  | {
      readonly ok: false;
      readonly state: 'invalid' | 'held';
      readonly problem: Problem;
      /** The same as the end of a sentence that begins with the value's name; absent: "must be" what the type expects. */
      readonly must?: string;
    };

/** A kind of value: what it looks like, and how it is read. */
export interface Type<T> {
  readonly kind: string;
  /** What it takes, as the end of "--rate takes …" and "rate must be …". */
  readonly expects: string;
  read(raw: NonNullable<Json>, where: Reading): Read<T>;
  /** A value as a person would write it; absent where it is written as it is. */
  write?(value: T): Json;
}

/** What a header can mean, whatever language it is in; `core/synonyms.ts` lists the spellings. */
export type Concept =
  | 'phone'
  | 'other-phone'
  | 'email'
  | 'first-name'
  | 'last-name'
  | 'full-name'
  | 'salutation'
  | 'company'
  | 'street'
  | 'house-number'
  | 'postcode'
  | 'city'
  | 'country'
  | 'birthdate'
  | 'notes'
  | 'comment'
  | 'date-time'
  | 'external-id'
  | 'vendor-id';

/** One value, and every place it can be said. */
export interface ValueSpec<T = unknown> {
  readonly type: Type<T>;
  /** What it means, for people. */
  readonly about: string;
  readonly required?: boolean;
  readonly default?: T;
  /** Headers that mean it beside its own name. */
  readonly column?: { readonly concept?: Concept; readonly aliases?: readonly string[] };
  /** As an option, in commander's notation: `--rate <rate>`, `-o, --output <format>`, `--no-color`. */
  readonly flag?: string;
  /** The option may be given several times: the value is then a list, empty where it is not given. */
  readonly many?: boolean;
  /** The option's value is free text: it may hold `$NAME`. */
  readonly freeText?: boolean;
  /** The environment variable that says it too. */
  readonly env?: string;
  /** The key of the configuration that says it where no option does. */
  readonly setting?: string;
  /** A number the vendor may ring or write to because of it: the gate judges it then, whatever the operation. */
  readonly dials?: boolean;
}

/** Values by name. */
export type Specs = Readonly<Record<string, ValueSpec>>;

/** What reading `Specs` gives: a list where it may be given several times, else undefined where nothing gives a value. */
export type Values<S extends Specs> = {
  readonly [K in keyof S]: S[K] extends ValueSpec<infer T>
    ? S[K] extends { readonly many: true }
      ? readonly T[]
      : S[K] extends { readonly required: true } | { readonly default: NonNullable<unknown> }
        ? T
        : T | undefined
    : never;
};

/** Keeps the types of specs that are declared apart from their use. */
export const specs = <const S extends Specs>(declared: S): S => declared;

/** Values that were read before, and the defaults of those that are absent. */
export const withDefaults = <S extends Specs>(
  declared: S,
  values: Readonly<Record<string, Json>>,
): Values<S> =>
  Object.fromEntries(
    Object.entries(declared).map(([name, spec]) => [name, values[name] ?? spec.default]),
  ) as Values<S>;

const fine = <T>(value: T | undefined): Read<T> => ({ ok: true, value });

/** What is wrong with a value, under a code of columns (`field.bad-…`). */
const wrong = (
  code: string,
  message: string,
  must?: string,
): Extract<Read<never>, { readonly ok: false }> => ({
  ok: false,
  state: 'invalid',
  problem: { code: `field.${code}`, message },
  ...(must === undefined ? {} : { must }),
});

/** Of a value that is no text: in a configuration, `12` is a number where `"12"` is text. */
const mustBeText = 'must be text (quotes may be missing)';

const isScalar = (value: Json): value is string | number | ExactNumber | boolean =>
  value !== null && !isNested(value);

/** Characters as people count them, not UTF-16 units. */
const isLonger = (text: string, limit: number): boolean =>
  text.length > limit && (text.length > 2 * limit || [...text].length > limit);

/** Text without the blanks around it; numbers become text, of a configuration whole ones alone: `1.10` lost its zero. */
export function text(
  limits: {
    readonly max?: number;
    readonly expects?: string;
    readonly test?: (text: string) => boolean;
  } = {},
): Type<string> {
  const { max, test, expects = 'text' } = limits;
  return {
    kind: 'text',
    expects,
    read: (raw, { from }) => {
      if (!isScalar(raw) || (from === 'config' && typeof raw !== 'string' && !Number.isSafeInteger(raw)))
        return wrong('bad-text', 'The value is not text', mustBeText);
      const value = String(raw).trim();
      if (max !== undefined && isLonger(value, max))
        return wrong('too-long', `The text is longer than ${max} characters`);
      return test && !test(value) ? wrong('bad-text', `The value is not ${expects}`) : fine(value);
    },
  };
}

/** A phone number. Without a reader of numbers (an option that only passes it on) it is taken as text. */
export const phone: Type<PhoneNumber> = {
  kind: 'phone',
  expects: 'a phone number',
  read: (raw, { number, rule, dials }) => {
    if (isNested(raw) || typeof raw === 'boolean')
      return {
        ok: false,
        state: 'invalid',
        problem: { code: 'phone.invalid', message: 'The phone number is not text' },
      };
    if (!number || !rule) throw new Error('a phone number is read without a rule');
    return number(readableText(raw), rule, dials === true);
  },
};

/** Several texts: a list, or one text parted by `,`, `;` or `|`. Empty parts are left out; none is no value. */
const textList = (kind: string, expects: string): Type<readonly string[]> => ({
  kind,
  expects,
  read: (raw) => {
    const parts: readonly Json[] = Array.isArray(raw)
      ? (raw as readonly Json[])
      : String(isNested(raw) ? '' : raw).split(/[,;|]/u);
    if (isObject(raw) || parts.some(isNested)) return wrong('bad-list', 'The value is not a list of texts');
    const texts = parts.map((part) => plainText(part).trim()).filter(Boolean);
    return fine(texts.length === 0 ? undefined : texts);
  },
});

export const texts = textList('texts', 'texts parted by a comma');

/** Phone numbers that are never dialled: the vendor only compares them with what it has, so they stay as written. */
export const phoneTexts = textList('phone-text', 'phone numbers parted by a comma');

/** One `@`, a dotted domain, nothing that separates addresses. Umlauts and other scripts are allowed on both sides. */
const address =
  /^[^\s@"(),:;<>[\]\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+[\p{L}\p{N}\p{M}-]{2,63}$/u;

export const email: Type<string> = {
  kind: 'email',
  expects: 'an e-mail address',
  read: (raw) => {
    const value = typeof raw === 'string' ? raw.trim() : '';
    const local = value.split('@')[0] ?? '';
    const dotted = local.startsWith('.') || local.endsWith('.') || value.includes('..');
    return value.length <= 254 && address.test(value) && !dotted
      ? fine(value)
      : wrong('bad-email', 'The value is not an e-mail address');
  },
};

/** A whole number; as text with digits alone, in a configuration a number. */
export function integer(limits: { readonly min?: number; readonly max?: number } = {}): Type<number> {
  const { min, max } = limits;
  const span = min === undefined ? '' : max === undefined ? ` from ${min}` : ` from ${min} to ${max}`;
  return {
    kind: 'integer',
    expects: `a whole number${span}`,
    read: (raw, { from }) => {
      const typed = typeof raw === 'string' && from !== 'config';
      const digits = from === 'column' ? /^[+-]?\d{1,16}$/u : /^\d{1,16}$/u;
      const exact = raw instanceof ExactNumber ? raw.whole() : null;
      const value = typed && digits.test(raw.trim()) ? Number(raw) : exact === null ? raw : Number(exact);
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        return wrong('bad-integer', 'The value is not a whole number');
      const low = min !== undefined && value < min;
      if (!low && (max === undefined || value <= max)) return fine(value);
      const must = low ? `must be ${min} or more` : `must be ${max ?? ''} or less`;
      return wrong('bad-integer', `The value is not a whole number${span}`, must);
    },
  };
}

const yesAndNo = new Map<string, boolean>([
  ...'true,yes,y,1,on,ja,j,wahr,да,истина'.split(',').map((word) => [word, true] as const),
  ...'false,no,n,0,off,nein,falsch,нет,ложь'.split(',').map((word) => [word, false] as const),
]);

/** Yes or no, in three languages; in a configuration `true` or `false`. */
export const flag: Type<boolean> = {
  kind: 'flag',
  expects: 'true or false',
  read: (raw, { from }) => {
    const known =
      from === 'config'
        ? typeof raw === 'boolean'
          ? raw
          : undefined
        : yesAndNo.get(readableText(raw).trim().toLowerCase());
    return known === undefined ? wrong('bad-boolean', 'The value is neither true nor false') : fine(known);
  },
};

/** One of some names. */
export const choice = <const T extends string>(
  names: readonly T[],
  named: readonly T[] = names,
): Type<T> => ({
  kind: 'choice',
  expects: `one of ${named.join(', ')}`,
  read: (raw) => {
    const found = names.find((name) => name === (typeof raw === 'string' ? raw.trim() : raw));
    if (found !== undefined) return fine(found);
    const message = `The value is not one of ${named.join(', ')}`;
    return wrong('bad-value', message, typeof raw === 'string' ? undefined : mustBeText);
  },
});

/** Several of some names, parted by a comma. */
export const choices = <const T extends string>(names: readonly T[]): Type<readonly T[]> => ({
  kind: 'choices',
  expects: `a list of ${names.join(', ')}`,
  read: (raw) => {
    const parts = Array.isArray(raw) ? (raw as readonly Json[]) : String(isScalar(raw) ? raw : '').split(',');
    const found = parts.flatMap((part) =>
      names.filter((name) => name === (isScalar(part) ? String(part).trim() : '')),
    );
    return found.length === parts.length
      ? fine(found)
      : wrong('bad-value', `The value is not a list of ${names.join(', ')}`);
  },
});

/** Any JSON, exactly as it is written; text is parsed. `null` is no value. */
export const json: Type<Json> = {
  kind: 'json',
  expects: 'JSON',
  read: (raw) => {
    if (typeof raw !== 'string') return fine<Json>(raw);
    const parsed = parseShallow(raw);
    if (parsed === undefined) return wrong('bad-json', 'The text is not JSON');
    if (repeatsKey(raw)) return wrong('bad-json', 'The text has an object with a key twice');
    return fine<Json>(parsed ?? undefined);
  },
};

/** A moment as text: which notations it may have is the vendor's business. */
export const dateTime: Type<string> = { ...text(), kind: 'date-time', expects: 'a date and time, ISO 8601' };

/** A text that means something else once it is parsed. */
export const parsed = <T>(
  kind: string,
  expects: string,
  parse: (text: string) => T | null,
  write?: (value: T) => Json,
): Type<T> => ({
  kind,
  expects,
  read: (raw) => {
    const value = typeof raw === 'string' ? parse(raw) : null;
    if (value !== null) return fine(value);
    const must = typeof raw === 'string' ? undefined : mustBeText;
    return wrong('bad-value', `The value is not ${expects}`, must);
  },
  ...(write && { write }),
});

/** Milliseconds. */
export const duration: Type<number> = parsed(
  'duration',
  'a duration: 500ms, 30s, 5m, 24h or 90d',
  (value) => parseDuration(value) || null,
  writeDuration,
);

/** Milliseconds, also none. */
export const durationFromZero: Type<number> = parsed(
  'duration',
  'a duration: 0s, 30s, 5m, 24h or 90d',
  parseDuration,
);

/** Requests in a second. */
export const rate: Type<number> = parsed('rate', 'a rate: 5/s, 60/m or 0.5/s', parseRate);

export const recontact: Type<Recontact> = parsed(
  'recontact',
  'never, always or after:90d',
  parseRecontact,
  ({ mode, afterMs }) => (mode === 'after' ? `after:${writeDuration(afterMs)}` : mode),
);

export const windowOfDay: Type<CallingWindow> = parsed(
  'window',
  'a calling window, like Mon-Fri 09:00-20:00',
  parseWindow,
);

/** Two letters, given back in capitals. */
export const country: Type<string> = parsed('country', 'a country of two letters, like DE', (value) =>
  isCountryCode(value) ? value.toUpperCase() : null,
);

export const phoneFormat: Type<PhoneFormat> = choice(phoneFormats);

function isTimezone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** An IANA name. */
export const timezone: Type<string> = parsed('timezone', 'a time zone, like Europe/Berlin', (value) =>
  isTimezone(value) ? value : null,
);

/** One value, or a list of them. */
export const oneOrMore = <T>(type: Type<T>): Type<readonly T[]> => ({
  kind: `${type.kind} list`,
  expects: `${type.expects}, or a list of them`,
  read: (raw, where) => {
    const values: T[] = [];
    for (const one of Array.isArray(raw) ? (raw as readonly Json[]) : [raw]) {
      const read = one === null ? null : type.read(one, where);
      if (read && !read.ok) return { ...read, must: `must be ${type.expects}, or a list of them` };
      if (read?.value !== undefined) values.push(read.value);
    }
    if (values.length > 0) return fine(values);
    return wrong('bad-value', `The value is not ${type.expects}`, `must name ${type.expects}`);
  },
});

/** A path, or `-`. Where it starts from is the business of whoever opens it. */
export const path: Type<string> = parsed('path', 'a path', (value) => (value.trim() === '' ? null : value));

/** Text as it was written, blanks around it too. */
export const verbatim: Type<string> = parsed('text', 'text', (value) => value);

/** A secret, as the configuration says where it is to be had; it is fetched when it is needed. */
export const secret: Type<string> = {
  kind: 'secret',
  expects: 'text, or env:NAME, file:PATH, cmd:COMMAND, keychain:ITEM',
  read: (raw) => {
    if (typeof raw !== 'string') return wrong('bad-text', 'The value is not text', mustBeText);
    const problem = secretProblem(raw);
    return problem === null
      ? fine(raw)
      : wrong('bad-value', 'The value does not say where a secret is', problem);
  },
};

/** What a value is where nobody says it, as a person would write it; null where that is nothing. */
export const shownDefault = (spec: ValueSpec): Json =>
  spec.default === undefined ? null : (spec.type.write?.(spec.default) ?? (spec.default as Json));

/** Nothing, or only space: such a cell is treated as if its column were not there. */
export const isEmpty = (value: Json | undefined): value is null | undefined | string =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

/** A value of a column. */
export interface Field extends ValueSpec<Sealed> {
  /** The vendor's own spelling; also the name `--set` and a map file use. */
  readonly name: string;
}

/** A required field without a value. */
export const missing = ({ name, type }: Pick<Field, 'name' | 'type'>): Problem =>
  type.kind === 'phone'
    ? { code: 'phone.missing', message: 'The phone number is missing' }
    : { code: 'field.missing', message: `"${name}" is required and missing` };

/** Reads a cell of a field. */
export function readCell(field: Field, value: Json | undefined, where: Reading): Read<Sealed> {
  if (!isEmpty(value)) return field.type.read(value, { ...where, dials: field.dials === true });
  return field.required
    ? { ok: false, state: 'invalid', problem: missing(field) }
    : { ok: true, value: undefined };
}

/** The problem with its column named in the text too: reasons are stored without the column beside them. */
export const inColumn = (problem: Problem, column: string | null): Problem =>
  column === null
    ? problem
    : {
        code: problem.code,
        message: `Column "${column}": ${problem.message.charAt(0).toLowerCase()}${problem.message.slice(1)}`,
        column,
      };
