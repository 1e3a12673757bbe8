import { unusable, usageError } from '../../core/errors.js';
import type { VendorSettings } from '../../core/settings.js';
import type { OptionSpec, OptionValues } from '../../core/vendor.js';
import { siteIdOf } from './client.js';
import { isZone } from './date.js';

/** Ways to find a lead, as the vendor names them (docs/vendors/calltouch.md#matching). */
export const matchTypes = ['call', 'request', 'callContact', 'requestContact'] as const;
export type MatchType = (typeof matchTypes)[number];

/** More entries than this refuse the lead (docs/vendors/calltouch.md#matching). */
const mostEntries = 20;

/** The document lost its list of values; these stand in its samples, or in those of the sibling methods. */
const seenTypes = ['nearest', 'nearestUniq', 'nearestUniqLead'];

/** What decides of every comment of a run, read and checked. */
export interface CommentOptions {
  readonly match: readonly MatchType[];
  /** Minutes. */
  readonly searchDepth: number;
  readonly callType: string;
  readonly requestType: string;
  /** For rows without their own. */
  readonly comment: string | null;
  /** Zone of dates: of those without an offset, and of all that go out. */
  readonly zone: string;
}

export const optionSpecs: readonly OptionSpec[] = [
  {
    flags: '--match <types>',
    about: `ways to find a lead, in this order (default ${matchTypes.join(',')})`,
  },
  {
    flags: '--search-depth <minutes>',
    about: 'how far from the date a lead may be, 1 to 525600 (default 1440)',
  },
  { flags: '--comment <text>', about: 'comment for rows that have none', freeText: true },
  {
    flags: '--call-type <type>',
    about: `calls to look among (default nearest; seen: ${seenTypes.join(', ')})`,
  },
  { flags: '--request-type <type>', about: 'requests to look among (default nearestUniq)' },
];

const wrong = (flag: string, wanted: string): Error =>
  usageError({
    code: 'usage.bad-value',
    message: `${flag} takes ${wanted}`,
    hint: 'salesq calltouch comment --help',
  });

/** Throws UserError: exit 2 naming the flag, exit 6 for a zone in the profile that is none. */
export function readOptions(raw: OptionValues, settings: VendorSettings): OptionValues {
  const zone = settings.values['timezone'];
  const timezone = typeof zone === 'string' ? zone : 'Europe/Moscow';
  if (!isZone(timezone)) {
    throw unusable({
      code: 'config.bad-value',
      message: 'timezone of calltouch is no time zone',
      hint: 'timezone: Europe/Moscow',
    });
  }
  if (!/^[\w.-]{1,50}$/.test(siteIdOf(settings))) {
    throw unusable({
      code: 'config.bad-value',
      message: 'siteId of calltouch is no id',
      hint: 'siteId: 4711',
    });
  }
  const comment = raw['comment'];
  return {
    match: readMatch(raw['match']),
    searchDepth: readDepth(raw['searchDepth']),
    callType: readType(raw['callType'], '--call-type', 'nearest'),
    requestType: readType(raw['requestType'], '--request-type', 'nearestUniq'),
    ...(typeof comment === 'string' && comment.trim() !== '' ? { comment: comment.trim() } : {}),
    zone: timezone,
  };
}

function readMatch(value: unknown): MatchType[] {
  if (typeof value !== 'string') return [...matchTypes];
  const names = value.split(',').map((name) => name.trim());
  const known = names.flatMap((name) => matchTypes.filter((type) => type === name));
  if (known.length !== names.length || known.length > mostEntries)
    throw wrong('--match', `a list of ${matchTypes.join(', ')}`);
  return known;
}

function readDepth(value: unknown): number {
  if (value === undefined) return 1440;
  const depth = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (depth < 1 || depth > 525_600) throw wrong('--search-depth', 'whole minutes from 1 to 525600');
  return depth;
}

function readType(value: unknown, flag: string, usual: string): string {
  if (value === undefined) return usual;
  if (typeof value === 'string' && /^[A-Za-z]{1,50}$/.test(value)) return value;
  throw wrong(flag, 'one word of letters');
}

/** Values no document or client shows; the vendor has the last word. */
export const unseenTypes = ({ callType, requestType }: CommentOptions): string[] =>
  [...new Set([callType, requestType])].filter((type) => !seenTypes.includes(type));

/** The options of a run, as `readOptions` made them, defaults where one is absent. */
export function optionsOf(values: OptionValues): CommentOptions {
  const text = (name: string, usual: string): string => {
    const value = values[name];
    return typeof value === 'string' ? value : usual;
  };
  const { match, searchDepth } = values;
  return {
    match: Array.isArray(match) ? (match as MatchType[]) : matchTypes,
    searchDepth: typeof searchDepth === 'number' ? searchDepth : 1440,
    callType: text('callType', 'nearest'),
    requestType: text('requestType', 'nearestUniq'),
    comment: text('comment', '') || null,
    zone: text('zone', 'Europe/Moscow'),
  };
}
