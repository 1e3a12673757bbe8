import type { FieldSpec } from '../../core/vendor.js';

/** Columns of a comment, under the vendor's own names (docs/vendors/calltouch.md#matching). */
export const commentFields: readonly FieldSpec[] = [
  {
    name: 'callId',
    kind: 'text',
    required: false,
    aliases: ['call id'],
    maxLength: 200,
    about: 'id of the call to comment on',
  },
  {
    name: 'requestId',
    kind: 'text',
    required: false,
    aliases: ['request id'],
    maxLength: 200,
    about: 'id of the request to comment on',
  },
  {
    name: 'phones',
    kind: 'phone-text',
    list: true,
    required: false,
    concept: 'phone',
    aliases: ['phone'],
    about: 'phone numbers of the lead, sent as they stand; several parted by "," ";" or "|"',
  },
  {
    name: 'emails',
    kind: 'text',
    list: true,
    required: false,
    concept: 'email',
    aliases: ['email'],
    about: 'e-mail addresses of the lead, for requests; several parted likewise',
  },
  {
    name: 'date',
    kind: 'date-time',
    required: false,
    concept: 'date-time',
    about: 'when the lead came, ISO 8601; needed to find it by phone or e-mail',
  },
  {
    name: 'tags',
    kind: 'text',
    list: true,
    required: false,
    aliases: ['tag'],
    about: 'only a lead with these tags is commented on; several parted likewise',
  },
  {
    name: 'tagsLogic',
    kind: 'text',
    required: false,
    aliases: ['tags logic'],
    about: 'and (all tags) or or (one of them); needed with more than one tag',
  },
  {
    name: 'addComment',
    kind: 'text',
    required: false,
    concept: 'comment',
    aliases: ['comment'],
    about: 'the comment; if absent that of --comment',
  },
];
