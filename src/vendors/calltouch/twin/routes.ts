import type { Json, JsonObject } from '../../../core/json.js';
import { isObject, parseJson } from '../../../core/json.js';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import type { Cabinet } from './cabinet.js';
import { readComments } from './request.js';
import type { Violation } from './violations.js';
import { messages, Reader } from './violations.js';

/** The API key and the cabinet it opens. Invented: they open nothing but this sandbox. */
export const token = 'sandbox-calltouch-token';
export const siteId = '4711';

/**
 * HTTP statuses are not documented. Chosen here: 200 for results, whatever they say; 400 for violations; 401 and 403
 * for a key or a cabinet that is not known.
 */
const answer = (status: number, body: JsonObject, changed = false): TwinAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
  changed,
});

/** Answers a request by the vendor's document (docs/vendors/calltouch.md). */
export function route(cabinet: Cabinet, request: TwinRequest): TwinAnswer {
  if (`${request.method} ${request.path}` !== 'POST /lead-service/v1/api/comment/lead/add') {
    return answer(404, { message: 'Not Found' });
  }
  if (request.headers['access-token'] !== token) return answer(401, { message: 'Access token не найден' });
  if (request.headers['siteid'] !== siteId) {
    return answer(403, { meta: [], data: { message: 'Ошибка доступа' } });
  }
  return addComments(cabinet, request);
}

/** One violation refuses the whole request: "комментирование не выполняется". */
function addComments(cabinet: Cabinet, request: TwinRequest): TwinAnswer {
  const reader = new Reader();
  const body = readJson(request.body);
  if (!isObject(body)) reader.fault('', messages.type('object'));
  const leads = isObject(body) ? readComments(body, reader) : [];
  if (reader.violations.length > 0) {
    cabinet.refuse();
    return answer(400, validationError(reader.violations));
  }
  return answer(200, { meta: [], data: { comments: cabinet.comment(leads) } }, true);
}

const validationError = (violations: readonly Violation[]): JsonObject => ({
  meta: [],
  data: { type: 'validationError', apiErrorData: null, validationErrorData: { violations } },
});

/** The document asks for JSON and for no header that says so. */
function readJson(body: Uint8Array): Json | undefined {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
