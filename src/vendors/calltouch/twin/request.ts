import type { Json, JsonObject } from '../../../core/json.js';
import { isMoment, momentOf } from './moment.js';
import { messages } from './violations.js';
import type { Reader } from './violations.js';

export type LeadKind = 'call' | 'request';

export interface TagFilter {
  readonly tags: readonly string[];
  readonly logic: 'and' | 'or';
}

/** One line of `matching`: where to look for the lead. */
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
const most = { comments: 100, matching: 20, depthMinutes: 525_600 } as const;

/** Reads the body; what is wrong with it, in every lead, is noted in the reader. */
export function readComments(body: JsonObject, reader: Reader): LeadComment[] {
  return reader.list(body['comments'], 'comments', most.comments).flatMap((item, index) => {
    const path = `comments[${index}]`;
    const lead = reader.object(item, path);
    if (!lead) return [];
    const lines = reader.list(lead['matching'], `${path}.matching`, most.matching);
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
  if (typeof value !== 'number') return reader.text(value, path);
  if (!Number.isInteger(value)) reader.fault(path, messages.type('integer|string'));
  else if (value < 1) reader.fault(path, messages.invalid);
  return String(value);
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
  const minutes = reader.integer(params['searchDepth'], `${path}.searchDepth`, 1, most.depthMinutes);
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
