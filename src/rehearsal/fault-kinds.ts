import {
  isObject,
  type Json,
  type JsonObject,
  parseJson,
  writeJson,
  entriesOf,
  ExactNumber,
  recordOf,
} from '../core/json.js';
import type { TwinAnswer, TwinEndpoint } from '../core/twin.js';
import { parseDuration } from '../core/units.js';
import type { ClientResponse } from './wire.js';

/** A request a fault is injected into. */
interface FaultedRequest {
  /** The full address, with query. */
  readonly url: string;
  /** Null for a request the vendor does not document. */
  readonly endpoint: TwinEndpoint | null;
  /** What the twin answered; an empty 200 where it was not asked. */
  readonly answer: TwinAnswer;
}

/** Returns what the client gets instead; null where the answer holds nothing this fault could change. */
export type Respond = (request: FaultedRequest) => ClientResponse | null;

/** A way to go wrong, as the user names it. */
export interface FaultKind {
  /** As the list of kinds shows it. */
  readonly name: string;
  /** Where the name is a family of names. */
  readonly pattern?: RegExp;
  /** What may be written after `=`, as the list shows it; null where nothing may. */
  readonly value: string | null;
  /**
   * Whether the vendor has done what it was asked: `either` takes `-before` (the default) and `-after` at the name,
   * `never` and `always` take neither.
   */
  readonly applied: 'either' | 'never' | 'always';
  /** It works on answers that have this; absent where it works on all. */
  readonly needs?: 'rows' | 'json';
  /** True where it concerns the whole sandbox: its target is `*`. */
  readonly wholeSandbox?: boolean;
  readonly about: string;
  /** Returns null where name or value cannot be read. `value` is null where none was given. */
  read(name: string, value: string | null): Respond | null;
}

const makePage = (
  status: number,
  title: string,
  headers: Readonly<Record<string, string>> = {},
): TwinAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
});

const respondWhole = (answer: TwinAnswer): ClientResponse => ({ how: 'whole', answer });

/** A rehearsal lasts no longer than a day, in ms. */
const longestMs = 86_400_000;

/** Reads a duration, `otherwise` where none was given; null where it is none, or longer than a day. */
function readDuration(
  value: string | null,
  otherwise: number,
  make: (ms: number) => Respond,
): Respond | null {
  const ms = value === null ? otherwise : parseDuration(value);
  return ms === null || ms > longestMs ? null : make(ms);
}

function readCount(
  value: string | null,
  otherwise: number,
  make: (count: number) => Respond,
): Respond | null {
  if (value === null) return make(otherwise);
  return /^[1-9]\d{0,6}$/.test(value) ? make(Number(value)) : null;
}

/** Reads a page of a server in front of the vendor; `value` is the time to wait, for the header Retry-After in seconds. */
function readRefusal(name: string, value: string | null): Respond | null {
  const status = Number(name);
  const ms = value === null ? null : parseDuration(value);
  if (value !== null && ms === null) return null;
  const headers: Record<string, string> = ms === null ? {} : { 'retry-after': String(Math.ceil(ms / 1000)) };
  return () => respondWhole(makePage(status, `${status} ${titles[status] ?? 'Server Error'}`, headers));
}

const titles: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const editEntries =
  (edit: EditRows): Respond =>
  ({ endpoint, answer }) => {
    const changed = endpoint?.rows ? replaceEntries(answer, endpoint.rows, edit) : null;
    return changed && respondWhole(changed);
  };

const makeEntryKind = (name: string, edit: EditRows, about: string): FaultKind => ({
  name,
  value: null,
  applied: 'always',
  needs: 'rows',
  about,
  read: () => editEntries(edit),
});

/** Changes the entries of an answer, one a row; null where there is nothing to change. */
type EditRows = (rows: readonly Json[]) => readonly Json[] | null;

/** Returns the answer with other entries; null where it has no such list (a refusal), or the edit changes nothing. */
function replaceEntries(answer: TwinAnswer, path: readonly string[], edit: EditRows): TwinAnswer | null {
  const json = parseBody(answer);
  const changed = json === undefined ? null : replaceAt(json, path, edit);
  return changed === null ? null : { ...answer, body: writeJson(changed) };
}

function replaceAt(json: Json, [key, ...rest]: readonly string[], edit: EditRows): Json | null {
  if (key === undefined) return Array.isArray(json) ? edit(json as readonly Json[]) : null;
  const inner = isObject(json) ? json[key] : undefined;
  const changed = inner === undefined ? null : replaceAt(inner, rest, edit);
  return changed === null ? null : { ...(json as JsonObject), [key]: changed };
}

/** Removes the last entries, at least one. */
const makeDropLast =
  (count: number): EditRows =>
  (rows) =>
    rows.length === 0 ? null : rows.slice(0, Math.max(0, rows.length - count));

/** Replaces the last entry by the first one; doubles a single one. */
const repeatFirst: EditRows = (rows) => {
  const [first] = rows;
  if (first === undefined) return null;
  return rows.length === 1 ? [first, first] : [...rows.slice(0, -1), first];
};

/** Replaces the last entry by one nobody asked for: every digit in it is another one. */
const replaceLast: EditRows = (rows) => {
  const last = rows.at(-1);
  return last === undefined ? null : [...rows.slice(0, -1), changeAllDigits(last)];
};

