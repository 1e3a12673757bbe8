import { dateTime, phoneTexts, text, texts, type Field } from '../../core/value.js';

/** Columns of a comment, under the vendor's own names (docs/vendors/calltouch.md#matching). */
export const commentFields: readonly Field[] = [
  {
    name: 'callId',
    type: text({ max: 200 }),
    column: { aliases: ['call id'] },
    about: 'id of the call to comment on',
  },
  {
    name: 'requestId',
    type: text({ max: 200 }),
    column: { aliases: ['request id'] },
    about: 'id of the request to comment on',
  },
  {
    name: 'phones',
    type: phoneTexts,
    column: { concept: 'phone', aliases: ['phone'] },
    about: 'phone numbers of the lead, sent as they stand; several parted by "," ";" or "|"',
  },
  {
    name: 'emails',
    type: texts,
    column: { concept: 'email', aliases: ['email'] },
    about: 'e-mail addresses of the lead, for requests; several parted likewise',
  },
  {
    name: 'date',
    type: dateTime,
    column: { concept: 'date-time' },
    about: 'when the lead came, ISO 8601; needed to find it by phone or e-mail',
  },
  {
    name: 'tags',
    type: texts,
    column: { aliases: ['tag'] },
    about: 'only a lead with these tags is commented on; several parted likewise',
  },
  {
    name: 'tagsLogic',
    type: text(),
    column: { aliases: ['tags logic'] },
    about: 'and (all tags) or or (one of them); needed with more than one tag',
  },
  {
    name: 'addComment',
    type: text(),
    column: { concept: 'comment', aliases: ['comment'] },
    about: 'the comment; if absent that of --comment',
  },
];
