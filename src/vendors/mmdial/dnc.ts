import { usageError, UserError } from '../../core/errors.js';
import { plainText } from '../../core/json.js';
import { type Cleared, type Opened, PhoneNumber } from '../../core/number.js';
import {
  type DoubtfulRow,
  type Outcome,
  type SendResult,
  type Sighting,
  already,
  doubtful,
  rejected,
  resultForAll,
  unclear,
} from '../../core/outcome.js';
import { type Field, phone, specs, text } from '../../core/value.js';
import { type PushOperation, oneRow, type ReadBack } from '../../core/vendor.js';
import { readWritten, refusedLogin, statusOf, withWords } from './answers.js';
import { type Pair, Client, ordinaryTimeoutMs } from './client.js';
import { checkExact, listedAmong } from './dnc-lists.js';
import { notationName, notationsOf } from './notation.js';
import { findRowByRow } from './read.js';
import { countryCodeOf } from './settings.js';

/** The number in the notation of the input: which one mmDial wants is not documented, so none is made up. */
type NumberPayload = { readonly number: PhoneNumber };

const numberField: Field = {
  name: 'number',
  type: phone,
  column: { concept: 'phone' },
  required: true,
  about: 'the number, sent in the notation given (0…, 49…, 0049…, +49…) without blanks and marks',
};

/** Of both operations: one number a request, for whether `doublet` means the others were added is not documented. */
const common = {
  reaches: () => 'nobody',
  channel: null,
  key: { field: 'number' },
  fields: [numberField],
  limits: { items: 1, bytes: 1_500 },
  pace: { perSecond: 1, concurrency: 1, timeoutMs: ordinaryTimeoutMs },
  argumentField: 'number',
  compile({ fields: { number } }) {
    if (!(number instanceof PhoneNumber)) throw new Error('mmdial: a row without a number was compiled');
    return { payload: { number: number.bare() }, problems: [] };
  },
  size: ({ number }) => number.width + 1,
} satisfies Partial<PushOperation<NumberPayload>>;

/** What is sent, and every notation to be looked at, the one sent first. */
interface Target {
  readonly number: string;
  readonly notations: readonly string[];
}

function targetOf(client: Client, { payload }: { readonly payload: Opened<NumberPayload> }): Target {
  const number = payload.number.written();
  const others = notationsOf(payload.number.e164(), countryCodeOf(client.context.settings));
  return { number, notations: [number, ...others] };
}

/**
 * Asks mmDial to block or unblock a number, then `dnccheck` for each of its notations: `judge` says what the listed
 * ones make of an answer that was `ok` or `doublet`.
 */
async function change(
  client: Client,
  row: Cleared<NumberPayload>,
  {
    name,
    query = [],
    what,
  }: { readonly name: string; readonly query?: readonly Pair[]; readonly what: string },
  judge: (listed: readonly string[], target: Target, said: 'ok' | 'doublet') => Outcome,
): Promise<SendResult> {
  const target = targetOf(client, row);
  const result = await client.call({ name, query: [['number', target.number], ...query] });
  const answer = readWritten(result, client.context.clock.now());
  if (answer.kind === 'settled') return resultForAll([row], answer.outcome, answer.stop);
  const said = statusOf(answer.body);
  if (said === 'error')
    return resultForAll([row], rejected('vendor.refused', withWords(`mmDial refused ${what}`, answer.body)));
  const known = said === 'ok' || said === 'doublet';
  if (!known || (said === 'doublet' && name === 'dncdel')) {
    const reason = known
      ? 'mmDial answered doublet, which the document does not know for dncdel'
      : `mmDial did not say whether ${what} succeeded`;
    return resultForAll([row], doubtful('vendor.unknown-answer', reason));
  }
  try {
    return resultForAll([row], judge(await listedAmong(client, target.notations), target, said));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = `mmDial answered the change, but dnccheck could not confirm it: ${error.message}`;
    const stop = error.code === refusedLogin.code ? refusedLogin : null;
    return resultForAll([row], doubtful('vendor.not-verified', reason), stop);
  }
}

const namesOf = (numbers: readonly string[]): string => numbers.map(notationName).join(', ');

/**
 * After a lost answer to `dncadd` (docs/vendors/mmdial.md#dncadd): `dnccheck` of the number as sent. To block twice
 * harms nobody.
 */
const addReadBack: ReadBack<NumberPayload> = {
  about: 'dnccheck is asked for the number as it was sent',
  settleMs: 30_000,
  absentMeansReady: true,
  find: (context, rows) => findRowByRow(context, rows, lookAdded),
};

async function lookAdded(client: Client, row: DoubtfulRow<NumberPayload>): Promise<Sighting> {
  const { number } = targetOf(client, row);
  const evidence = { asked: 'dnccheck', notation: notationName(number) };
  if (await checkExact(client, number))
    return { row: row.row, seen: 'found', vendorId: null, evidence: { ...evidence, answered: 'exists' } };
  return { row: row.row, seen: 'absent', evidence: { ...evidence, answered: 'notfound' } };
}

