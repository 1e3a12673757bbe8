import { credentialsRefused, temporary } from '../../core/errors.js';
import { shellWord } from '../../core/hint.js';
import type { HttpResult } from '../../core/http.js';
import {
  type Json,
  type JsonObject,
  canonicalJson,
  isObject,
  writeJson,
  entriesOf,
  recordOf,
} from '../../core/json.js';
import { type Cleared, type Sealed, bytesOf, PhoneNumber } from '../../core/number.js';
import {
  type Outcome,
  type SendResult,
  type StopCause,
  type DoubtfulRow,
  type Sighting,
  already,
  rejected,
  resultForAll,
  unclear,
  unreadable,
} from '../../core/outcome.js';
import type { Problem } from '../../core/row.js';
import { type Field, email, flag, integer, json, phone, specs, text } from '../../core/value.js';
import {
  type Compiled,
  type Lead,
  type OptionValues,
  type PushOperation,
  type Sender,
  type VendorContext,
  oneRow,
  type ReadBack,
} from '../../core/vendor.js';
import { readCancel } from './cancel.js';
import {
  type LeadPayload,
  bodyOf,
  compilePair,
  contradiction,
  firstLook,
  flagOf,
  limits,
  number,
  pace,
  post,
  readBody,
  refusalOf,
  typeField,
  typeOption,
  withoutFlags,
  withReason,
} from './client.js';

/** The fields of `add` (docs/vendors/comunik8.md#add), but for `test`, which is a flag. */
const addFields: readonly Field[] = [
  { name: 'email', type: email, column: { concept: 'email' }, required: true, about: 'e-mail address' },
  {
    name: 'first_name',
    type: text(),
    column: { concept: 'first-name' },
    required: true,
    about: 'first name',
  },
  { name: 'surname', type: text(), column: { concept: 'last-name' }, required: true, about: 'surname' },
  { ...number, dials: true },
  typeField,
  {
    name: 'subtype',
    type: text(),
    column: { aliases: ['lead subtype', 'sub type'] },
    about: 'lead sub-type; if absent that of --subtype',
  },
  {
    name: 'other_phone',
    type: phone,
    column: { concept: 'other-phone' },
    dials: true,
    about: 'any other phone number, sent in the notation of the input',
  },
  {
    name: 'data',
    type: json,
    about: 'a JSON object with further data; free columns are added to it',
  },
  {
    name: 'delays',
    type: integer(),
    column: { aliases: ['delay'] },
    about: 'seconds to wait before the call; if absent those of --delay',
  },
];

const isTest = (options: OptionValues): boolean => options['test'] === true;

/**
 * After a lost answer to `add` there is no read, and a second `add` would call somebody: only `cancel` tells whether
 * the lead is there, by taking it back (docs/vendors/comunik8.md#cancel). That is done when it is asked for, and only
 * while the row's own `delays` has not run out. A lead of the same number and type that came by another way is taken
 * back too.
 */
const addReadBack: ReadBack<LeadPayload> = {
  about: 'the call is cancelled while its delay runs: what can be cancelled was there',
  settleMs: 60_000,
  absentMeansReady: false,
  probe: true,
  async find(context, rows) {
    const sightings: Sighting[] = [];
    for (const row of rows) sightings.push(unfit(row, context.clock.now()) ?? (await probe(context, row)));
    return sightings;
  },
};

/**
 * `POST /lead/add` (docs/vendors/comunik8.md#add): gives the dialler a person to call. A repeat is answered with
 * `Existing Contact`, but nothing says for how long, so a lost answer is never repeated.
 */
export const addLeads: PushOperation<LeadPayload> = {
  id: 'add',
  summary: 'give leads to the dialler, which calls them',
  channel: 'call',
  reaches: (options) => (isTest(options) ? 'nobody' : 'by-number'),
  scope: (options) => (isTest(options) ? 'test' : 'call'),
  // A test is of the row as it stands: a mended one is tested anew.
  key: (options) => (options['test'] === true ? 'content' : { field: 'mobile' }),
  fields: addFields,
  freeColumn: () => null,
  parameters: { test: '--test', key: 'the profile' },
  limits,
  pace,
  afterLoss: () => 'never',
  readBack: addReadBack,
  options: specs({
    type: typeOption,
    subtype: {
      flag: '--subtype <subtype>',
      about: 'lead sub-type of rows that name none',
      type: text(),
    },
    delays: {
      flag: '--delay <seconds>',
      about: 'wait so many seconds before the call, for rows that name no delays',
      type: { ...integer({ min: 0, max: 999_999_999 }), expects: 'a whole number of seconds from 0' },
    },
    test: {
      flag: '--test',
      about: 'have the leads checked by the vendor; nothing is stored and nobody is called',
      type: flag,
    },
  }),
  describe: (options) => [
    ...(isTest(options) ? ['test: the vendor checks the leads and stores nothing'] : []),
    ...(typeof options['type'] === 'string' ? [`type of rows that name none: ${options['type']}`] : []),
  ],
  compile: compileLead,
  size: bytesOf,
  open: (context) => Promise.resolve(openSender(context)),
};

