import { type Json, type JsonObject, isObject, ExactNumber, wholeText } from '../../../core/json.js';

export type LeadKind = 'call' | 'request';

export interface TagFilter {
  readonly tags: readonly string[];
  readonly logic: 'and' | 'or';
}

/** One line of `matching`: how to find the lead. */
export type Matching = { readonly kind: LeadKind; readonly filter: TagFilter } & (
  | { readonly by: 'id'; readonly id: string }
  | {
      readonly by: 'contact';
      /** In eleven digits. */
      readonly phones: readonly string[];
      /** In lower case. */
      readonly emails: readonly string[];
      /** Milliseconds since 1970. */
      readonly at: number;
      readonly depthMs: number;
    }
);

export interface LeadComment {
  readonly matching: readonly Matching[];
  readonly text: string;
}

/** The limits of docs/vendors/calltouch.md#comment and #matching: leads, ways of matching, minutes. */
const limits = { comments: 100, matching: 20, depthMinutes: 525_600 } as const;

/** The comments of the body; every violation, in whatever lead, is noted in the reader. */
export function readComments(body: JsonObject, reader: Reader): LeadComment[] {
  return reader.list(body['comments'], 'comments', limits.comments).flatMap((item, index) => {
    const path = `comments[${index}]`;
    const lead = reader.object(item, path);
    if (!lead) return [];
    const lines = reader.list(lead['matching'], `${path}.matching`, limits.matching);
    const matching = lines.flatMap((line, place) => readMatching(line, `${path}.matching[${place}]`, reader));
    return [{ matching, text: reader.text(lead['addComment'], `${path}.addComment`) }];
  });
}

/** Only the parameters its type names are read; others in the same line are ignored. */
function readMatching(line: Json, path: string, reader: Reader): Matching[] {
  const entry = reader.object(line, path);
  if (!entry) return [];
  const type = reader.text(entry['type'], `${path}.type`, isType, messages.choice);
  if (!isType(type)) return [];
  const at = `${path}.${type}Params`;
  const params = reader.object(entry[`${type}Params`], at);
  if (!params) return [];
  const kind = type.startsWith('call') ? 'call' : 'request';
  const filter = readFilter(params, at, reader);
  if (type === 'call' || type === 'request') {
    return [{ kind, by: 'id', id: readId(params[`${type}Id`], `${at}.${type}Id`, reader), filter }];
  }
  return [{ kind, by: 'contact', ...readContact(kind, params, at, reader), filter }];
}

const types = ['call', 'request', 'callContact', 'requestContact'] as const;
const isType = (text: string): text is (typeof types)[number] => types.some((type) => type === text);

/** "integer / string"; the list of what a string may hold is lost, so it is the same id in digits here. */
function readId(value: Json | undefined, path: string, reader: Reader): string {
  if (typeof value !== 'number' && !(value instanceof ExactNumber)) return reader.text(value, path);
  const id = wholeText(value);
  if (id === null) reader.fault(path, messages.type('integer|string'));
  else if (Number(id) < 1) reader.fault(path, messages.invalid);
  return id ?? '';
}

function readFilter(params: JsonObject, path: string, reader: Reader): TagFilter {
  const { tags: listed, tagsLogic } = params;
  const given = listed === undefined || listed === null ? [] : listed;
  if (!Array.isArray(given)) reader.fault(`${path}.tags`, messages.type('array'));
  const items = Array.isArray(given) ? (given as readonly Json[]) : [];
  const tags = items.map((tag, index) => reader.text(tag, `${path}.tags[${index}]`));
  if (tagsLogic === undefined || tagsLogic === null) {
    if (tags.length > 1) reader.fault(`${path}.tagsLogic`, messages.blank);
    return { tags, logic: 'and' };
  }
  const logic = reader.text(tagsLogic, `${path}.tagsLogic`, isLogic, messages.choice);
  return { tags, logic: logic === 'or' ? 'or' : 'and' };
}

const isLogic = (text: string): boolean => text === 'and' || text === 'or';

/**
 * `…TypeToMatch` is required; its list of values is lost, `nearestUniq` and `nearestUniqLead` are in the sample.
 * Any one word is taken, and all mean the nearest lead.
 */
function readContact(
  kind: LeadKind,
  params: JsonObject,
  path: string,
  reader: Reader,
): Pick<Extract<Matching, { by: 'contact' }>, 'phones' | 'emails' | 'at' | 'depthMs'> {
  const emails = kind === 'request' ? readOptional(params, 'emails', path, reader, isEmail) : [];
  const phones =
    kind === 'call' || !isGiven(params['emails'])
      ? reader.texts(params['phones'], `${path}.phones`, hasDigits)
      : readOptional(params, 'phones', path, reader, hasDigits);
  const date = reader.text(params['date'], `${path}.date`, isMoment, messages.date);
  const way = `${kind}TypeToMatch`;
  reader.text(params[way], `${path}.${way}`, (text) => /^[A-Za-z]+$/.test(text), messages.choice);
  const minutes = reader.integer(params['searchDepth'], `${path}.searchDepth`, 1, limits.depthMinutes);
  return {
    phones: phones.map(elevenDigits),
    emails: emails.map((email) => email.toLowerCase()),
    at: momentOf(date) ?? 0,
    depthMs: minutes * 60_000,
  };
}

