import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { lookAtLedger } from '../session.js';
import { numbersOf, readingFlags } from './numbers.js';
import { numberOptions } from './options.js';

const check: CommandDefinition = {
  args: '[number...]',
  options: numberOptions,
  more: ['Exit 0 whether listed or not: read the answer.'],
  async run(app, invocation) {
    const place = await app.ports.place(readingFlags(invocation));
    const phones = (await numbersOf(app, invocation, [place.reads])).flat();
    return lookAtLedger(app, place, async (ledger) => {
      const reasons = new Map<string, string>();
      if (ledger) for await (const { phone, reason } of ledger.blocked(phones)) reasons.set(phone, reason);
      const records = phones.map((number): JsonObject => ({
        number,
        listed: reasons.has(number),
        reason: reasons.get(number) ?? null,
      }));
      const columns = [
        { title: 'number', kind: 'phone' as const, value: (record: JsonObject) => record['number'] },
        { title: 'listed', value: (record: JsonObject) => (record['listed'] === true ? 'yes' : 'no') },
        { title: 'reason', value: (record: JsonObject) => record['reason'] },
      ];
      const document = { schema: 'salesq/dnc-check@1', results: records };
      await emit(
        { document: () => document, records: () => records, columns, exit: Exit.ok },
        app.format,
        app.terminal,
      );
      return Exit.ok;
    });
  },
};

export default check;
