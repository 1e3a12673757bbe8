import { describe, expect, it } from 'vitest';
import { exitOf, type ExitFacts, type PushStop } from '../../../src/core/errors.js';
import { countsOf, pushDocument, rowLine, type PushFacts } from '../../../src/core/report.js';
import { PhoneNumber } from '../../../src/core/number.js';
import { noCounts, rowStates, type RowState, type StateCounts } from '../../../src/core/life.js';
import { loadPaint, jsonLine } from '../../../src/output/text.js';
import { pushSummary } from '../../../src/output/push-view.js';
import { golden } from '../helpers.js';

type Some = Partial<Record<RowState, number>>;
const counts = (some: Some): StateCounts => ({ ...noCounts(), ...some });

const facts = (some: Some, more: Partial<PushFacts> = {}): PushFacts => ({
  run: '01JRUN',
  profile: 'acme',
  vendor: 'sales-q',
  operation: 'import',
  dryRun: false,
  source: { name: 'leads.csv', sha256: 'ab'.repeat(32), format: 'csv', encoding: 'utf-8', delimiter: ';' },
  counts: counts(some),
  results: null,
  ...more,
});

const some = {
  delivered: 1_203,
  'in-doubt': 2,
  ready: 40,
  invalid: 7,
  duplicate: 1,
  rejected: 3,
  already: 5,
};

describe('the document', () => {
  it('has the keys of the contract, in its order', async () => {
    const line = jsonLine(pushDocument(facts(some, { results: 'out.csv' })));
    expect(line).toBe(await golden('push.summary.json'));
  });

  it('counts every state once: the sum is the number of rows', () => {
    const powers = Object.fromEntries(rowStates.map((state, at) => [state, 2 ** at])) as StateCounts;
    const { rows, ...states } = countsOf(powers);
    expect(rows).toBe(2 ** rowStates.length - 1);
    expect(Object.values(states).sort((a, b) => a - b)).toEqual(rowStates.map((_, at) => 2 ** at));
    expect(pushDocument(facts(powers)).source.rows).toBe(rows);
  });

  it('proposes nothing after a dry run', () => {
    expect(pushDocument(facts({ ready: 3, invalid: 1 }, { dryRun: true, run: null })).next).toEqual([]);
  });

  it('shows a row by its documented keys, nothing of its payload', () => {
    const stored = {
      run: '01JRUN',
      row: 2,
      key: '+491788046563',
      phone: '+491788046563',
      state: 'delivered',
      code: null,
      reason: null,
      vendorId: '5b92',
      ref: 'r',
      payload: {
        secret: 1,
        phone: new PhoneNumber('+491788046563', '0178 8046563', true),
        other: new PhoneNumber('+4930123456', '030 123456', true),
      },
      detail: null,
      bytes: 9,
      source: ['x'],
      attempt: 1,
      updatedAt: 0,
    } as const;
    expect(jsonLine(rowLine(stored))).toBe(
      '{"type":"row","run":"01JRUN","row":2,"key":"+491788046563","phone":"+491788046563",' +
        '"numbers":["+491788046563","+4930123456"],"state":"delivered","code":null,"reason":null,"vendorId":"5b92"}\n',
    );
  });
});

describe('the lines for people', () => {
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

  it('tell states that occur, in the order of a life', async () => {
    const document = pushDocument(facts(some, { results: 'out.csv' }));
    expect(text(pushSummary(document, { unicode: true }))).toBe(await golden('push.summary.txt'));
    expect(text(pushSummary(document, { unicode: false }))).toBe(await golden('push.summary-cron.txt'));
    const paint = await loadPaint(1);
    expect(text(pushSummary(document, { unicode: true, paint }))).toBe(
      await golden('push.summary-color.txt'),
    );
  });

  it('say that a dry run sent nothing', async () => {
    const document = pushDocument(facts({ ready: 1 }, { dryRun: true, run: null }));
    expect(text(pushSummary(document, { unicode: true }))).toBe(await golden('push.dry-run.txt'));
  });

  it('survive an empty file and a hostile file name', () => {
    const source = { ...facts({}).source, name: '\u001b[2Jx\n.csv', delimiter: '\t' };
    expect(pushSummary(pushDocument(facts({}, { source })), { unicode: true })).toEqual([
      'sales-q import  profile acme  run 01JRUN',
      '\\u001b[2Jx\\n.csv: 0 rows (csv, utf-8, delimiter tab)',
    ]);
  });
});

describe('exitOf', () => {
  const cases: readonly [number, Some, PushStop, ExitFacts?][] = [
    [0, {}, null],
    [0, { delivered: 5, already: 1, duplicate: 2 }, null],
    [0, { duplicate: 2 }, null],
    [0, { withdrawn: 1, abandoned: 1 }, null],
    [3, { delivered: 1, rejected: 1 }, null],
    [3, { invalid: 1 }, null],
    [3, { blocked: 1 }, null],
    [3, { held: 1 }, null],
    [8, { ready: 1, invalid: 1 }, 'limit'],
    [8, { ready: 1 }, null],
    [8, { sending: 1 }, null],
    [8, { ready: 1 }, 'breaker'],
    [10, { ready: 1 }, 'alarm'],
    [8, { ready: 1 }, 'interrupted'],
    [0, { delivered: 1 }, 'limit'],
    [10, { delivered: 1 }, 'alarm'],
    [5, { ready: 1, rejected: 1 }, 'unavailable'],
    [0, { delivered: 1 }, 'unavailable'],
    [7, { 'in-doubt': 1, ready: 1 }, 'unavailable'],
    [7, { 'in-doubt': 1, invalid: 1 }, 'breaker'],
    [7, { 'in-doubt': 1, ready: 1 }, 'interrupted', { signal: 'SIGINT' }],
    [4, { 'in-doubt': 1, ready: 1 }, 'credentials'],
    [4, {}, 'credentials'],
    [130, { ready: 1, invalid: 1 }, 'interrupted', { signal: 'SIGINT' }],
    [143, { ready: 1 }, 'interrupted', { signal: 'SIGTERM' }],
    [3, { invalid: 1 }, 'interrupted', { signal: 'SIGINT' }],
    [0, { ready: 9, duplicate: 1 }, null, { dryRun: true }],
    [3, { ready: 9, invalid: 1 }, null, { dryRun: true }],
  ];
  it.each(cases)('%i for %j, stopped by %s %j', (exit, states, stop, more = {}) => {
    expect(exitOf(counts(states), stop, more)).toBe(exit);
  });
});
