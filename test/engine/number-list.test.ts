import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listedAs, numbersMeantBy } from '../../src/core/phone-key.js';
import { readNumberList } from '../../src/engine/number-list.js';
import { openInput } from '../../src/input/open.js';
import { readNumberList as firstColumnAlone } from './wrong/first-column-list.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-list-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Read = typeof readNumberList;
const rules = [{ format: 'auto', country: 'DE' }] as const;

/** What is kept of a list, in order, and how many lines were named. */
async function keptOf(read: Read, lines: readonly string[], eol = '\n') {
  const file = path.join(folder, 'list');
  await writeFile(file, lines.join(eol));
  const source = await openInput({
    path: file,
    stdin: process.stdin,
    spoolDir: folder,
    skipInvalid: true,
    list: true,
  });
  try {
    const { numbers, unread } = await read(source, rules);
    return { entries: new Set(numbers.flatMap(({ entries }) => entries)), unread: unread.length };
  } finally {
    await source.close();
  }
}

/** A line that holds a number, and the entry that it must leave on the list. */
interface Good {
  readonly line: string;
  readonly entry: string;
}

const person = fc.integer({ min: 0, max: 99 }).map((index) => `17139200${String(index).padStart(2, '0')}`);
const written: readonly ((national: string) => string)[] = [
  (n) => `0${n}`,
  (n) => `+49${n}`,
  (n) => `0049 ${n}`,
  (n) => `49${n}`,
  (n) => n,
  (n) => `(0${n.slice(0, 3)}) ${n.slice(3)}`,
  (n) => `+49 (0) ${n.slice(0, 3)}/${n.slice(3)}`,
  (n) => `0${n.slice(0, 3)}-${n.slice(3, 6)} ${n.slice(6)}`,
  (n) => `7. 0${n}`,
  (n) => `0${n};asked on 01.02.2024`,
  (n) => `0${n},by mail`,
  (n) => `Muster;0${n}`,
  (n) => `Tel: 0${n}`,
  (n) => `0${n} (2)`,
  (n) => `0${n}, 0${n}`,
  (n) => `"0${n}`,
  (n) => `="0${n}"`,
  (n) => `0${n}\t2`,
];
const good: fc.Arbitrary<Good> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(person, fc.constantFrom(...written))
      .map(([national, write]) => ({ line: write(national), entry: `+49${national}` })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('80808', '0171392', '112')
      .map((line) => ({ line, entry: `?${line.replace(/^0/, '')}` })),
  },
);
/** Lines without a number: each is named. */
const bad = fc.constantFrom(
  '4,91511E+11',
  'never again',
  'a "quote',
  'x;y;z',
  '01.02.1980',
  '-',
  '4.9E+11;x',
);
/** Lines that are passed over. */
const quiet = fc.constantFrom('', '   ', '# a comment');

const list = fc.record({
  goods: fc.array(good, { minLength: 1, maxLength: 12 }),
  bads: fc.array(bad, { maxLength: 4 }),
  quiets: fc.array(quiet, { maxLength: 3 }),
  eol: fc.constantFrom('\n', '\r\n'),
  order: fc.infiniteStream(fc.nat()),
});

const listHolds = (read: Read, numRuns: number) =>
  fc.check(
    fc.asyncProperty(list, async ({ goods, bads, quiets, eol, order }) => {
      const lines = [...goods.map(({ line }) => line), ...bads, ...quiets];
      const shuffled = lines
        .map((line) => ({ line, at: Number(order.next().value) }))
        .sort((a, b) => a.at - b.at)
        .map(({ line }) => line);
      const first = await keptOf(read, lines, eol);
      for (const { entry } of goods) expect(first.entries).toContain(entry);
      expect(first.unread).toBe(bads.length);
      expect(await keptOf(read, shuffled, eol)).toEqual(first);
    }),
    { numRuns },
  );

describe('a list of numbers', () => {
  it('keeps each good line whatever the others are, in any order, and names each bad one', async () => {
    const { failed, counterexample, errorInstance } = await listHolds(readNumberList, 150);
    expect(failed, `${JSON.stringify(counterexample)} ${String(errorInstance)}`).toBe(false);
  });

  it('catches the reader that believes in one phone column of a faultless table', async () => {
    expect((await listHolds(firstColumnAlone, 20)).failed).toBe(true);
    const table = ['Telefon;Mobil', '01713920001;01713920002'];
    const kept = async (read: Read) => [...(await keptOf(read, table)).entries].sort();
    expect(await kept(readNumberList)).toEqual(['+491713920001', '+491713920002']);
    expect(await kept(firstColumnAlone)).toEqual(['+491713920001']);
  });
});

describe('an entry kept as written', () => {
  it('means exactly the numbers that ask for it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('49', '1', '7', '39', '54', '36', '420'),
        fc.integer({ min: 10_000, max: 9_999_999_999 }),
        (code, national) => {
          const number = `+${code}${national}`;
          const [self, ...entries] = listedAs(number);
          for (const entry of entries) expect(numbersMeantBy(entry)).toContain(self);
        },
      ),
    );
  });
});
