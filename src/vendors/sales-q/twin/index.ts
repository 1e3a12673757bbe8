import { type Json, type JsonObject, isObject, parseJsonBytes } from '../../../core/json.js';
import {
  answerJson,
  seeded,
  shuffled,
  type Twin,
  type TwinAnswer,
  type TwinFactory,
  type TwinOverview,
  type TwinRequest,
} from '../../../core/twin.js';
import { Campaign, makeExport, readLeads, Refusal } from './campaign.js';
import { endings } from './people.js';

/** The campaign's token. Invented: it opens nothing but this sandbox. */
const token = 'sandbox-sales-q-token';

/**
 * `response: false` and a `log` are all the document tells of a failure; HTTP statuses it does not mention.
 * Chosen here: 200 where the request was understood and refused, 400 where it could not be read.
 */
const refuse = (log: string, status = 200): TwinAnswer => answerJson(status, { response: false, log });

/** A wrong token is not described anywhere; 401 with the documented form is the likeliest that clients handle. */
const refuseToken = (): TwinAnswer => refuse('token is missing or unknown', 401);

/** Answers a request as the vendor's document says. */
function answerRequest(campaign: Campaign, request: TwinRequest): TwinAnswer {
  switch (`${request.method} ${request.path}`) {
    case 'POST /import':
      return withBody(request, (body) => importLeads(campaign, body['leads']));
    case 'POST /remove':
      return withBody(request, (body) => removeLead(campaign, body));
    case 'GET /update':
      return request.headers['token'] === token ? answerJson(200, campaign.update()) : refuseToken();
    default:
      return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Not Found\n' };
  }
}

function withBody(request: TwinRequest, act: (body: JsonObject) => TwinAnswer): TwinAnswer {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refuse('Content-Type must be application/json', 400);
  }
  const body = parseJsonBytes(request.body);
  if (!isObject(body)) return refuse('the body is no JSON object', 400);
  if (body['token'] !== token) return refuseToken();
  try {
    return act(body);
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.message);
    throw error;
  }
}

/**
 * The document shows success as `imported: true` (sample) and as `response: true` (table): both come, in turn.
 * `ids` are in no order, for none is promised.
 */
function importLeads(campaign: Campaign, raw: Json | undefined): TwinAnswer {
  const leads = readLeads(raw);
  const taken = campaign.import(leads);
  const ids = taken.map(({ id, lead: { parameters } }) => ({
    Phone: parameters['Phone'] ?? null,
    id,
    ...(parameters['mappingId'] === undefined ? {} : { mappingId: parameters['mappingId'] }),
  }));
  const turn = campaign.seed + campaign.imports;
  const flag = turn % 2 === 0 ? { response: true } : { imported: true };
  const order = seeded('ids', campaign.seed, campaign.imports);
  return answerJson(200, { ...flag, log: 'imported the leads', ids: shuffled(ids, order) }, true);
}

function removeLead(campaign: Campaign, { id, message }: JsonObject): TwinAnswer {
  if (typeof id !== 'string') throw new Refusal(id === undefined ? 'id is missing' : 'id must be a string');
  if (message !== undefined && typeof message !== 'string') throw new Refusal('message must be a string');
  const lead = campaign.remove(id, message ? message : null);
  if (!lead) throw new Refusal('no lead with this id');
  return answerJson(200, { response: true, log: 'Object deleted', obj: lead }, true);
}

/** How to reach each documented state and failure; shown by the sandbox. */
const help: readonly string[] = [
  ...Object.entries(endings).map(([digits, { about }]) => `Phone ending in ${digits}: ${about}.`),
  'Any other phone: decided by the seed; about half finish (Done).',
  'Wrong or missing token: 401 with "response": false.',
  'Body that is no JSON, or no Content-Type application/json: 400 with "response": false.',
  'Body larger than 5 MB: 413.',
  'No leads, a lead without Phone, a Phone that is no string, a parameter that is an object: "response": false, nothing imported.',
  'Parameter name with a dot or special character (a.b, Straße/Nr): "response": false, nothing imported.',
  'Script without state 1, with a missing next, a state twice, no content, an endless ring of messages: "response": false, nothing imported.',
  'The same phone imported twice: a second chat starts, as with the vendor; see the list of contacts.',
  'Remove with an unknown id, or a second time: "response": false.',
  'Started with --webhook sales-q=<url>: every lead that gets to Done or Callback is posted there once.',
  'Import answers come with "imported" and "response" in turn, their ids in no order.',
];

const id = 'sales-q';

/** Sales_Q as its document of 11.04.2019 describes it: import, remove, update, and people who answer chats. */
const twin: TwinFactory = {
  id,
  endpoints: [
    { name: 'import', path: '/import', answers: 'json', rows: ['ids'] },
    { name: 'remove', path: '/remove', answers: 'json' },
    { name: 'update', path: '/update', answers: 'json' },
  ],
  create({ seed }): Twin {
    const campaign = new Campaign(seed);
    return {
      id,
      credentials: { token },
      secretFields: ['token'],
      help,
      advance: (now) => {
        campaign.now = Math.max(campaign.now, now);
      },
      handle: (request) => answerRequest(campaign, request),
      outgoing: () => campaign.qualifiedChats().map((chat) => makeExport(chat, token)),
      delivered: (id) => campaign.settleExport(id),
      contacts: () => campaign.contacts,
      overview: () => overview(campaign),
      save: () => campaign.save(),
      load: (state) => campaign.load(state),
    };
  },
};

function overview(campaign: Campaign): TwinOverview {
  const statuses = [...campaign.statuses()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { title: 'Sales_Q, WhatsApp chats', rows: [['imports', campaign.imports], ...statuses] };
}

export default twin;
