import { describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/core/ledger.js';
import type { Database } from '../../src/ledger/sqlite/engine.js';
import { ledgerChecks, runCheck } from '../contract/ledger.js';
import { sqliteBench } from './sqlite-bench.js';
import { asksTooEarly } from './wrong/asks-too-early.js';
import { gatesByKey } from './wrong/gates-by-key.js';
import { plansAnybody } from './wrong/plans-anybody.js';
import { settlesForAnybody } from './wrong/settles-for-anybody.js';

type Wrong = (ledger: Ledger, database: Database) => Ledger;

async function passes(name: string, wrong: Wrong): Promise<boolean> {
  const check = ledgerChecks.find((one) => one.name.startsWith(name));
  if (!check) throw new Error(`There is no check "${name}".`);
  return runCheck(check, () => sqliteBench(wrong)).then(
    () => true,
    () => false,
  );
}

/** The suite must bite: each of these checks fails on a ledger that is wrong in just this way. */
const wrongs: readonly [string, Wrong, readonly string[]][] = [
  [
    'settles without repeating the owner',
    settlesForAnybody,
    [
      'a late answer to an earlier attempt does not settle a later one',
      'a claim with the right attempt but another owner',
      'who lost the lock can neither claim',
      'a row of the claim that nobody settled is in doubt',
    ],
  ],
  [
    'has no unique index and does not look',
    plansAnybody,
    [
      'duplicate.in-file',
      'two plans made at once',
      'a person of another run is a duplicate',
      'recontact after',
      'recontact always',
      'standing says beforehand',
      'an unsealed plan is thrown away',
    ],
  ],
  [
    'asks the list for the key of a row only',
    gatesByKey,
    [
      'a listed second number blocks its row: listed before planning',
      'a listed second number blocks its row: listed after planning',
      'a listed second number blocks its row: listed while it was being sent',
      'every phone that a last copy showed is heeded',
      'no number leaves twice',
      'where nobody hears of a row, a number that is rung',
      'what comes back from doubt is judged by all its numbers',
    ],
  ],
  [
    'asks the list before the transaction that claims',
    asksTooEarly,
    [
      'T1: who asked not to be called since the plan',
      'a listed second number blocks its row: listed while it was being sent',
      'every phone that a last copy showed is heeded',
    ],
  ],
];

describe.each(wrongs)('a ledger that %s', (_name, wrong, caught) => {
  test.each(caught)('is caught by: %s', async (check) => {
    expect(await passes(check, wrong)).toBe(false);
  });

  test('passes what has nothing to do with it', async () => {
    expect(await passes('every last copy', wrong)).toBe(true);
    expect(await passes('T1: the oldest ready rows', wrong)).toBe(true);
  });
});
