import { unusable } from '../../core/errors.js';
import type { VendorSettings } from '../../core/secret.js';
import { choices, integer, specs, text, timezone, type Type } from '../../core/value.js';
import type { OptionValues } from '../../core/vendor.js';

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

/** At least one, in the order they are tried. */
const matchList: Type<readonly MatchType[]> = {
  ...choices(matchTypes),
  read: (raw, where) => {
    const read = choices(matchTypes).read(raw, where);
    if (!read.ok || (read.value ?? []).length <= mostEntries) return read;
    const message = `There are more than ${mostEntries} ways to find a lead`;
    return { ok: false, state: 'invalid', problem: { code: 'field.bad-value', message } };
  },
};

const word = text({ expects: 'one word of letters', test: (value) => /^[A-Za-z]{1,50}$/.test(value) });

export const commentOptions = specs({
  match: {
    flag: '--match <types>',
    about: `ways to find a lead, in this order (default ${matchTypes.join(',')})`,
    type: matchList,
    default: matchTypes,
  },
  searchDepth: {
    flag: '--search-depth <minutes>',
    about: 'how far from the date a lead may be, 1 to 525600 (default 1440)',
    type: { ...integer({ min: 1, max: 525_600 }), expects: 'whole minutes from 1 to 525600' },
    default: 1440,
  },
  comment: {
    flag: '--comment <text>',
    about: 'comment for rows that have none',
    type: text(),
    freeText: true,
  },
  callType: {
    flag: '--call-type <type>',
    about: `calls to look among (default nearest; seen: ${seenTypes.join(', ')})`,
    type: word,
    default: 'nearest',
  },
  requestType: {
    flag: '--request-type <type>',
    about: 'requests to look among (default nearestUniq)',
    type: word,
    default: 'nearestUniq',
  },
  zone: {
    about: 'zone of the dates that are sent',
    type: timezone,
    setting: 'timezone',
    default: 'Europe/Moscow',
  },
});

/** Id of the cabinet; empty where the settings have none. */
export function siteIdOf({ values }: Pick<VendorSettings, 'values'>): string {
  const { siteId } = values;
  return typeof siteId === 'string' || typeof siteId === 'number' ? String(siteId) : '';
}

/** Throws UserError (exit 6) for an id in the profile that is none. */
export function checkOptions(options: OptionValues, settings: VendorSettings): OptionValues {
  if (/^[\w.-]{1,50}$/.test(siteIdOf(settings))) return options;
  throw unusable({
    code: 'config.bad-value',
    message: 'calltouch: siteId is no id',
    hint: 'siteId: 4711',
  });
}

/** Values no document or client shows; the vendor has the last word. */
export const unseenTypes = ({ callType, requestType }: CommentOptions): string[] =>
  [...new Set([callType, requestType])].filter((type) => !seenTypes.includes(type));

/** The options of a run, as they were kept with it, defaults where one is absent. */
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