/** Empty fields are left out; `test` is the boolean of the sample, and never sent as anything but true. */
function compileLead(lead: Lead, options: OptionValues): Compiled<LeadPayload> {
  const { fields } = lead;
  const { payload: pair, problems } = compilePair(lead, options);
  const data = dataText(fields['data'] as Json | undefined, lead.free);
  const delays = (fields['delays'] as Json | undefined) ?? options['delays'];
  const payload: Record<string, Sealed> = {};
  for (const name of ['email', 'first_name', 'surname']) payload[name] = fields[name] ?? '';
  Object.assign(payload, pair);
  const optional = {
    subtype: fields['subtype'] ?? options['subtype'],
    other_phone: fields['other_phone'] instanceof PhoneNumber ? fields['other_phone'] : undefined,
    delays,
    data: data.text ?? undefined,
    test: isTest(options) ? true : undefined,
  };
  for (const [name, value] of Object.entries(optional)) if (value !== undefined) payload[name] = value;
  return {
    payload: payload as LeadPayload,
    problems: [...problems, ...data.problems, ...delayProblems(delays)],
  };
}

/** The text of `data`, null where there is none to send. */
interface DataText {
  readonly text: string | null;
  readonly problems: readonly Problem[];
}

/**
 * `data` is a string that holds JSON (docs/vendors/comunik8.md#data): the row's own `data` and its free columns as one
 * object, written once; the request's serialiser adds the one level of escaping. An empty object is refused by the
 * vendor, so it is left out.
 */
function dataText(own: Json | undefined, free: JsonObject): DataText {
  const problems: Problem[] = [];
  if (own !== undefined && !isObject(own)) {
    problems.push({ code: 'field.bad-data', message: '"data" is not a JSON object', column: 'data' });
  }
  const data = new Map<string, Json>(isObject(own) ? entriesOf(own) : []);
  for (const [name, value] of entriesOf(free)) {
    const there = data.get(name);
    if (there !== undefined && canonicalJson(there) !== canonicalJson(value)) problems.push(collision(name));
    data.set(name, value);
  }
  return { text: data.size === 0 ? null : writeJson(recordOf(data)), problems };
}

const collision = (name: string): Problem => ({
  code: 'field.collision',
  message: `Column "${name}" and the "data" of the row both give "${name}", with different values`,
  column: name,
});

const delayProblems = (delays: Json | undefined): Problem[] =>
  typeof delays === 'number' && delays < 0
    ? [{ code: 'field.bad-delays', message: '"delays" is below zero', column: 'delays' }]
    : [];

function openSender(context: VendorContext): Sender<LeadPayload> {
  let warned = false;
  const send = async (row: Cleared<LeadPayload>): Promise<SendResult> => {
    if (!warned && !row.payload.mobile.e164().startsWith('+44')) {
      warned = true;
      context.warn(`row ${row.row}: the vendor's document shows British numbers only, and this is none`);
    }
    const result = await post(context, 'lead/add', bodyOf(row.payload));
    return readAdd(result, row, context.clock.now());
  };
  return { send: oneRow(send) };
}

/** Pure: what an answer to `add` means for the row. Decided by the body; the status of refusals is not documented. */
export function readAdd(result: HttpResult, row: Cleared<LeadPayload>, nowMs: number): SendResult {
  const first = firstLook(result, nowMs);
  if (first.kind === 'settled') return resultForAll([row], first.outcome, first.stop);
  const read = readBody(first.text);
  if (!read || read.repaired) return resultForAll([row], unreadable(first.status).outcome);
  const outcome = judge(read.body, first.status);
  return row.payload['test'] === true
    ? judgeTest(read.body, first.status, row, outcome)
    : resultForAll([row], outcome);
}

/**
 * Success only if `processed` is true: even an unknown type is answered with `saved: true`
 * (docs/vendors/comunik8.md#add).
 */
function judge(body: JsonObject, status: number): Outcome {
  const [saved, processed] = [flagOf(body, 'saved'), flagOf(body, 'processed')];
  const text = refusalOf(body);
  if (processed === true) {
    const whole = status < 300 && saved !== false && text === '';
    return whole ? { kind: 'delivered', vendorId: null } : contradiction(status);
  }
  return (
    knownRefusals.get(text.toLowerCase()) ??
    (processed === false ? refused(saved === true, text) : withoutFlags(body, status))
  );
}

/** The refusals of docs/vendors/comunik8.md#add. */
const knownRefusals = new Map<string, Outcome>([
  ['existing contact', already('vendor.existing-contact', 'Comunik8 has this contact already')],
  [
    'another call is already scheduled',
    already('vendor.call-scheduled', 'Comunik8 has a call to this contact planned already'),
  ],
  ['unknown type', rejected('vendor.unknown-type', 'Comunik8 does not know the lead type')],
]);

