import { usageError } from '../../../core/errors.js';
import type { SendResult } from '../../../core/outcome.js';
import type { Cleared } from '../../../core/number.js';
import { specs } from '../../../core/value.js';
import type { PushOperation, Sender } from '../../../core/vendor.js';
import { readWritten } from '../answers.js';
import { Client, ordinaryTimeoutMs } from '../http/client.js';
import { notationName } from '../notation.js';
import { reasonOption } from './add.js';
import { removeReadBack } from './back.js';
import type { NumberPayload, SendResultOf, Target } from './change.js';
import { compileNumber, numberField, oneNumber, readChange, resultFor, targetOf, verify } from './change.js';

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
export function removed(listed: readonly string[], { number }: Target): SendResultOf['outcome'] {
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
