import type { Json, JsonObject } from '../../../core/json.js';
import { isObject, parseJson } from '../../../core/json.js';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';
import { addChecks, cancelChecks, faultsAnswer, faultsOf } from './checks.js';
import type { Dialler } from './dialler.js';
import { digitsOf } from './numbers.js';

/** The customer's key. Invented: it opens nothing but this sandbox. */
export const key = 'sandbox-comunik8-key';

/** "These types will be given to you when you start"; the first is the document's own. */
export const types: readonly string[] = ['motor-trade', 'van-insurance', 'landlord', 'home-insurance'];

/** Mobiles that end like this meet this trouble, whatever else is asked. */
export const endings = { error: '500', errorButSaved: '501', cannotCancel: '909' } as const;

const answer = (status: number, body: JsonObject, changed = false): TwinAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
  changed,
});

/** "500 Internal Server Error", with no body described. */
const serverError = (changed = false): TwinAnswer => ({
  status: 500,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<h1>Internal Server Error</h1>\n',
  changed,
});

/** A wrong key is described nowhere: neither this status nor this text is documented. */
const wrongKey = (): TwinAnswer => answer(401, { error: 'Invalid key' });

/** Printed like this under "Fail States - Deleting Leads": the warning has no quotes, so it is no JSON. */
const unknownTypeOfCancel = `{
    "cancelled": false,
    "warning": server error (call group)
}`;

/** Answers a request by the vendor's document (docs/vendors/comunik8.md). */
export function route(dialler: Dialler, request: TwinRequest): TwinAnswer {
  switch (`${request.method} ${request.path}`) {
    case 'POST /lead/add':
      return withBody(request, (body) => add(dialler, body));
    case 'POST /lead/cancel':
      return withBody(request, (body) => cancel(dialler, body));
    default:
      return { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'Not Found\n' };
  }
}

/** A body that is no JSON object is a failed validation too; the words for it are not documented. */
function withBody(request: TwinRequest, act: (body: JsonObject) => TwinAnswer): TwinAnswer {
  const keys = request.query.getAll('key');
  if (keys.length !== 1 || keys[0] !== key) return wrongKey();
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return answer(400, { body: { '0': 'Content-type must be application/json.' } });
  }
  const body = readJson(request.body);
  return isObject(body) ? act(body) : answer(400, { body: { '0': 'Body must be a valid JSON object.' } });
}

function readJson(body: Uint8Array): Json | undefined {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const textOf = (body: JsonObject, field: string): string => {
  const value = body[field];
  return typeof value === 'string' ? value : '';
};

/**
 * The flag is "true" in the table and true in the sample; anything else is not seen, and the lead is taken for real.
 * An unknown type passes a test: its refusal says `saved`, so it is found out after saving, which a test never does.
 */
const isTest = ({ test }: JsonObject): boolean => test === true || test === 'true';

/**
 * Business refusals come with 200: the document names 200, 400 and 500, calls 400 a failed validation, and says
 * `saved: true` in every refusal.
 */
function add(dialler: Dialler, body: JsonObject): TwinAnswer {
  const faults = faultsOf(body, addChecks);
  if (faults.length > 0) return answer(400, faultsAnswer(faults, body['email']));
  if (isTest(body)) {
    dialler.counts.tests += 1;
    return answer(200, { test: 'ok' }, true);
  }
  const [type, mobile] = [textOf(body, 'type'), textOf(body, 'mobile')];
  const delays = typeof body['delays'] === 'number' ? body['delays'] : 0;
  if (digitsOf(mobile).endsWith(endings.error)) return serverError();
  if (!types.includes(type)) return refused(dialler, 'Unknown Type');
  const standing = dialler.standing(type, mobile);
  if (standing === 'contact') return refused(dialler, 'Existing Contact');
  if (standing === 'scheduled') return refused(dialler, 'Another call is already scheduled');
  dialler.schedule(type, mobile, delays);
  if (digitsOf(mobile).endsWith(endings.errorButSaved)) return serverError(true);
  return answer(200, { saved: true, processed: true }, true);
}

function refused(dialler: Dialler, error: string): TwinAnswer {
  dialler.counts.refusedAfterSaving += 1;
  return answer(200, { saved: true, processed: false, error }, true);
}

const notCancelled = (warning: string): TwinAnswer => answer(200, { cancelled: false, warning });

/** A second cancel finds nothing: what was cancelled is gone (the document does not say). */
function cancel(dialler: Dialler, body: JsonObject): TwinAnswer {
  const faults = faultsOf(body, cancelChecks);
  if (faults.length > 0) return answer(400, faultsAnswer(faults, undefined));
  const [type, mobile] = [textOf(body, 'type'), textOf(body, 'mobile')];
  if (digitsOf(mobile).endsWith(endings.error)) return serverError();
  if (!types.includes(type)) return { ...answer(200, {}), body: unknownTypeOfCancel };
  if (digitsOf(mobile).endsWith(endings.cannotCancel)) return notCancelled('server error (save)');
  const standing = dialler.standing(type, mobile);
  if (standing === 'new') return notCancelled('not found');
  if (standing === 'contact') return notCancelled('already processed');
  dialler.cancel(type, mobile);
  return answer(200, { cancelled: true }, true);
}
