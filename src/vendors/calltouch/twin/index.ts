import { type JsonObject, isObject, parseJsonBytes } from '../../../core/json.js';
import {
  answerJson,
  type Twin,
  type TwinAnswer,
  type TwinFactory,
  type TwinOverview,
  type TwinRequest,
} from '../../../core/twin.js';
import { Cabinet, emailOf, extent, phoneOf } from './cabinet.js';
import { messages, readComments, Reader, type Violation } from './request.js';

/** The API key and the cabinet it opens. Invented: they open nothing but this sandbox. */
const token = 'sandbox-calltouch-token';
const siteId = '4711';

/**
 * Answers a request as the vendor's document says (docs/vendors/calltouch.md). HTTP statuses it does not name. Chosen
 * here: 200 for results, whatever they say; 400 for violations; 401 and 403 for a key or a cabinet that is not known.
 */
function answerRequest(cabinet: Cabinet, request: TwinRequest): TwinAnswer {
  if (`${request.method} ${request.path}` !== 'POST /lead-service/v1/api/comment/lead/add') {
    return answerJson(404, { message: 'Not Found' });
  }
  if (request.headers['access-token'] !== token)
    return answerJson(401, { message: 'Access token не найден' });
  if (request.headers['siteid'] !== siteId) {
    return answerJson(403, { meta: [], data: { message: 'Ошибка доступа' } });
  }
  return addComments(cabinet, request);
}

/** One violation refuses the whole request: "комментирование не выполняется". */
function addComments(cabinet: Cabinet, request: TwinRequest): TwinAnswer {
  const reader = new Reader();
  // The document asks for JSON, and for no header that says so.
  const body = parseJsonBytes(request.body);
  if (!isObject(body)) reader.fault('', messages.type('object'));
  const leads = isObject(body) ? readComments(body, reader) : [];
  if (reader.violations.length > 0) {
    cabinet.refuse();
    return answerJson(400, violationsBody(reader.violations));
  }
  return answerJson(200, { meta: [], data: { comments: cabinet.comment(leads) } }, true);
}

const violationsBody = (violations: readonly Violation[]): JsonObject => ({
  meta: [],
  data: { type: 'validationError', apiErrorData: null, validationErrorData: { violations } },
});

const { firstCall, firstRequest, each, people, days } = extent;

/** How to reach each documented state and failure; shown by the sandbox. */
const help: readonly string[] = [
  `Calls ${firstCall} to ${firstCall + each - 1}, requests ${firstRequest} to ${firstRequest + each - 1}, from the ${days} days before the sandbox first ran.`,
  `Phones ${phoneOf(0)} to ${phoneOf(people - 1)} called and sent requests; requests know e-mails ${emailOf(0)} to ${emailOf(people - 1)} too.`,
  `Call ${firstCall} + n is from phone ${phoneOf(0)} + n, n from ${people} on starting over; request ${firstRequest} + n from ${phoneOf(people / 2)} + n, likewise.`,
  `With today as date and searchDepth ${(days + 1) * 1440} each of them is found; with a short one only near its date.`,
  'Tags by id modulo 4: 0 none, 1 новый, 2 новый and vip, 3 повторный.',
  'Ids that are even come as numbers, odd ones as strings; callReferenceId, sipCallId and requestNumber are often null.',
  'Nothing found, or not with these tags: "commented": false and an "error"; the next line of matching is tried first.',
  'A wrong field anywhere, more than 100 comments or 20 matchings: 400 with all violations, and nothing is commented.',
  'The same comment twice: it stands there twice; see "comments written twice".',
  'Wrong or missing Access-Token: 401 with "message" alone. Wrong or missing SiteId: 403 with "data.message".',
  'HTTP statuses, the zone of dates (Moscow here), both sides of searchDepth, texts of "error": not documented.',
  'Any one word is taken as ...TypeToMatch and means the nearest: the list of values is lost. No limit of requests a second.',
];

const id = 'calltouch';

/**
 * Calltouch as the document of its lead comments describes it, with a journal to match in. The limit of requests
 * a second that the vendor states elsewhere is left out: virtual time runs faster than the requests come.
 */
const twin: TwinFactory = {
  id,
  endpoints: [
    {
      name: 'comment/lead/add',
      path: '/lead-service/v1/api/comment/lead/add',
      answers: 'json',
      rows: ['data', 'comments'],
    },
  ],
  create({ seed }): Twin {
    const cabinet = new Cabinet(seed);
    return {
      id,
      credentials: { token, siteId },
      secretFields: ['access-token'],
      help,
      advance: (now) => cabinet.advance(now),
      handle: (request) => answerRequest(cabinet, request),
      // A comment is read by whoever opens the lead: it reaches no person outside.
      contacts: () => [],
      overview: () => overview(cabinet),
      save: () => cabinet.save(),
      load: (state) => cabinet.load(state),
    };
  },
};

function overview(cabinet: Cabinet): TwinOverview {
  const { requests, refused, notMatched, comments } = cabinet.state;
  return {
    title: 'Calltouch, comments on leads',
    rows: [
      ['requests taken', requests],
      ['requests refused', refused],
      ['comments', comments.length],
      ['leads with a comment', cabinet.countCommentedLeads()],
      ['comments written twice', cabinet.countRepeated()],
      ['leads not found', notMatched],
    ],
  };
}

export default twin;
