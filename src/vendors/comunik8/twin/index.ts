import {
  type Json,
  type JsonObject,
  isObject,
  parseJson,
  parseJsonBytes,
  isNested,
} from '../../../core/json.js';
import {
  answerJson,
  type Twin,
  type TwinAnswer,
  type TwinFactory,
  type TwinOverview,
  type TwinRequest,
} from '../../../core/twin.js';
import { Dialler, digitsOf, lineSeconds, looksLikePhone, oldContactEnding } from './dialler.js';

/** The customer's key. Invented: it opens nothing but this sandbox. */
const key = 'sandbox-comunik8-key';

/** "These types will be given to you when you start"; the first is the document's own. */
const types: readonly string[] = ['motor-trade', 'van-insurance', 'landlord', 'home-insurance'];

/** Mobiles that end like this fail in this way, whatever else the request says. */
const mobileEndings = { error: '500', errorButSaved: '501', cannotCancel: '909' } as const;

/** "500 Internal Server Error", with no body described. */
const serverError = (changed = false): TwinAnswer => ({
  status: 500,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<h1>Internal Server Error</h1>\n',
  changed,
});

/** A wrong key is described nowhere: neither this status nor this text is documented. */
const wrongKey = (): TwinAnswer => answerJson(401, { error: 'Invalid key' });

/** Printed like this under "Fail States - Deleting Leads": the warning has no quotes, so it is no JSON. */
const unknownTypeOfCancel = `{
    "cancelled": false,
    "warning": server error (call group)
}`;

/** Answers a request as the vendor's document says (docs/vendors/comunik8.md). */
function answerRequest(dialler: Dialler, request: TwinRequest): TwinAnswer {
  switch (`${request.method} ${request.path}`) {
    case 'POST /lead/add':
      return withBody(request, (body) => addLead(dialler, body));
    case 'POST /lead/cancel':
      return withBody(request, (body) => cancelLead(dialler, body));
    default:
      return { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'Not Found\n' };
  }
}

/** A body that is no JSON object is a failed validation too; the words for it are not documented. */
function withBody(request: TwinRequest, act: (body: JsonObject) => TwinAnswer): TwinAnswer {
  const keys = request.query.getAll('key');
  if (keys.length !== 1 || keys[0] !== key) return wrongKey();
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return answerJson(400, { body: { '0': 'Content-type must be application/json.' } });
  }
  const body = parseJsonBytes(request.body);
  return isObject(body) ? act(body) : answerJson(400, { body: { '0': 'Body must be a valid JSON object.' } });
}

const textOf = (body: JsonObject, field: string): string => {
  const value = body[field];
  return typeof value === 'string' ? value : '';
};

/**
 * The flag is "true" in the table and true in the sample; anything else is not seen, and the lead is taken for real.
 * An unknown type passes a test: its refusal says `saved`, so it is noticed after saving, which a test never does.
 */
const isTest = ({ test }: JsonObject): boolean => test === true || test === 'true';

/**
 * Business refusals come with 200: the document names 200, 400 and 500, calls 400 a failed validation, and says
 * `saved: true` in every refusal.
 */
function addLead(dialler: Dialler, body: JsonObject): TwinAnswer {
  const faults = findFaults(body, addChecks);
  if (faults.length > 0) return answerJson(400, describeFaults(faults, body['email']));
  if (isTest(body)) {
    dialler.counts.tests += 1;
    return answerJson(200, { test: 'ok' }, true);
  }
  const [type, mobile] = [textOf(body, 'type'), textOf(body, 'mobile')];
  const delays = typeof body['delays'] === 'number' ? body['delays'] : 0;
  if (digitsOf(mobile).endsWith(mobileEndings.error)) return serverError();
  if (!types.includes(type)) return refuse(dialler, 'Unknown Type');
  const state = dialler.stateOf(type, mobile);
  if (state === 'contact') return refuse(dialler, 'Existing Contact');
  if (state === 'scheduled') return refuse(dialler, 'Another call is already scheduled');
  dialler.schedule(type, mobile, delays);
  if (digitsOf(mobile).endsWith(mobileEndings.errorButSaved)) return serverError(true);
  return answerJson(200, { saved: true, processed: true }, true);
}

function refuse(dialler: Dialler, error: string): TwinAnswer {
  dialler.counts.refusedAfterSaving += 1;
  return answerJson(200, { saved: true, processed: false, error }, true);
}

const refuseCancel = (warning: string): TwinAnswer => answerJson(200, { cancelled: false, warning });

/** A second cancel finds nothing: what was cancelled is gone (the document does not say). */
function cancelLead(dialler: Dialler, body: JsonObject): TwinAnswer {
  const faults = findFaults(body, cancelChecks);
  if (faults.length > 0) return answerJson(400, describeFaults(faults, undefined));
  const [type, mobile] = [textOf(body, 'type'), textOf(body, 'mobile')];
  if (digitsOf(mobile).endsWith(mobileEndings.error)) return serverError();
  if (!types.includes(type)) return { ...answerJson(200, {}), body: unknownTypeOfCancel };
  if (digitsOf(mobile).endsWith(mobileEndings.cannotCancel)) return refuseCancel('server error (save)');
  const state = dialler.stateOf(type, mobile);
  if (state === 'new') return refuseCancel('not found');
  if (state === 'contact') return refuseCancel('already processed');
  dialler.cancel(type, mobile);
  return answerJson(200, { cancelled: true }, true);
}

/** The message about a wrong value, in the vendor's words; null for a good one. */
type Check = (value: Json | undefined) => string | null;

