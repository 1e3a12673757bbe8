import fc from 'fast-check';
import { expect } from 'vitest';
import type { Claim, Ledger, LedgerRow, Lock, PlanPolicy, Resolution } from '../../src/core/ledger.js';
import type { RowState } from '../../src/core/life.js';
import {
  all,
  day,
  draft,
  outcomes,
  owner,
  person,
  phone,
  source,
  type Bench,
  type Check,
} from './ledger-bench.js';

const persons = 5;

type Step =
  | {
      readonly do: 'plan';
      people: number[];
      policy: PlanPolicy;
      operation: string;
      scope: string;
      seal: boolean;
    }
  | { readonly do: 'claim'; items: number }
  | { readonly do: 'settle'; kinds: (keyof typeof outcomes | null)[] }
  | { readonly do: 'crash' }
  | { readonly do: 'late' }
  | { readonly do: 'resolve'; as: Resolution; which: number }
  | { readonly do: 'block'; who: number }
  | { readonly do: 'unblock'; who: number }
  | { readonly do: 'wait'; days: number };

const policies = fc.record({
  recontact: fc.record({
    mode: fc.constantFrom('never', 'after', 'always'),
    afterMs: fc.constantFrom(0, day, 5 * day),
  }),
  allowDuplicates: fc.boolean(),
});
const who = fc.nat(persons - 1);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('plan'),
      people: fc.array(who, { minLength: 1, maxLength: 4 }),
      policy: policies,
      operation: fc.constantFrom('import', 'add'),
      scope: fc.constantFrom('one', 'one', 'two'),
      seal: fc.oneof(
        { weight: 4, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim'), items: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle'),
      kinds: fc.array(
        fc.constantFrom(
          'delivered',
          'delivered',
          'already',
          'rejected',
          'deferred',
          'not-sent',
          'in-doubt',
          null,
        ),
        { minLength: 3, maxLength: 3 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('resolve'),
      as: fc.constantFrom('delivered', 'not-sent', 'abandoned'),
      which: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unblock'), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), days: fc.integer({ min: 1, max: 4 }) }) },
);

/** Which changes of a state a step may make; a row it does not name keeps its state. */
const mayChange: Record<Step['do'], ReadonlySet<string>> = {
  plan: new Set(),
  claim: new Set(['ready>sending', 'ready>blocked']),
  settle: new Set(
    ['delivered', 'already', 'rejected', 'ready', 'in-doubt'].map((state) => `sending>${state}`),
  ),
  crash: new Set(['sending>in-doubt']),
  late: new Set(),
  resolve: new Set([
    'in-doubt>delivered',
    'in-doubt>ready',
    'in-doubt>blocked',
    'in-doubt>abandoned',
    'ready>abandoned',
  ]),
  block: new Set(['ready>blocked']),
  unblock: new Set(),
  wait: new Set(),
};

interface Planned {
  readonly policy: PlanPolicy;
  readonly scope: string;
  readonly at: number;
  readonly sealed: boolean;
  readonly rows: number;
}

/** One random life of an account, watched from outside. */
class Life {
  readonly runs = new Map<string, Planned>();
  readonly open: Claim[] = [];
  readonly stale: Claim[] = [];
  before = new Map<string, LedgerRow>();

  constructor(
    readonly bench: Bench,
    readonly ledger: Ledger,
    readonly account: string,
    readonly base: number,
    public lock: Lock,
  ) {}

  async take(step: Step): Promise<void> {
    await this.#act(step);
    const now = await this.#look();
    for (const [id, row] of now) {
      const old = this.before.get(id)?.state;
      if (old === undefined || old === row.state) continue;
      expect(mayChange[step.do], `${step.do}: ${old}>${row.state}`).toContain(`${old}>${row.state}`);
    }
    this.before = now;
    expect(await this.bench.audit()).toEqual([]);
  }

  async #act(step: Step): Promise<void> {
    switch (step.do) {
      case 'plan':
        return this.#plan(step);
      case 'claim':
        return this.#claim(step.items);
      case 'settle':
        return this.#settle(step.kinds);
      case 'crash':
        return this.#crash();
      case 'late':
        return this.#late();
      case 'resolve':
        return this.#resolve(step.as, step.which);
      case 'block':
        await this.ledger.block([{ phone: this.#phone(step.who), reason: 'Asked.' }]);
        return;
      case 'unblock':
        await this.ledger.unblock([this.#phone(step.who)], 'A mistake.');
        return;
      case 'wait':
        this.bench.clock.wall += step.days * day;
    }
  }

  #phone(n: number): string {
    return phone(this.base + n);
  }

  async #plan({ people, policy, operation, scope, seal }: Step & { do: 'plan' }): Promise<void> {
    const run = await this.ledger.beginPlan(draft(this.account, { operation, scope }), this.lock);
    for (const [id, { sealed }] of this.runs)
      if (!sealed && (await this.ledger.run(id)) === null) this.runs.delete(id);
    const rows = people.map((n, i) => person(i + 1, this.base + n));
    await this.ledger.addRows(run, rows, policy);
    if (seal) await this.ledger.seal(run, source, []);
    this.runs.set(run, { policy, scope, at: this.bench.clock.wall, sealed: seal, rows: rows.length });
    this.before = await this.#look();
  }

  async #claim(items: number): Promise<void> {
    const sealed = [...this.runs].filter(([, run]) => run.sealed).map(([id]) => id);
    for (const run of sealed) {
      const { claim } = await this.ledger.claim(run, this.lock, { items, bytes: 1_000 });
      if (claim === null) continue;
      this.open.push(claim);
      for (const row of claim.rows) await this.#mayBeContacted(row);
      return;
    }
  }

  /** The promise itself: nobody is contacted who was contacted before, unless the policy of the plan says so. */
  async #mayBeContacted(row: LedgerRow): Promise<void> {
    const run = this.runs.get(row.run);
    if (!run || row.phone === null) throw new Error('A row was claimed that was never planned.');
    expect(await all(this.ledger.blocked([row.phone])), 'on the do-not-call list').toEqual([]);
    for (const other of (await this.#look()).values()) {
      if (other.key !== row.key || this.runs.get(other.run)?.scope !== run.scope) continue;
      if (other.run === row.run) {
        const counts =
          other.row !== row.row && (['sending', 'in-doubt', 'delivered'] as RowState[]).includes(other.state);
        expect(counts && !run.policy.allowDuplicates, 'twice in one run').toBe(false);
        continue;
      }
      expect(['ready', 'sending', 'in-doubt'], 'two runs at once').not.toContain(other.state);
      if (other.state !== 'delivered') continue;
      const { mode, afterMs } = run.policy.recontact;
      const old = mode === 'after' && run.at - other.updatedAt > afterMs;
      expect(mode === 'always' || old, 'contacted before').toBe(true);
    }
  }

  async #settle(kinds: readonly (keyof typeof outcomes | null)[]): Promise<void> {
    const claim = this.open.shift();
    if (!claim) return;
    const settlements = claim.rows.flatMap(({ row }, i) => {
      const kind = kinds[i] ?? null;
      return kind === null ? [] : [{ row, outcome: outcomes[kind] }];
    });
    await this.ledger.settle(claim, settlements);
    this.stale.push(claim);
  }

  async #crash(): Promise<void> {
    this.bench.alive.set(this.lock.owner.id, false);
    this.stale.push(...this.open.splice(0));
    this.lock = await this.ledger.lock(this.lock.name, owner());
    for (const [id, { sealed }] of this.runs) if (sealed) await this.ledger.recover(id, this.lock);
  }

  async #late(): Promise<void> {
    const claim = this.stale[0];
    if (!claim) return;
    const settlements = claim.rows.map(({ row }) => ({
      row,
      outcome: { ...outcomes['not-sent'], code: 'net.late' },
    }));
    await expect(this.ledger.settle(claim, settlements)).rejects.toThrow();
  }

  async #resolve(as: Resolution, which: number): Promise<void> {
    const candidates = [...this.before.values()].filter(
      ({ state, run }) =>
        state === 'in-doubt' || (state === 'ready' && as === 'abandoned' && this.runs.get(run)?.sealed),
    );
    const row = candidates[which % Math.max(1, candidates.length)];
    if (row) await this.ledger.resolve(row.run, row.row, as, 'Looked at.');
  }

  async #look(): Promise<Map<string, LedgerRow>> {
    const found = new Map<string, LedgerRow>();
    for (const [id, { rows }] of this.runs) {
      const stored = await all(this.ledger.rows(id));
      const counts = Object.values(await this.ledger.counts(id)).reduce((a, b) => a + b, 0);
      expect([stored.length, counts]).toEqual([rows, rows]);
      for (const row of stored) found.set(`${id}/${row.row}`, row);
    }
    return found;
  }
}

export const modelChecks: readonly Check[] = [
  {
    name: 'whatever happens in whatever order: one live row a person, every row accounted for, nobody contacted twice',
    run: async (bench) => {
      let lives = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          lives += 1;
          const { ledger } = bench;
          const account = await ledger.account({ vendor: 'sales-q', name: `life ${lives}`, aliases: [] });
          const lock = await ledger.lock(`life ${lives}`, owner());
          const life = new Life(bench, ledger, account, lives * 10, lock);
          for (const one of steps) await life.take(one);
        }),
        { numRuns: bench.lives ?? 40 },
      );
    },
  },
];