const reverseOrder: EditRows = (rows) => (rows.length < 2 ? null : rows.toReversed());

const changeDigits = (text: string): string => text.replace(/\d/g, (digit) => String(9 - Number(digit)));

const changeAllDigits = (json: Json): Json =>
  mapLeaves(json, (leaf) => {
    if (typeof leaf === 'string') return changeDigits(leaf);
    return typeof leaf === 'number' || leaf instanceof ExactNumber
      ? Number(changeDigits(String(leaf)))
      : leaf;
  });

/** Returns the answer with every value in a list of its own; null where it is no JSON object. */
function replaceTypes(answer: TwinAnswer): TwinAnswer | null {
  const json = parseBody(answer);
  if (!isObject(json) || Object.keys(json).length === 0) return null;
  return { ...answer, body: writeJson(mapLeaves(json, (leaf) => [leaf])) };
}

function mapLeaves(json: Json, change: (leaf: Json) => Json): Json {
  if (Array.isArray(json)) return (json as readonly Json[]).map((item) => mapLeaves(item, change));
  if (!isObject(json)) return change(json);
  return recordOf(entriesOf(json).map(([key, inner]) => [key, mapLeaves(inner, change)]));
}

const parseBody = ({ body }: TwinAnswer): Json | undefined =>
  parseJson(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));

/** Every kind of fault, in the order of the list. */
export const faultKinds: readonly FaultKind[] = [
  {
    name: 'reset',
    value: null,
    applied: 'either',
    about: 'the connection is reset instead of an answer',
    read: () => () => ({ how: 'reset' }),
  },
  {
    name: 'timeout',
    value: '<duration>',
    applied: 'either',
    about: 'no answer ever; with a duration the connection is closed after it',
    read: (_name, value) =>
      value === null
        ? () => ({ how: 'silence', ms: null })
        : readDuration(value, 0, (ms) => () => ({ how: 'silence', ms })),
  },
  {
    name: '500 … 599',
    pattern: /^5\d\d$/,
    value: '<duration>',
    applied: 'either',
    about: 'that status with a web page; with a duration also Retry-After',
    read: readRefusal,
  },
  {
    name: 'html',
    value: null,
    applied: 'either',
    about: 'status 200 with a web page',
    read: () => () => respondWhole(makePage(200, 'We will be back soon')),
  },
  {
    name: 'empty',
    value: null,
    applied: 'either',
    about: 'status 200 with nothing',
    read: () => () => respondWhole({ ...makePage(200, ''), body: '' }),
  },
  {
    name: 'redirect',
    value: '<status>',
    applied: 'either',
    about: '307 (or 301, 302, 303, 308) to the same address: who follows asks twice',
    read: (_name, value) =>
      /^30[12378]$/.test(value ?? '307')
        ? ({ url }) => respondWhole(makePage(Number(value ?? 307), 'Moved', { location: url }))
        : null,
  },
  {
    name: '429',
    value: '<duration>',
    applied: 'never',
    about: 'too many requests; with a duration also Retry-After',
    read: readRefusal,
  },
  {
    name: '401, 403',
    pattern: /^40[13]$/,
    value: null,
    applied: 'never',
    about: 'the credentials are refused',
    read: readRefusal,
  },
  {
    name: 'down',
    value: '<duration>',
    applied: 'never',
    wholeSandbox: true,
    about: 'all connections are cut and new ones refused for 10s, or that long; only for *',
    read: (_name, value) => readDuration(value, 10_000, (ms) => () => ({ how: 'down', ms })),
  },
  {
    name: 'truncate',
    value: '<bytes>',
    applied: 'always',
    about: 'the connection ends after half of the answer, or after so many bytes',
    read: (_name, value) =>
      value === null
        ? ({ answer }) => ({ how: 'cut', answer, bytes: null })
        : readCount(value, 0, (bytes) => ({ answer }) => ({ how: 'cut', answer, bytes })),
  },
  {
    name: 'drip',
    value: '<duration>',
    applied: 'always',
    about: 'the answer comes byte by byte, one a second or one in that time',
    read: (_name, value) =>
      readDuration(value, 1_000, (everyMs) => ({ answer }) => ({ how: 'drip', answer, everyMs })),
  },
  {
    name: 'delay',
    value: '<duration>',
    applied: 'always',
    about: 'the answer comes whole, 5s or that much later',
    read: (_name, value) => readDuration(value, 5_000, (ms) => ({ answer }) => ({ how: 'late', answer, ms })),
  },
  {
    name: 'missing-ids',
    value: '<count>',
    applied: 'always',
    needs: 'rows',
    about: 'the last entry of the answer is missing, or so many',
    read: (_name, value) => readCount(value, 1, (count) => editEntries(makeDropLast(count))),
  },
  makeEntryKind('duplicate-ids', repeatFirst, 'the first entry comes twice, the last one not'),
  makeEntryKind('foreign-ids', replaceLast, 'the last entry is one nobody asked for'),
  makeEntryKind('reordered-ids', reverseOrder, 'the entries come in reverse order'),
  {
    name: 'wrong-types',
    value: null,
    applied: 'always',
    needs: 'json',
    about: 'every value of the answer is a list of one',
    read:
      () =>
      ({ answer }) => {
        const changed = replaceTypes(answer);
        return changed && respondWhole(changed);
      },
  },
];