/** Only the "cannot be blank" and the `data` message are documented; the others follow their style. */
const requireText =
  (label: string, isGood: (text: string) => boolean = () => true, fault = ''): Check =>
  (value) => {
    if (value === undefined || value === null) return `${label} cannot be blank.`;
    if (typeof value !== 'string') return `${label} must be a string.`;
    if (value.trim() === '') return `${label} cannot be blank.`;
    return isGood(value) ? null : `${label} ${fault}`;
  };

const allowText =
  (label: string): Check =>
  (value) =>
    value === undefined || value === null || typeof value === 'string' ? null : `${label} must be a string.`;

const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text);

/** A string that holds JSON with something in it; null and an empty string are "empty" too. */
const checkData: Check = (value) => {
  if (value === undefined) return null;
  const content = typeof value === 'string' ? parseJson(value) : undefined;
  const empty = !content || (isNested(content) && Object.keys(content).length === 0);
  return empty ? 'Empty or invalid content of `data` field' : null;
};

const checkDelays: Check = (value) => {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' && value >= 0 ? null : 'Delays must be a number of seconds.';
};

const checkMobile = requireText('Mobile', looksLikePhone, 'is not a valid phone number.');

/** Fields of `/lead/add`. Fields not named are ignored: the document sends further data into `data`. */
const addChecks: Readonly<Record<string, Check>> = {
  email: requireText('Email', isEmail, 'is not a valid email address.'),
  first_name: requireText('First Name'),
  surname: requireText('Surname'),
  mobile: checkMobile,
  type: requireText('Type'),
  subtype: allowText('Subtype'),
  other_phone: allowText('Other Phone'),
  data: checkData,
  delays: checkDelays,
};

/** Fields of `/lead/cancel`; it has no `test`. */
const cancelChecks: Readonly<Record<string, Check>> = { type: requireText('Type'), mobile: checkMobile };

/** Every wrong field with its message, in the order of the checks. */
function findFaults(
  body: JsonObject,
  checks: Readonly<Record<string, Check>>,
): (readonly [field: string, message: string])[] {
  return Object.entries(checks).flatMap(([field, check]) => {
    const message = check(body[field]);
    return message === null ? [] : [[field, message] as const];
  });
}

/** E-mail domains that choose the form of field errors. */
const formDomains = { array: 'array.example', text: 'text.example' } as const;

/**
 * The answer to faulty fields: `{"email":{"0":"…"}}` as documented. An object with the keys of a list is a list to
 * some servers, so the other likely forms can be asked for by the domain of `email`.
 */
function describeFaults(
  faults: readonly (readonly [field: string, message: string])[],
  email: Json | undefined,
): JsonObject {
  const domain = typeof email === 'string' ? email.split('@').at(-1)?.trim().toLowerCase() : undefined;
  const form = (message: string): Json => {
    if (domain === formDomains.array) return [message];
    return domain === formDomains.text ? message : { '0': message };
  };
  return Object.fromEntries(faults.map(([field, message]) => [field, form(message)]));
}

/** How to reach each documented state and failure; shown by the sandbox. */
const help: readonly string[] = [
  `Known types: ${types.join(', ')}. Any other: "Unknown Type" on add, a warning that is no JSON on cancel.`,
  `A lead is dialled ${lineSeconds} seconds after it came, later by "delays"; until then it can be cancelled.`,
  'The same mobile and type again before the call: "Another call is already scheduled"; after it: "Existing Contact".',
  `Mobile ending in ${oldContactEnding}: a contact from before. Add: "Existing Contact", cancel: "already processed".`,
  `Mobile ending in ${mobileEndings.error}: 500 on add and cancel, nothing done.`,
  `Mobile ending in ${mobileEndings.errorButSaved}: 500 on the first add, and yet the lead is saved and dialled.`,
  `Mobile ending in ${mobileEndings.cannotCancel}: cancel answers "server error (save)", the call goes on.`,
  'Cancel before the call: "cancelled". After it: "already processed". Without a lead, or twice: "not found".',
  'Spelling counts: 07... and 447... are two leads to add and cancel, but one person in the list of contacts.',
  'Two types with one mobile are two leads: the person is called twice.',
  'Missing or wrong field: 400 with {"field":{"0":"..."}}, the documented form.',
  `The same with an e-mail at ${formDomains.array}: messages as arrays; at ${formDomains.text}: as plain strings.`,
  '"data" that is no string, no JSON or empty, "delays" that is no number: 400.',
  '"test": true or "true": {"test":"ok"}, nothing stored, the type not looked at. Any other value: a real lead.',
  'Cancel knows no "test": it cancels.',
  'Wrong or missing key: 401 (not documented).',
];

const id = 'comunik8';

/**
 * Comunik8 as its public page "Leads API" describes it: add, cancel, and a dialler that calls. Nothing is drawn by
 * seed.
 */
const twin: TwinFactory = {
  id,
  endpoints: [
    { name: 'lead/add', path: '/lead/add', answers: 'json' },
    { name: 'lead/cancel', path: '/lead/cancel', answers: 'json' },
  ],
  create(): Twin {
    const dialler = new Dialler();
    return {
      id,
      credentials: { key, type: types[0] ?? '' },
      secretFields: ['key'],
      help,
      advance: (now) => dialler.advance(now),
      handle: (request) => answerRequest(dialler, request),
      contacts: () => dialler.contacts(),
      overview: () => overview(dialler),
      save: () => dialler.save(),
      load: (state) => dialler.load(state),
    };
  },
};

function overview(dialler: Dialler): TwinOverview {
  const { counts } = dialler;
  return {
    title: 'Comunik8, dialler',
    rows: [
      ['leads accepted', counts.accepted],
      ['waiting for their call', dialler.waiting],
      ['dialled', dialler.dialled],
      ['cancelled', counts.cancelled],
      ['saved but not processed', counts.refusedAfterSaving],
      ['tests', counts.tests],
    ],
  };
}

export default twin;
