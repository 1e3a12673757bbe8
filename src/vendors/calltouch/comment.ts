import { type HttpResult, talkTo } from '../../core/http.js';
import { type Json, type JsonObject, plainText, writeJson } from '../../core/json.js';
import { type Field, dateTime, phoneTexts, text, texts } from '../../core/value.js';
import type { PushOperation, Sender, VendorContext } from '../../core/vendor.js';
import { readComments } from './answers.js';
import { type CommentPayload, compileComment } from './matching.js';
import { type CommentOptions, commentOptions, optionsOf, unseenTypes } from './options.js';

/** Columns of a comment, under the vendor's own names (docs/vendors/calltouch.md#matching). */
const commentFields: readonly Field[] = [
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

/** Public pages of the vendor allow 5 requests a second; its document names no figure. */
const pace = { perSecond: 2, concurrency: 1, timeoutMs: 60_000 } as const;

/**
 * `POST comment/lead/add` (docs/vendors/calltouch.md#comment): adds a comment to a call or a request. Nothing says that
 * a repeated comment is recognised, and none can be deleted, so a lost answer is never repeated.
 */
export const commentLeads: PushOperation<CommentPayload> = {
  id: 'comment',
  summary: 'add comments to calls and requests',
  channel: null,
  reaches: () => 'nobody',
  scope: () => 'comment',
  key: 'content',
  fields: commentFields,
  parameters: {
    matching: '--match',
    searchDepth: '--search-depth',
    callTypeToMatch: '--call-type',
    requestTypeToMatch: '--request-type',
    siteId: 'the profile',
  },
  limits: { items: 100, usual: 50, bytes: 1_000_000 },
  pace,
  afterLoss: () => 'never',
  options: commentOptions,
  describe: (values) => {
    const { zone, match, searchDepth } = optionsOf(values);
    return [
      `dates are times in ${zone}; those with an offset are converted to it`,
      `a lead is looked for by ${match.join(', then ')}; by contact within ${searchDepth} minutes of the date`,
    ];
  },
  compile: (lead, values) => compileComment(lead, optionsOf(values)),
  size: (payload) => Buffer.byteLength(writeJson(payload)) + 1,
  open: (context, values) => Promise.resolve(openSender(context, optionsOf(values))),
};

function openSender(context: VendorContext, options: CommentOptions): Sender<CommentPayload> {
  for (const type of unseenTypes(options)) {
    context.warn(`"${type}" stands in no document of the vendor; Calltouch will say if it knows it`);
  }
  let warned = false;
  return {
    async send(rows) {
      const odd = warned ? undefined : rows.find(({ payload }) => phonesOf(payload).some(isOdd));
      if (odd) {
        warned = true;
        context.warn(
          `row ${odd.row}: Calltouch compares numbers of 11 digits, and one of this row has another length`,
        );
      }
      const result = await post(context, { comments: rows.map(({ payload }) => payload) });
      return readComments(result, rows, context.clock.now());
    },
  };
}

/** The vendor reduces numbers to 11 digits, which is the Russian form. */
const isOdd = (phone: string): boolean => phone.replace(/\D/g, '').length !== 11;

/** Every number a payload looks for. */
function phonesOf(payload: JsonObject): string[] {
  const entries = payload['matching'] as readonly Readonly<Record<string, Json>>[] | undefined;
  return (entries ?? []).flatMap((entry) => {
    const params = (entry['callContactParams'] ?? entry['requestContactParams']) as JsonObject | undefined;
    return (params?.['phones'] ?? []) as string[];
  });
}

/** 100 results of a few ids and a text each. */
const maxAnswerBytes = 5_000_000;

/** One request with up to 100 comments. Token and site travel in headers (docs/vendors/calltouch.md#login). */
function post(context: VendorContext, body: JsonObject): Promise<HttpResult> {
  const { settings } = context;
  const token = settings.secrets['token'];
  if (!token) throw new Error('calltouch: settings without a token');
  return talkTo(context).send({
    method: 'POST',
    url: `${settings.url}/lead-service/v1/api/comment/lead/add`,
    headers: {
      'access-token': token.reveal(),
      siteid: plainText(settings.values['siteId']),
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: writeJson(body),
    timeoutMs: pace.timeoutMs,
    maxBytes: maxAnswerBytes,
  });
}
