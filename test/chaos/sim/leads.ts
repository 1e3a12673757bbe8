import type { InputRow, SourceFacts } from '../../../src/core/row.js';
import type { Rows } from '../../../src/engine/rows.js';
import { number } from '../../support/rows.js';

/** A file of leads: a number each, some of them no numbers, and for some a second one that is dialled too. */
export interface LeadFile {
  readonly name: string;
  readonly phones: readonly (string | null)[];
  /** By lead, as `phones`; null where a lead has one number only. */
  readonly seconds: readonly (string | null)[];
}

const factsOf = ({ name, phones }: LeadFile): SourceFacts => ({
  name,
  sha256: name.padEnd(64, '0'),
  bytes: phones.length,
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ';',
});

const columns = ['Phone', 'Second'];

/** What a command makes of the file. */
export const rowsIn = (file: LeadFile): Rows => ({
  source: {
    facts: factsOf(file),
    columns,
    warnings: [],
    rows: () => inputRows(file),
    close: () => Promise.resolve(),
  },
  options: {},
  mapping: null,
  map: mapped,
  review: null,
  notes: [],
  settings: {},
  settingsHash: 'x',
});

// eslint-disable-next-line @typescript-eslint/require-await -- a file is read in pieces, this one is in memory
async function* inputRows({ phones, seconds }: LeadFile): AsyncIterable<InputRow> {
  for (const [index, phone] of phones.entries()) {
    const values = [phone ?? 'none', seconds[index] ?? ''];
    yield { row: index + 1, line: index + 2, columns, values, broken: null };
  }
}

function mapped({ row, values: [first, second] }: InputRow): ReturnType<Rows['map']> {
  const phone = typeof first === 'string' && first !== 'none' ? first : null;
  const more = typeof second === 'string' && second !== '' ? { Second: number(second) } : {};
  const problem = { code: 'phone.invalid', message: 'no number' };
  return {
    lead: { row, fields: phone === null ? {} : { Phone: number(phone), ...more }, free: {} },
    phone,
    problems: phone === null ? [{ state: 'invalid' as const, problem }] : [],
    refuses: null,
  };
}
