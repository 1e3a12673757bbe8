import { plainText } from '../../../src/core/json.js';
import type { PhoneRule } from '../../../src/core/phone-key.js';
import { readPhone } from '../../../src/core/phone.js';
import type { InputSource } from '../../../src/core/row.js';
import { conceptsOf } from '../../../src/core/synonyms.js';
import type { NumberList } from '../../../src/engine/number-list.js';

/** Wrong on purpose: a list is a table like any other, of one phone column, and it is good or it is refused. */
export async function readNumberList(source: InputSource, rules: readonly PhoneRule[]): Promise<NumberList> {
  const numbers: NumberList['numbers'][number][] = [];
  for await (const { row, columns, values } of source.rows()) {
    const at = columns.findIndex((column) => conceptsOf(column).includes('phone'));
    if (at < 0) throw new Error('no phone column');
    const entries = rules.flatMap((rule) => {
      const reading = readPhone(plainText(values[at]), rule);
      return reading.ok ? [reading.e164] : [];
    });
    if (entries.length === 0) throw new Error(`row ${row} is no number`);
    numbers.push({ place: `row ${row}`, text: null, entries, declared: entries[0] ?? null });
  }
  return { numbers, unread: [], notes: [] };
}
