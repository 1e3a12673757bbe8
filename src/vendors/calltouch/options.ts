import {
  choices,
  integer,
  specs,
  text,
  timezone,
  type Type,
  type Values,
  withDefaults,
} from '../../core/value.js';
import type { OptionValues } from '../../core/vendor.js';

/** Ways to find a lead, as the vendor names them (docs/vendors/calltouch.md#matching). */
const matchTypes = ['call', 'request', 'callContact', 'requestContact'] as const;
export type MatchType = (typeof matchTypes)[number];

/** More entries than this refuse the lead (docs/vendors/calltouch.md#matching). */
const mostEntries = 20;

/** The document lost its list of values; these stand in its samples, or in those of the sibling methods. */
const seenTypes = ['nearest', 'nearestUniq', 'nearestUniqLead'];

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

/** What decides of every comment of a run. */
export type CommentOptions = Values<typeof commentOptions>;

/** The options of a run, as they were kept with it. */
export const optionsOf = (values: OptionValues): CommentOptions => withDefaults(commentOptions, values);

/** Values no document or client shows; the vendor has the last word. */
export const unseenTypes = ({ callType, requestType }: CommentOptions): string[] =>
  [...new Set([callType, requestType])].filter((type) => !seenTypes.includes(type));
