import type { Json, JsonObject } from '../../../core/json.js';
import { isObject, parseJson } from '../../../core/json.js';
import { seeded, shuffled } from '../../../core/seeded.js';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import type { Campaign } from './campaign.js';
import { readLeads, Refusal } from './import-request.js';

/** The campaign's token. Invented: it opens nothing but this sandbox. */
export const token = 'sandbox-sales-q-token';

const answer = (status: number, body: JsonObject, changed = false): TwinAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
  changed,
});

/**
 * `response: false` and a `log` are all the document tells of a failure; HTTP statuses it does not mention.
 * Chosen here: 200 where the request was understood and refused, 400 where it could not be read.
 */
const refuse = (log: string, status = 200): TwinAnswer => answer(status, { response: false, log });

/** A wrong token is not described anywhere; 401 with the documented form is the likeliest that clients handle. */
const wrongToken = (): TwinAnswer => refuse('token is missing or unknown', 401);

/** Answers a request by the vendor's document. */
export function route(campaign: Campaign, request: TwinRequest): TwinAnswer {
  switch (`${request.method} ${request.path}`) {
    case 'POST /import':
      return withBody(request, (body) => importLeads(campaign, body['leads']));
    case 'POST /remove':
      return withBody(request, (body) => removeLead(campaign, body));
    case 'GET /update':
      return request.headers['token'] === token ? answer(200, campaign.update()) : wrongToken();
    default:
      return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Not Found\n' };
  }
}

function withBody(request: TwinRequest, act: (body: JsonObject) => TwinAnswer): TwinAnswer {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refuse('Content-Type must be application/json', 400);
  }
  const body = readJson(request.body);
  if (!isObject(body)) return refuse('the body is no JSON object', 400);
  if (body['token'] !== token) return wrongToken();
  try {
    return act(body);
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.message);
    throw error;
  }
}

function readJson(body: Uint8Array): Json | undefined {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
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
  return answer(200, { ...flag, log: 'imported the leads', ids: shuffled(ids, order) }, true);
}

function removeLead(campaign: Campaign, { id, message }: JsonObject): TwinAnswer {
  if (typeof id !== 'string') throw new Refusal(id === undefined ? 'id is missing' : 'id must be a string');
  if (message !== undefined && typeof message !== 'string') throw new Refusal('message must be a string');
  const lead = campaign.remove(id, message ? message : null);
  if (!lead) throw new Refusal('no lead with this id');
  return answer(200, { response: true, log: 'Object deleted', obj: lead }, true);
}
