import { usageError, UserError } from '../../core/errors.js';
import { plainText } from '../../core/json.js';
import { type Cleared, type Opened, PhoneNumber } from '../../core/number.js';
import {
  type Outcome,
  type SendResult,
  type StopCause,
  forAll,
  type DoubtfulRow,
  type Sighting,
  unclear,
} from '../../core/outcome.js';
import { type Field, phone, specs, text } from '../../core/value.js';
import type { Compiled, Lead, PushOperation, Sender, ReadBack } from '../../core/vendor.js';
import { type Written, readWritten, refusedLogin, statusOf, withWords } from './answers.js';
import { type Pair, Client, ordinaryTimeoutMs } from './client.js';
import { checkExact, listedAmong } from './dnc-lists.js';
import { notationName, notationsOf } from './notation.js';
import { findRowByRow } from './read.js';
import { countryCodeOf } from './settings.js';

/** The only field of `dnc add` and `dnc remove`: one number a call, so that every answer is about one number. */
const numberField: Field = {
  name: 'number',
  type: phone,
  column: { concept: 'phone' },
  required: true,
  about: 'the number, sent in the notation given (0…, 49…, 0049…, +49…) without blanks and marks',
};

/** One number a request: whether `doublet` means the others of a list were added is not documented. */
const oneNumber = { items: 1, bytes: 1_500 } as const;

/** The number in the notation of the input: which one mmDial wants is not documented, so none is made up. */
type NumberPayload = { readonly number: PhoneNumber };

function compileNumber({ fields }: Lead): Compiled<NumberPayload> {
  const { number } = fields;
  if (!(number instanceof PhoneNumber)) throw new Error('mmdial: a row without a number was compiled');
  return { payload: { number: number.bare() }, problems: [] };
}

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

/** What an answer to `dncadd` or `dncdel` says: `ok`, `doublet`, or an outcome. */
function readChange(answer: Written, what: string): 'ok' | 'doublet' | SendResultOf {
  if (answer.kind === 'settled') return { outcome: answer.outcome, stop: answer.stop };
  const status = statusOf(answer.body);
  if (status === 'ok' || status === 'doublet') return status;
  if (status === 'error') {
    const reason = withWords(`mmDial refused ${what}`, answer.body);
    return { outcome: { kind: 'rejected', code: 'vendor.refused', reason }, stop: null };
  }
  const reason = `mmDial did not say whether ${what} succeeded`;
  return { outcome: { kind: 'in-doubt', code: 'vendor.unknown-answer', reason }, stop: null };
}

interface SendResultOf {
  readonly outcome: Outcome;
  readonly stop: StopCause | null;
}

const resultFor = (
  rows: readonly { readonly row: number }[],
  { outcome, stop }: SendResultOf,
): SendResult => ({
  outcomes: forAll(rows, outcome),
  stop,
});

/** Which notations are listed now; an outcome where `dnccheck` could not say. */
async function verify(client: Client, { notations }: Target): Promise<string[] | SendResultOf> {
  try {
    return await listedAmong(client, notations);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason = `mmDial answered the change, but dnccheck could not confirm it: ${error.message}`;
    const stop = error.code === refusedLogin.code ? refusedLogin : null;
    return { outcome: { kind: 'in-doubt', code: 'vendor.not-verified', reason }, stop };
  }
}

/**
 * After a lost answer to `dncadd` (docs/vendors/mmdial.md#dncadd): `dnccheck` of the number as sent. To block twice
 * harms nobody.
 */
const addReadBack: ReadBack<NumberPayload> = {
  about: 'dnccheck is asked for the number as it was sent',
  settleMs: 30_000,
  absentMeansReady: true,
  find: (context, rows) => {
    const client = new Client(context);
    return findRowByRow(context.signal, rows, (row) => lookAdded(client, row));
  },
};

/**
 * After a lost answer to `dncdel` (docs/vendors/mmdial.md#dncdel): `dnccheck` of every usual notation. A number that is
 * still listed is not taken off again by itself: somebody may have asked anew.
 */
const removeReadBack: ReadBack<NumberPayload> = {
  about: 'dnccheck is asked for every usual notation of the number',
  settleMs: 30_000,
  absentMeansReady: false,
  find: (context, rows) => {
    const client = new Client(context);
    return findRowByRow(context.signal, rows, (row) => lookRemoved(client, row));
  },
};

async function lookAdded(client: Client, row: DoubtfulRow<NumberPayload>): Promise<Sighting> {
  const { number } = targetOf(client, row);
  const evidence = { asked: 'dnccheck', notation: notationName(number) };
  if (await checkExact(client, number))
    return { row: row.row, seen: 'found', vendorId: null, evidence: { ...evidence, answered: 'exists' } };
  return { row: row.row, seen: 'absent', evidence: { ...evidence, answered: 'notfound' } };
}

async function lookRemoved(client: Client, row: DoubtfulRow<NumberPayload>): Promise<Sighting> {
  const { number, notations } = targetOf(client, row);
  const listed = await listedAmong(client, notations);
  const evidence = { asked: 'dnccheck', listedAs: listed.map(notationName) };
  if (listed.length === 0) return { row: row.row, seen: 'found', vendorId: null, evidence };
  if (listed.includes(number)) return { row: row.row, seen: 'absent', evidence };
  const names = listed.map(notationName).join(', ');
  const reason = `still blocked: mmDial lists the number as ${names}, another notation than was sent`;
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
  id: 'dnc add',
  summary: "put numbers on mmDial's do-not-call list, and on the local one",
  reaches: () => 'nobody',
  stops: () => true,
  scope: () => 'dnc add',
  key: { field: 'number' },
  fields: [numberField],
  limits: oneNumber,
  pace: { perSecond: 1, concurrency: 1, timeoutMs: ordinaryTimeoutMs },
  afterLoss: () => 'repeat-is-safe',
  readBack: addReadBack,
  options: specs({ reason: reasonOption('why; kept with the run and sent to mmDial') }),
  argumentField: 'number',
  doNotCall: 'add',
  compile: compileNumber,
  size: ({ number }) => number.width + 1,
  open: (context, options) =>
    Promise.resolve(new AddSender(new Client(context), plainText(options['reason']))),
};

