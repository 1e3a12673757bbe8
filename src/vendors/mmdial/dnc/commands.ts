import { usageError } from '../../../core/errors.js';
import type { JsonObject } from '../../../core/json.js';
import { flag, path, specs } from '../../../core/value.js';
import type { VendorCommand } from '../../../core/vendor.js';
import { Client } from '../http/client.js';
import { likelyE164, notationsOf } from '../notation.js';
import { keyColumn, reportOf } from '../read.js';
import { countryCodeOf } from '../settings.js';
import { checkFuzzy, fetchBlocked, listedAmong } from './check.js';

const options = specs({
  fuzzy: {
    flag: '--fuzzy',
    about: 'also find listed numbers that only contain the number',
    type: flag,
    default: false,
  },
  from: { flag: '--from <file>', about: 'read the numbers from this file, or - for stdin', type: path },
});

/**
 * `dnccheck` (docs/vendors/mmdial.md#dnccheck): whether numbers are blocked, in any usual notation or, with `--fuzzy`,
 * as part of one.
 */
export const checkNumbers: VendorCommand<typeof options> = {
  id: 'dnc check',
  summary: "look numbers up on mmDial's do-not-call list, in every usual notation",
  args: '[number...]',
  options,
  async run(input) {
    const {
      context,
      args,
      options: { from, fuzzy },
    } = input;
    const numbers = from === undefined ? args : await input.list(from, 'number');
    if (numbers.length === 0 || (from !== undefined && args.length > 0)) {
      throw usageError({
        code: 'usage.no-rows',
        message: 'Give the numbers as arguments or with --from, one of them',
        hint: 'salesq mmdial dnc check 0301234567',
      });
    }
    const client = new Client(context);
    const results: JsonObject[] = [];
    for (const number of numbers) results.push(await looked(client, number, fuzzy));
    return reportOf({
      schema: 'dnc-check',
      document: { results },
      records: results,
      columns: [
        keyColumn('number'),
        { title: 'listed', value: ({ listed }) => listed },
        {
          title: 'matches',
          value: ({ matches }) => (matches as readonly string[]).join(', '),
          kind: 'phone',
        },
      ],
      empty: 'No numbers.',
    });
  },
};

async function looked(client: Client, number: string, fuzzy: boolean): Promise<JsonObject> {
  const bare = number.replace(/[^\d+]/g, '');
  const home = countryCodeOf(client.context.settings);
  const e164 = likelyE164(bare, home);
  const matches = fuzzy
    ? await checkFuzzy(client, bare)
    : await listedAmong(client, [bare, ...(e164 === null ? [] : notationsOf(e164, home))]);
  return { number, listed: matches.length > 0, matches };
}

/**
 * `dncget` (docs/vendors/mmdial.md#dncget): every blocked number. An empty list is said to be suspicious: it is never
 * proof of "nobody".
 */
export const listNumbers: VendorCommand = {
  id: 'dnc list',
  summary: "print mmDial's whole do-not-call list, one number a line",
  options: {},
  async run({ context }) {
    const { numbers, odd } = await fetchBlocked(new Client(context));
    const suspicious = numbers.length === 0;
    if (suspicious)
      context.warn(
        'mmDial returned an empty do-not-call list: that is suspicious, do not take it for "nobody"',
      );
    if (odd > 0) context.warn(`${odd} lines of the list hold no number and were left out`);
    const records = numbers.map((number) => ({ number }));
    return reportOf({
      schema: 'dnc-list',
      document: { count: numbers.length, suspicious, numbers: [...numbers] },
      records,
      columns: [keyColumn('number')],
      empty: 'The list is empty, which is suspicious.',
    });
  },
};
