import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attemptedStates, moves, movesTable, toldStates, rowStates } from '../../src/core/life.js';

const root = join(import.meta.dirname, '..', '..');

describe("a row's life", () => {
  test('is the table in docs/delivery.md', () => {
    const path = join(root, 'docs', 'delivery.md');
    const text = readFileSync(path, 'utf8');
    const between = /(<!-- moves of src\/core\/life.ts -->\n\n)[\s\S]*?(\n\n<!-- end of the moves -->)/;
    expect(text).toMatch(between);
    const wanted = text.replace(between, (_all, start: string, end: string) => start + movesTable() + end);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, wanted);
    else expect(text).toBe(wanted);
  });

  test('leads to every state, and from none that is over', () => {
    const steps = Object.values(moves).flatMap(
      ({ steps: pairs }) => pairs as readonly (readonly [string, string])[],
    );
    const planned = ['ready', 'invalid', 'held', 'blocked', 'duplicate'];
    expect(new Set([...planned, ...steps.map(([, to]) => to)])).toEqual(new Set(rowStates));
    expect(new Set(steps.map(([from]) => from))).toEqual(
      new Set(['ready', 'sending', 'in-doubt', 'held', 'delivered']),
    );
  });

  test('tells which states need an attempt, and which an event', () => {
    const sent = ['already', 'delivered', 'in-doubt', 'rejected', 'sending', 'withdrawn'];
    expect([...attemptedStates].sort()).toEqual(sent);
    const told = ['abandoned', 'already', 'delivered', 'in-doubt', 'rejected', 'withdrawn'];
    expect([...toldStates].sort()).toEqual(told);
  });
});

/** Texts of what is written to columns of `rows`: after `set` of an update. */
function updatesOf(text: string): string[] {
  const built = [...text.matchAll(/updateTable\('rows'\)[\s\S]*?\.set\(/g)].map(
    ({ index, 0: { length } }) => {
      let depth = 1;
      let end = index + length;
      for (; depth > 0 && end < text.length; end += 1)
        depth += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0;
      return text.slice(index + length, end - 1);
    },
  );
  const raw = [...text.matchAll(/update rows set([\s\S]*?)\bwhere\b/g)].map(([, set = '']) => set);
  return [...built, ...raw.map((set) => set.replace(/case[\s\S]*?end/g, ''))];
}

test('only a move changes the state of a row', () => {
  const folder = join(root, 'src', 'ledger');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const updating = files.flatMap((name) =>
    updatesOf(readFileSync(join(folder, name), 'utf8')).map((set) => ({
      name,
      state: /\bstate\b/.test(set),
    })),
  );
  expect(updating.length).toBeGreaterThan(4);
  expect(updating.filter(({ state }) => state).map(({ name }) => name)).toEqual(['move.ts']);
});