const refused = (saved: boolean, text: string): Outcome =>
  saved
    ? rejected(
        'vendor.stored-but-refused',
        withReason('Comunik8 stored the lead but did not accept it', text),
      )
    : rejected('vendor.refused', withReason('Comunik8 refused the lead', text));

/**
 * A test passes on `{"test":"ok"}` alone (docs/vendors/comunik8.md#test). An answer with the flags of a real
 * `add` means that the flag was not seen: the lead is what the flags say, and the run stops before the next one.
 */
function judgeTest(
  body: JsonObject,
  status: number,
  row: Cleared<LeadPayload>,
  outcome: Outcome,
): SendResult {
  if ('saved' in body || 'processed' in body) {
    const live: Outcome =
      outcome.kind === 'delivered'
        ? { ...outcome, note: 'the test flag was ignored: the lead is live' }
        : outcome;
    return resultForAll([row], live, ignored(row));
  }
  const passed = body['test'] === 'ok' && Object.keys(body).length === 1 && status < 300;
  const proven: Outcome = { kind: 'delivered', vendorId: null, note: 'test ok' };
  return resultForAll([row], passed ? proven : outcome);
}

/** The hint is for the person at the terminal: it names the number, which the stored reasons never do. */
const ignored = ({ row, payload }: Cleared<LeadPayload>): StopCause => ({
  cause: 'alarm',
  code: 'vendor.test-ignored',
  message: `Comunik8 ignored the test flag: the lead of row ${row} is stored and may be called`,
  hint: `Take it back: \`salesq comunik8 cancel --mobile ${quoted(payload.mobile.written())} --type ${quoted(payload['type'])}\``,
});

const quoted = (value: unknown): string => shellWord(typeof value === 'string' ? value : '');

/** Shortest delay in which a call can be taken back before anybody is called, in seconds. */
const leastDelay = 600;

/** Why this row cannot be asked for; null where it can. */
function unfit(row: DoubtfulRow<LeadPayload>, now: number): Sighting | null {
  const { payload, sentAt } = row;
  const delays = typeof payload['delays'] === 'number' ? payload['delays'] : 0;
  if (payload['test'] === true)
    return unclear(row, 'probe.test', 'a test stores nothing, and a cancel would take back a real lead');
  if (delays < leastDelay) {
    const reason = `the lead was to be called within ${leastDelay} seconds, too soon to be taken back`;
    return unclear(row, 'probe.no-delay', reason);
  }
  if (now < sentAt || now >= sentAt + delays * 1_000)
    return unclear(row, 'probe.too-late', 'the delay of the call is over: it may have been called');
  return null;
}

/** One cancel, once: a repeat that heard `not found` would prove nothing. */
async function probe(context: VendorContext, row: DoubtfulRow<LeadPayload>): Promise<Sighting> {
  const { mobile = '', type = '' } = bodyOf(row.payload);
  const result = await post(context, 'lead/cancel', { mobile, type });
  if (result.kind === 'answer' && result.status >= 500)
    return unclear(row, 'vendor.server-error', `the cancel was answered with server error ${result.status}`);
  const answer = readCancel(result, row, context.clock.now());
  const outcome = answer.outcomes[0]?.outcome;
  if (!outcome) return unclear(row, 'vendor.unknown-answer', 'the cancel was answered with nothing');
  stopIfRefused(answer, outcome);
  return sighting(context, row, outcome);
}

/** Throws UserError where the next row would fare no better (exit 4 or 5). */
function stopIfRefused({ stop }: SendResult, outcome: Outcome): void {
  if (stop?.cause === 'credentials') {
    const { code, message, hint } = stop;
    throw credentialsRefused({ code, message, hint });
  }
  if (outcome.kind !== 'not-sent' && outcome.kind !== 'deferred') return;
  const { code, reason } = outcome;
  throw temporary({
    code,
    message: `Comunik8 could not be asked: ${reason}`,
    hint: 'Nothing was changed; try again before the delay of the calls runs out',
  });
}

function sighting(context: VendorContext, row: DoubtfulRow<LeadPayload>, outcome: Outcome): Sighting {
  const evidence = (answered: string) => ({ asked: 'cancel', answered });
  if (outcome.kind === 'delivered')
    return { row: row.row, seen: 'taken-back', evidence: evidence('cancelled') };
  if (outcome.kind === 'rejected' && outcome.code === 'vendor.not-found')
    return { row: row.row, seen: 'absent', evidence: evidence('not found') };
  if (outcome.kind === 'rejected' && outcome.code === 'vendor.already-processed') {
    context.warn(
      `row ${row.row}: Comunik8 has called this person already, although the delay of the call is not over`,
    );
    return { row: row.row, seen: 'found', vendorId: null, evidence: evidence('already processed') };
  }
  const { code, reason } =
    'reason' in outcome
      ? outcome
      : { code: 'vendor.unknown-answer', reason: 'the cancel was not understood' };
  return unclear(row, code, `the lead could not be taken back: ${reason}`);
}
