import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import type { Report } from '../../src/core/report.js';
import { cellText, measureWidth } from '../../src/output/text.js';
import { defaultFormat, emit, type OutputFormat } from '../../src/output/formats.js';
import { cron, golden, leads, setup, type Setup } from './helpers.js';

async function print(report: Report, format: OutputFormat, options: Setup = {}): Promise<string> {
  const { terminal, out, err } = setup(options);
  await emit(report, format, terminal);
  await terminal.drain();
  expect(err.text).toBe('');
  return out.text;
}

describe('emit', () => {
  const cases: readonly [string, OutputFormat, Setup][] = [
    ['leads.table.txt', 'table', { tty: true, flags: { color: false } }],
    ['leads.table-color.txt', 'table', { tty: true }],
    ['leads.table-cron.txt', 'table', { env: cron }],
    ['leads.table-pii.txt', 'table', { flags: { showPii: true } }],
    ['leads.json', 'json', {}],
    ['leads.json-terminal.txt', 'json', { tty: true }],
    ['leads.ndjson', 'ndjson', { flags: { color: true } }],
    ['leads.csv', 'csv', { flags: { color: true } }],
    ['leads.csv-terminal.txt', 'csv', { tty: true }],
    ['leads.tsv', 'tsv', { tty: true }],
  ];
  it.each(cases)('prints %s', async (name, format, options) => {
    expect(await print(leads(), format, options)).toBe(await golden(name));
  });

  it('prints whole values in CSV: csv-parse reads back what went in', async () => {
    const records = parse(await print(leads(), 'csv'), { columns: true });
    const sources = [...(leads().records() as Iterable<JsonObject>)];
    expect(records).toHaveLength(3);
    records.forEach((record, at) => {
      const { at: time, ...cells } = record as Record<string, string>;
      for (const [key, cell] of Object.entries(cells)) expect(cell).toBe(cellText(sources[at]?.[key]));
      expect(time).toBe(['2025-03-01T08:15:30.250Z', '2025-03-01T08:15:31.999Z', ''][at]);
    });
  });

  it('keeps an empty only cell as a record', async () => {
    const report: Report = { ...leads([{ row: null }, { row: 2 }]), columns: leads().columns.slice(0, 1) };
    const text = await print(report, 'csv');
    expect(text).toBe('row\n""\n2\n');
  });

  it('masks no phone in formats for programs, and every phone of a list in a table', async () => {
    const report = leads([{ phone: ['+491788046563', '+4930901820'] }]);
    for (const format of ['json', 'ndjson', 'csv', 'tsv'] as const) {
      expect(await print(report, format)).toContain('+491788046563');
    }
    const table = await print(report, 'table');
    expect(table).toContain('+49178•••563');
    expect(table).not.toMatch(/8046563|30901820/);
    expect(await print(report, 'table', { env: cron })).toContain('+49178***563');
  });

  it('says that there is nothing, to people only', async () => {
    expect(await print(leads([]), 'table')).toBe('Three leads\nNo leads.\nnext: salesq runs rows last\n');
    expect(await print(leads([]), 'ndjson')).toBe('');
    expect(await print(leads([]), 'tsv')).toBe('row\tphone\tname\tstate\tat\treason\n');
    expect(await print(leads([]), 'json')).toBe('{"schema":"salesq/leads@1","leads":[]}\n');
  });

  it('aligns every column whatever its script', async () => {
    const names = ['Ann', '山田 太郎', '👩‍🚀', 'Zoe\u0308', '한국어', 'مرحبا'];
    const report: Report = {
      ...leads(names.map((name) => ({ name, row: 1 }))),
      columns: [leads().columns[2]!, leads().columns[0]!],
      heading: [],
      footer: [],
    };
    const lines = (await print(report, 'table')).trimEnd().split('\n');
    expect(new Set(lines.map((text) => measureWidth(text))).size).toBe(1);
  });

  it('streams: holds a thousand records for the widths, never all', async () => {
    const { terminal, out } = setup();
    let made = 0;
    let seenAt = 0;
    const records = function* (): Generator<JsonObject> {
      for (made = 1; made <= 5_000; made += 1) {
        if (seenAt === 0 && out.text.length > 0) seenAt = made;
        yield { row: made };
      }
    };
    await emit({ ...leads(), records, heading: [] }, 'table', terminal);
    expect(out.text.trimEnd().split('\n')).toHaveLength(5_003);
    expect(seenAt).toBe(1_001);
  });

  it.each(['table', 'ndjson', 'csv', 'tsv'] as const)(
    'stops asking for records when the reader is gone (%s)',
    async (format) => {
      const { terminal, out } = setup();
      let made = 0;
      const records = async function* (): AsyncGenerator<JsonObject> {
        for (made = 1; made <= 50_000; made += 1) {
          if (made === 3_000) out.destroy();
          if (made % 500 === 0) await new Promise(setImmediate);
          yield { row: made };
        }
      };
      await emit({ ...leads(), records }, format, terminal);
      expect(made).toBeLessThan(5_000);
      await terminal.drain();
    },
  );

  it('prints a table on a terminal and TSV in a pipe', () => {
    expect([defaultFormat(true), defaultFormat(false)]).toEqual(['table', 'tsv']);
  });
});