const isGiven = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

/** One of `emails` and `phones` is enough: the other may be missing or empty. */
function readOptional(
  params: JsonObject,
  name: 'emails' | 'phones',
  path: string,
  reader: Reader,
  isGood: (text: string) => boolean,
): readonly string[] {
  const fault = name === 'emails' ? messages.email : messages.invalid;
  return isGiven(params[name]) ? reader.texts(params[name], `${path}.${name}`, isGood, fault) : [];
}

/** "Формат x@x.x, любые символы". */
const isEmail = (text: string): boolean => /^[^@]+@[^@]+\.[^@.]+$/.test(text);

/** "Номера могут быть в любом формате": what has no digit cannot become eleven of them. */
const hasDigits = (text: string): boolean => /\d/.test(text);

/** `8 (123) 456-78-90`, `+71234567890` and `123 456-78-90` are `71234567890`; others keep their digits. */
function elevenDigits(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  if (digits.length === 10) return `7${digits}`;
  return digits.replace(/^8(?=\d{10}$)/, '7');
}

/** An entry of `validationErrorData.violations`. */
export interface Violation extends JsonObject {
  /** `comments[0].matching[1].callParams.callId`: the form of the document's sample. */
  readonly fieldPath: string;
  readonly message: string;
}

/** "Should not be blank" is the one documented message; the others follow its style. */
export const messages = {
  blank: 'This value should not be blank.',
  invalid: 'This value is not valid.',
  choice: 'The value you selected is not a valid choice.',
  email: 'This value is not a valid email address.',
  date: 'This value is not a valid datetime.',
  empty: 'This collection should contain 1 element or more.',
  type: (type: string) => `This value should be of type ${type}.`,
  tooMany: (most: number) => `This collection should contain ${most} elements or less.`,
  range: (low: number, high: number) => `This value should be between ${low} and ${high}.`,
} as const;

/**
 * Reads values and notes violations. A faulty value reads as something harmless: a request with violations does
 * nothing.
 */
export class Reader {
  readonly violations: Violation[] = [];

  fault(fieldPath: string, message: string): void {
    this.violations.push({ fieldPath, message });
  }

  /** Null where the value is no object; its fields are then not checked. */
  object(value: Json | undefined, path: string): JsonObject | null {
    if (isObject(value)) return value;
    this.fault(path, value === undefined || value === null ? messages.blank : messages.type('object'));
    return null;
  }

  /** A string that is not blank. */
  text(value: Json | undefined, path: string, isGood?: (text: string) => boolean, fault?: string): string {
    if (value === undefined || value === null) this.fault(path, messages.blank);
    else if (typeof value !== 'string') this.fault(path, messages.type('string'));
    else if (value.trim() === '') this.fault(path, messages.blank);
    else if (isGood && !isGood(value)) this.fault(path, fault ?? messages.invalid);
    else return value;
    return '';
  }

  integer(value: Json | undefined, path: string, low: number, high: number): number {
    if (value === undefined || value === null) this.fault(path, messages.blank);
    else if (typeof value !== 'number' || !Number.isInteger(value))
      this.fault(path, messages.type('integer'));
    else if (value < low || value > high) this.fault(path, messages.range(low, high));
    else return value;
    return low;
  }

  /** A list with 1 to `most` items. */
  list(value: Json | undefined, path: string, most = Infinity): readonly Json[] {
    if (value === undefined || value === null) this.fault(path, messages.blank);
    else if (!Array.isArray(value)) this.fault(path, messages.type('array'));
    else if (value.length === 0) this.fault(path, messages.empty);
    else if (value.length > most) this.fault(path, messages.tooMany(most));
    else return value as readonly Json[];
    return [];
  }

  /** A list of strings, none of them blank. */
  texts(
    value: Json | undefined,
    path: string,
    isGood?: (text: string) => boolean,
    fault?: string,
  ): readonly string[] {
    return this.list(value, path).map((item, index) => this.text(item, `${path}[${index}]`, isGood, fault));
  }
}

/** Moscow, which has no summer time: the document names no zone, the vendor sits there. */
const zoneMs = 3 * 3_600_000;

/**
 * Reads `DD-MM-YYYY HH:mm:ss`, the form of the sample `01-10-2020 12:00:00`; null where it is no moment. That the
 * day comes first is what such dates mean in Russia: the document does not say.
 */
export function momentOf(text: string): number | null {
  const match = /^(\d{2})-(\d{2})-(\d{4}) (\d{2}):(\d{2}):(\d{2})$/.exec(text);
  if (!match) return null;
  const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const moment = Date.UTC(year, month - 1, day, hour, minute, second) - zoneMs;
  return writtenMoment(moment) === text ? moment : null;
}

const isMoment = (text: string): boolean => momentOf(text) !== null;

/** `DD-MM-YYYY HH:mm:ss` in the vendor's zone. */
export function writtenMoment(ms: number): string {
  const [date = '', time = ''] = new Date(ms + zoneMs).toISOString().split(/[T.]/);
  return `${date.split('-').reverse().join('-')} ${time}`;
}