class AddSender implements Sender<NumberPayload> {
  /** Rows this sender asked for before: a `doublet` then may be our own first try. */
  readonly #asked = new Set<number>();

  constructor(
    private readonly client: Client,
    private readonly reason: string,
  ) {}

  async send(rows: readonly Cleared<NumberPayload>[]): Promise<SendResult> {
    const [row] = rows;
    if (!row) return { outcomes: [], stop: null };
    const target = targetOf(this.client, row);
    const repeated = this.#asked.has(row.row);
    this.#asked.add(row.row);
    const query: Pair[] = [['number', target.number]];
    if (this.reason !== '') query.push(['reason', this.reason]);
    const result = await this.client.call({ name: 'dncadd', query });
    const said = readChange(readWritten(result, this.client.context.clock.now()), 'to block the number');
    if (typeof said !== 'string') return resultFor(rows, said);
    const listed = await verify(this.client, target);
    if (!Array.isArray(listed)) return resultFor(rows, listed);
    return resultFor(rows, { outcome: added(said, listed, target, repeated), stop: null });
  }
}

/** Pure: what `dnccheck` makes of an answer that was `ok` or `doublet`. */
function added(
  said: 'ok' | 'doublet',
  listed: readonly string[],
  { number, notations }: Target,
  repeated: boolean,
): SendResultOf['outcome'] {
  if (listed.length === 0) {
    const reason = 'mmDial says it took the number, but dnccheck does not find it in any notation';
    return { kind: 'in-doubt', code: 'vendor.not-listed', reason };
  }
  const missing = [...new Set(notations)].filter((one) => !listed.includes(one));
  const names = (numbers: readonly string[]): string => numbers.map(notationName).join(', ');
  const words =
    missing.length === 0
      ? 'listed in every usual notation'
      : `listed as ${names(listed)}; not found as ${names(missing)}`;
  const note = listed.includes(number) ? words : `${words}; mmDial keeps another notation than was sent`;
  if (said === 'doublet' && !repeated)
    return {
      kind: 'already',
      code: 'vendor.doublet',
      reason: `was on the list before; ${note}`,
      vendorId: null,
    };
  return { kind: 'delivered', vendorId: null, note };
}

/**
 * `dncdel` (docs/vendors/mmdial.md#dncdel): the number may be dialled again. It writes by GET, at most once; asks
 * first, needs a reason, and counts as done when `dnccheck` says `notfound` for every usual notation.
 */
export const removeNumbers: PushOperation<NumberPayload> = {
  id: 'dnc remove',
  summary: "take numbers off mmDial's do-not-call list, and off the local one",
  reaches: () => 'nobody',
  scope: () => 'dnc remove',
  key: { field: 'number' },
  fields: [numberField],
  limits: oneNumber,
  pace: { perSecond: 1, concurrency: 1, timeoutMs: ordinaryTimeoutMs },
  afterLoss: () => 'read-back',
  readBack: removeReadBack,
  options: specs({
    reason: reasonOption('why these people may be called again (required; kept with the run)'),
  }),
  argumentField: 'number',
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
  compile: compileNumber,
  size: ({ number }) => number.width + 1,
  open: (context) => Promise.resolve(new RemoveSender(new Client(context))),
};

class RemoveSender implements Sender<NumberPayload> {
  constructor(private readonly client: Client) {}

  async send(rows: readonly Cleared<NumberPayload>[]): Promise<SendResult> {
    const [row] = rows;
    if (!row) return { outcomes: [], stop: null };
    const target = targetOf(this.client, row);
    const result = await this.client.call({ name: 'dncdel', query: [['number', target.number]] });
    const said = readChange(readWritten(result, this.client.context.clock.now()), 'to unblock the number');
    if (typeof said !== 'string') return resultFor(rows, said);
    if (said === 'doublet') return resultFor(rows, { outcome: strange, stop: null });
    const listed = await verify(this.client, target);
    if (!Array.isArray(listed)) return resultFor(rows, listed);
    return resultFor(rows, { outcome: removed(listed, target), stop: null });
  }
}

const strange: SendResultOf['outcome'] = {
  kind: 'in-doubt',
  code: 'vendor.unknown-answer',
  reason: 'mmDial answered doublet, which the document does not know for dncdel',
};

/** Pure: what `dnccheck` makes of an answer that was `ok`. */
function removed(listed: readonly string[], { number }: Target): SendResultOf['outcome'] {
  if (listed.length === 0)
    return { kind: 'delivered', vendorId: null, note: 'dnccheck finds it in no usual notation any more' };
  if (listed.includes(number)) {
    const reason = 'mmDial says it took the number off, but dnccheck still finds it';
    return { kind: 'in-doubt', code: 'vendor.still-listed', reason };
  }
  const names = listed.map(notationName).join(', ');
  const reason = `still blocked: mmDial lists the number as ${names}; give it in that notation to take it off`;
  return { kind: 'rejected', code: 'vendor.still-listed', reason };
}
