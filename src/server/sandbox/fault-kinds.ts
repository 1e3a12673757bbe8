import { parseDuration } from '../../core/units.js';
import type { TwinAnswer, TwinEndpoint } from '../../core/twin.js';
import type { EditRows } from './fault-edit.js';
import { dropLast, foreignLast, lastFirst, repeatFirst, withRows, withWrongTypes } from './fault-edit.js';
import type { Told } from './fault-told.js';

/** The request a fault befalls. */
export interface Befallen {
  /** Whole, as the client asked for it. */
  readonly url: string;
  /** Null for a request the vendor does not document. */
  readonly endpoint: TwinEndpoint | null;
  /** What the twin answered; an empty 200 where it was not asked. */
  readonly answer: TwinAnswer;
}

/** What the client is told instead; null where the answer holds nothing this fault could change. */
export type Tell = (request: Befallen) => Told | null;

/** A way to go wrong, as the user names it. */
export interface FaultKind {
  /** As the list of kinds shows it. */
  readonly name: string;
  /** Where the name is a family of names. */
  readonly pattern?: RegExp;
  /** What may stand behind `=`, as the list shows it; null where nothing may. */
  readonly value: string | null;
  /**
   * Whether the vendor has done what it was asked: `either` takes `-before` (the default) and `-after` at the name,
   * `never` and `always` take neither.
   */
  readonly applied: 'either' | 'never' | 'always';
  /** It works on answers that have this; absent where it works on all. */
  readonly needs?: 'rows' | 'json';
  /** It befalls the whole sandbox: its target is `*`. */
  readonly everybody?: boolean;
  readonly about: string;
  /** Null where it cannot be read. `value` is null where none was given. */
  read(name: string, value: string | null): Tell | null;
}

const page = (status: number, title: string, headers: Readonly<Record<string, string>> = {}): TwinAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
});

const whole = (answer: TwinAnswer): Told => ({ how: 'whole', answer });

/** A rehearsal lasts no longer than a day, in ms. */
const longestMs = 86_400_000;

/** With a duration, or with `otherwise` where none was given; null where it is none. */
function lasting(value: string | null, otherwise: number, tell: (ms: number) => Tell): Tell | null {
  const ms = value === null ? otherwise : parseDuration(value);
  return ms === null || ms > longestMs ? null : tell(ms);
}

function counted(value: string | null, otherwise: number, tell: (count: number) => Tell): Tell | null {
  if (value === null) return tell(otherwise);
  return /^[1-9]\d{0,6}$/.test(value) ? tell(Number(value)) : null;
}

/** A page of a server in front; `value` is the time to wait, for the header Retry-After in seconds. */
function refusal(name: string, value: string | null): Tell | null {
  const status = Number(name);
  const ms = value === null ? null : parseDuration(value);
  if (value !== null && ms === null) return null;
  const headers: Record<string, string> = ms === null ? {} : { 'retry-after': String(Math.ceil(ms / 1000)) };
  return () => whole(page(status, `${status} ${titles[status] ?? 'Server Error'}`, headers));
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

const editing =
  (edit: EditRows): Tell =>
  ({ endpoint, answer }) => {
    const changed = endpoint?.rows ? withRows(answer, endpoint.rows, edit) : null;
    return changed && whole(changed);
  };

const rowKind = (name: string, edit: EditRows, about: string): FaultKind => ({
  name,
  value: null,
  applied: 'always',
  needs: 'rows',
  about,
  read: () => editing(edit),
});

/** Every kind there is, in the order of the list. */
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
        : lasting(value, 0, (ms) => () => ({ how: 'silence', ms })),
  },
  {
    name: '500 … 599',
    pattern: /^5\d\d$/,
    value: '<duration>',
    applied: 'either',
    about: 'that status with a web page; with a duration also Retry-After',
    read: refusal,
  },
  {
    name: 'html',
    value: null,
    applied: 'either',
    about: 'status 200 with a web page',
    read: () => () => whole(page(200, 'We will be back soon')),
  },
  {
    name: 'empty',
    value: null,
    applied: 'either',
    about: 'status 200 with nothing',
    read: () => () => whole({ ...page(200, ''), body: '' }),
  },
  {
    name: 'redirect',
    value: '<status>',
    applied: 'either',
    about: '307 (or 301, 302, 303, 308) to the same address: who follows asks twice',
    read: (_name, value) =>
      /^30[12378]$/.test(value ?? '307')
        ? ({ url }) => whole(page(Number(value ?? 307), 'Moved', { location: url }))
        : null,
  },
  {
    name: '429',
    value: '<duration>',
    applied: 'never',
    about: 'too many requests; with a duration also Retry-After',
    read: refusal,
  },
  {
    name: '401, 403',
    pattern: /^40[13]$/,
    value: null,
    applied: 'never',
    about: 'the credentials are refused',
    read: refusal,
  },
  {
    name: 'down',
    value: '<duration>',
    applied: 'never',
    everybody: true,
    about: 'all connections are cut and new ones refused for 10s, or that long; only for *',
    read: (_name, value) => lasting(value, 10_000, (ms) => () => ({ how: 'down', ms })),
  },
  {
    name: 'truncate',
    value: '<bytes>',
    applied: 'always',
    about: 'the connection ends after half of the answer, or after so many bytes',
    read: (_name, value) =>
      value === null
        ? ({ answer }) => ({ how: 'cut', answer, bytes: null })
        : counted(value, 0, (bytes) => ({ answer }) => ({ how: 'cut', answer, bytes })),
  },
  {
    name: 'drip',
    value: '<duration>',
    applied: 'always',
    about: 'the answer comes byte by byte, one a second or one in that time',
    read: (_name, value) =>
      lasting(value, 1_000, (everyMs) => ({ answer }) => ({ how: 'drip', answer, everyMs })),
  },
  {
    name: 'delay',
    value: '<duration>',
    applied: 'always',
    about: 'the answer comes whole, 5s or that much later',
    read: (_name, value) => lasting(value, 5_000, (ms) => ({ answer }) => ({ how: 'late', answer, ms })),
  },
  {
    name: 'missing-ids',
    value: '<count>',
    applied: 'always',
    needs: 'rows',
    about: 'the last entry of the answer is missing, or so many',
    read: (_name, value) => counted(value, 1, (count) => editing(dropLast(count))),
  },
  rowKind('duplicate-ids', repeatFirst, 'the first entry comes twice, the last one not'),
  rowKind('foreign-ids', foreignLast, 'the last entry is one nobody asked for'),
  rowKind('reordered-ids', lastFirst, 'the entries come in reverse order'),
  {
    name: 'wrong-types',
    value: null,
    applied: 'always',
    needs: 'json',
    about: 'every value of the answer is a list of one',
    read:
      () =>
      ({ answer }) => {
        const changed = withWrongTypes(answer);
        return changed && whole(changed);
      },
  },
];