/**
 * After a lost answer to `dncdel` (docs/vendors/mmdial.md#dncdel): `dnccheck` of every usual notation. A number that is
 * still listed is not taken off again by itself: somebody may have asked anew.
 */
const removeReadBack: ReadBack<NumberPayload> = {
  about: 'dnccheck is asked for every usual notation of the number',
  settleMs: 30_000,
  absentMeansReady: false,
  find: (context, rows) => findRowByRow(context, rows, lookRemoved),
};

async function lookRemoved(client: Client, row: DoubtfulRow<NumberPayload>): Promise<Sighting> {
  const { number, notations } = targetOf(client, row);
  const listed = await listedAmong(client, notations);
  const evidence = { asked: 'dnccheck', listedAs: listed.map(notationName) };
  if (listed.length === 0) return { row: row.row, seen: 'found', vendorId: null, evidence };
  if (listed.includes(number)) return { row: row.row, seen: 'absent', evidence };
  const reason = `still blocked: mmDial lists the number as ${namesOf(listed)}, another notation than was sent`;
  return unclear(row, 'vendor.still-listed', reason);
}

/** At most 200 characters: it travels in a URL. */
const reasonOption = (about: string) =>
  ({
    flag: '--reason <text>',
    about,
    type: text({ max: 200, expects: 'at most 200 characters' }),
    freeText: true,
  }) as const;

/**
 * `dncadd` (docs/vendors/mmdial.md#dncadd): blocks a number for good. It writes by GET. A number counts as added when
 * `dnccheck` says `exists`; until then the engine repeats it: blocking twice is the safe direction (`doublet`).
 */
export const addNumbers: PushOperation<NumberPayload> = {
  ...common,
  id: 'dnc add',
  summary: "put numbers on mmDial's do-not-call list, and on the local one",
  stops: () => true,
  scope: () => 'dnc add',
  afterLoss: () => 'repeat-is-safe',
  readBack: addReadBack,
  options: specs({ reason: reasonOption('why; kept with the run and sent to mmDial') }),
  doNotCall: 'add',
  open(context, options) {
    const client = new Client(context);
    const reason = plainText(options['reason']);
    const call = { name: 'dncadd', what: 'to block the number' };
    const query: readonly Pair[] = reason === '' ? [] : [['reason', reason]];
    // Rows that were asked for before: a `doublet` then may be our own first try.
    const asked = new Set<number>();
    const send = (row: Cleared<NumberPayload>): Promise<SendResult> => {
      const repeated = asked.has(row.row);
      asked.add(row.row);
      return change(client, row, { ...call, query }, (listed, target, said) =>
        added(listed, target, said === 'doublet' && !repeated),
      );
    };
    return Promise.resolve({ send: oneRow(send) });
  },
};

function added(listed: readonly string[], { number, notations }: Target, wasThere: boolean): Outcome {
  if (listed.length === 0) {
    const reason = 'mmDial says it took the number, but dnccheck does not find it in any notation';
    return doubtful('vendor.not-listed', reason);
  }
  const missing = [...new Set(notations)].filter((one) => !listed.includes(one));
  const words =
    missing.length === 0
      ? 'listed in every usual notation'
      : `listed as ${namesOf(listed)}; not found as ${namesOf(missing)}`;
  const note = listed.includes(number) ? words : `${words}; mmDial keeps another notation than was sent`;
  return wasThere
    ? already('vendor.doublet', `was on the list before; ${note}`)
    : { kind: 'delivered', vendorId: null, note };
}

/**
 * `dncdel` (docs/vendors/mmdial.md#dncdel): the number may be dialled again. It writes by GET, at most once; asks
 * first, needs a reason, and counts as done when `dnccheck` says `notfound` for every usual notation.
 */
export const removeNumbers: PushOperation<NumberPayload> = {
  ...common,
  id: 'dnc remove',
  summary: "take numbers off mmDial's do-not-call list, and off the local one",
  scope: () => 'dnc remove',
  afterLoss: () => 'read-back',
  readBack: removeReadBack,
  options: specs({
    reason: reasonOption('why these people may be called again (required; kept with the run)'),
  }),
  doNotCall: 'remove',
  asks: () => 'These numbers may be called again after this. Take them off the do-not-call list?',
  checkOptions(options) {
    if (options['reason'] !== undefined) return options;
    throw usageError({
      code: 'usage.no-reason',
      message: 'dnc remove needs a reason: somebody asked not to be called',
      hint: '--reason "new consent of 3 March"',
    });
  },
  open(context) {
    const client = new Client(context);
    const call = { name: 'dncdel', what: 'to unblock the number' };
    return Promise.resolve({ send: oneRow((row) => change(client, row, call, removed)) });
  },
};

function removed(listed: readonly string[], { number }: Target): Outcome {
  if (listed.length === 0)
    return { kind: 'delivered', vendorId: null, note: 'dnccheck finds it in no usual notation any more' };
  if (listed.includes(number))
    return doubtful('vendor.still-listed', 'mmDial says it took the number off, but dnccheck still finds it');
  const reason = `still blocked: mmDial lists the number as ${namesOf(listed)}; give it in that notation to take it off`;
  return rejected('vendor.still-listed', reason);
}
