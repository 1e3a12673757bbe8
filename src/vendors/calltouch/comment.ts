import type { Json, JsonObject } from '../../core/json.js';
import type { SendResult } from '../../core/outcome.js';
import type { Cleared } from '../../core/number.js';
import type { OptionValues, PushOperation, Sender, VendorContext } from '../../core/vendor.js';
import { readComments } from './answers.js';
import { pace, post } from './client.js';
import { commentFields } from './fields.js';
import { compileComment, type CommentPayload } from './matching.js';
import { checkOptions, commentOptions, optionsOf, unseenTypes } from './options.js';

/**
 * `POST comment/lead/add` (docs/vendors/calltouch.md#comment): adds a comment to a call or a request. Nothing says that
 * a repeated comment is recognised, and none can be deleted, so a lost answer is never repeated.
 */
export const commentLeads: PushOperation<CommentPayload> = {
  id: 'comment',
  summary: 'add comments to calls and requests',
  reaches: () => 'nobody',
  scope: () => 'comment',
  key: 'content',
  fields: commentFields,
  limits: { items: 100, usual: 50, bytes: 1_000_000 },
  pace,
  afterLoss: () => 'never',
  options: commentOptions,
  checkOptions: (options, _files, settings) => checkOptions(options, settings),
  describe: (values) => {
    const { zone, match, searchDepth } = optionsOf(values);
    return [
      `dates are times in ${zone}; those with an offset are converted to it`,
      `a lead is looked for by ${match.join(', then ')}; by contact within ${searchDepth} minutes of the date`,
    ];
  },
  compile: (lead, values) => compileComment(lead, optionsOf(values)),
  size: (payload) => Buffer.byteLength(JSON.stringify(payload)) + 1,
  open: (context, values) => Promise.resolve(new CommentSender(context, values)),
};

class CommentSender implements Sender<CommentPayload> {
  #warned = false;

  constructor(
    private readonly context: VendorContext,
    values: OptionValues,
  ) {
    for (const type of unseenTypes(optionsOf(values))) {
      context.warn(`"${type}" stands in no document of the vendor; Calltouch will say if it knows it`);
    }
  }

  async send(rows: readonly Cleared<CommentPayload>[]): Promise<SendResult> {
    this.#warnOfForeign(rows);
    const result = await post(this.context, { comments: rows.map(({ payload }) => payload) });
    return readComments(result, rows, this.context.clock.now());
  }

  /** The vendor reduces numbers to 11 digits, which is the Russian form; said once. */
  #warnOfForeign(rows: readonly Cleared<CommentPayload>[]): void {
    const odd = this.#warned ? undefined : rows.find(({ payload }) => phonesOf(payload).some(isOdd));
    if (!odd) return;
    this.#warned = true;
    this.context.warn(
      `row ${odd.row}: Calltouch compares numbers of 11 digits, and one of this row has another length`,
    );
  }
}

const isOdd = (phone: string): boolean => phone.replace(/\D/g, '').length !== 11;

/** Every number a payload looks for. */
function phonesOf(payload: JsonObject): string[] {
  const entries = payload['matching'] as readonly Readonly<Record<string, Json>>[] | undefined;
  return (entries ?? []).flatMap((entry) => {
    const params = (entry['callContactParams'] ?? entry['requestContactParams']) as JsonObject | undefined;
    return (params?.['phones'] ?? []) as string[];
  });
}
