import { plainText } from '../../../core/json.js';
import type { SendResult } from '../../../core/outcome.js';
import type { Cleared } from '../../../core/number.js';
import { specs, text } from '../../../core/value.js';
import type { PushOperation, Sender } from '../../../core/vendor.js';
import { readWritten } from '../answers.js';
import { Client, ordinaryTimeoutMs } from '../http/client.js';
import type { Pair } from '../http/encode.js';
import { notationName } from '../notation.js';
import { addReadBack } from './back.js';
import type { NumberPayload, SendResultOf, Target } from './change.js';
import { compileNumber, numberField, oneNumber, readChange, resultFor, targetOf, verify } from './change.js';

/** At most 200 characters: it travels in a URL. */
export const reasonOption = (about: string) =>
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
export function added(
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
