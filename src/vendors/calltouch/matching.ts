import type { Json, JsonObject } from '../../core/json.js';
import type { Sealed } from '../../core/number.js';
import type { Problem } from '../../core/row.js';
import type { Compiled, Lead } from '../../core/vendor.js';
import { readDate } from './date.js';
import type { CommentOptions, MatchType } from './options.js';

type Entry = JsonObject | null;

const problem = (code: string, message: string, column: string): Problem => ({ code, message, column });

/** What finds the lead, and the comment. */
export type CommentPayload = { readonly matching: readonly JsonObject[]; readonly addComment: string };

/**
 * Pure: a lead of a request (docs/vendors/calltouch.md#matching). One row of matching for each way of `--match` that
 * the row has the columns for, in that order: the vendor takes the first that finds a lead.
 */
export function compileComment(lead: Lead, options: CommentOptions): Compiled<CommentPayload> {
  const { fields } = lead;
  const comment = fields['addComment'] ?? options.comment;
  const tags = tagsOf(lead);
  const problems = [...tags.problems, ...contactProblems(lead)];
  const date = typeof fields['date'] === 'string' ? readDate(fields['date'], options.zone) : null;
  if (date && !date.ok) problems.push(date.problem);
  const known: Known = {
    lead,
    options,
    tags: tags.params,
    date: date?.ok ? date.text : null,
  };
  const matching = options.match.map((type) => entryOf[type](known)).filter((entry) => entry !== null);
  if (matching.length === 0 && (!date || date.ok)) problems.push(nothingToMatch(lead));
  if (typeof comment !== 'string' || comment === '')
    problems.push(problem('field.missing', '"addComment" is required and missing', 'addComment'));
  return { payload: { matching, addComment: typeof comment === 'string' ? comment : '' }, problems };
}

interface Known {
  readonly lead: Lead;
  readonly options: CommentOptions;
  readonly tags: JsonObject;
  readonly date: string | null;
}

const listOf = (value: Sealed | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly string[]) : [];

/** A number where the vendor's ids are numbers and none is lost by it, else the text. */
const idOf = (text: string): Json =>
  /^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;

const entryOf: Readonly<Record<MatchType, (known: Known) => Entry>> = {
  call: ({ lead: { fields }, tags }) =>
    typeof fields['callId'] === 'string'
      ? { type: 'call', callParams: { callId: idOf(fields['callId']), ...tags } }
      : null,
  request: ({ lead: { fields }, tags }) =>
    typeof fields['requestId'] === 'string'
      ? { type: 'request', requestParams: { requestId: idOf(fields['requestId']), ...tags } }
      : null,
  callContact: ({ lead: { fields }, options, tags, date }) => {
    const phones = listOf(fields['phones']);
    if (phones.length === 0 || date === null) return null;
    const { callType: callTypeToMatch, searchDepth } = options;
    return {
      type: 'callContact',
      callContactParams: { phones, date, ...tags, callTypeToMatch, searchDepth },
    };
  },
  requestContact: ({ lead: { fields }, options, tags, date }) => {
    const [phones, emails] = [listOf(fields['phones']), listOf(fields['emails'])];
    if (phones.length + emails.length === 0 || date === null) return null;
    const { requestType: requestTypeToMatch, searchDepth } = options;
    const contact = {
      ...(emails.length === 0 ? {} : { emails }),
      ...(phones.length === 0 ? {} : { phones }),
    };
    return {
      type: 'requestContact',
      requestContactParams: { ...contact, date, ...tags, requestTypeToMatch, searchDepth },
    };
  },
};

/** `tagsLogic` is required with more than one tag, and decides which leads are meant: it is never guessed. */
function tagsOf({ fields }: Lead): { params: JsonObject; problems: Problem[] } {
  const tags = listOf(fields['tags']);
  if (tags.length === 0) return { params: {}, problems: [] };
  const given = fields['tagsLogic'];
  const logic = typeof given === 'string' ? given.toLowerCase() : null;
  const problems: Problem[] = [];
  if (logic === null && tags.length > 1)
    problems.push(
      problem('field.missing', '"tagsLogic" (and, or) is required with more than one tag', 'tagsLogic'),
    );
  if (logic !== null && logic !== 'and' && logic !== 'or')
    problems.push(problem('field.bad-value', '"tagsLogic" is neither and nor or', 'tagsLogic'));
  return { params: { tags, ...(logic === null ? {} : { tagsLogic: logic }) }, problems };
}

/** One bad value refuses the whole request at the vendor, so that what can be seen here is refused here. */
function contactProblems({ fields }: Lead): Problem[] {
  const problems: Problem[] = [];
  const phones = listOf(fields['phones']);
  if (phones.some((phone) => /\d[.,]?\d*e\+?\d/i.test(phone)))
    problems.push(
      problem(
        'phone.scientific',
        'A phone number is in scientific notation: its last digits are lost; export the column as text',
        'phones',
      ),
    );
  else if (phones.some((phone) => !/\d/.test(phone)))
    problems.push(problem('phone.invalid', 'A phone number has no digits', 'phones'));
  if (listOf(fields['emails']).some((email) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)))
    problems.push(problem('field.bad-email', 'A value is not an e-mail address', 'emails'));
  return problems;
}

function nothingToMatch({ fields }: Lead): Problem {
  const contact = listOf(fields['phones']).length + listOf(fields['emails']).length > 0;
  const message =
    contact && fields['date'] === undefined
      ? 'A lead is found by phone or e-mail only with its date, and "date" is missing'
      : 'The row has nothing to find a lead by: callId, requestId, or phones or emails with a date, as --match allows';
  return problem('match.none', message, 'matching');
}
