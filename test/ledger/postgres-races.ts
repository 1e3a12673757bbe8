import type { Ledger } from '../../src/core/ledger.js';
import type { Store } from '../../src/ledger/store.js';
import { SqlLedger } from '../../src/ledger/ledger.js';
import { openPostgres } from '../../src/ledger/postgres/open.js';
import {
  never,
  outcomes,
  owner,
  person,
  phone,
  prepare,
  source,
  TestClock,
} from '../contract/ledger-bench.js';
import type { PostgresServer } from '../support/postgres.js';
import { newSchema } from './postgres-bench.js';

/** What was open during a race, and how the rows are looked at afterwards. */
export interface Field {
  readonly schema: string;
  readonly open: () => Promise<Ledger>;
  readonly ask: (sql: string) => Promise<Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
}

/** A ledger several handles race on. `wrong` may change what is under each. */
export function field(server: PostgresServer, wrong: (store: Store) => Store = (store) => store): Field {
  const schema = newSchema();
  const handles: Ledger[] = [];
  return {
    schema,
    open: async () => {
      const world = { clock: new TestClock(), host: 'desk', processAlive: () => null };
      const ledger = new SqlLedger(
        wrong(await openPostgres(server.url('postgres', `?schema=${schema}`), world)),
      );
      handles.push(ledger);
      return ledger;
    },
    ask: (sql) => server.ask(sql, schema),
    close: async () => {
      for (const handle of handles) await handle.close();
    },
  };
}

const soon = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, Math.random() * ms));

/**
 * People are blocked while their rows are claimed, come back as not sent, and are claimed again, and while they are
 * planned in other runs. Answers with how many rows began to be sent after the block was committed, as the server's own
 * commit times tell; the server must keep them (`track_commit_timestamp`).
 */
export async function blockRace({ open, ask }: Field, rounds: number): Promise<number> {
  const [sender, blocker, planner] = [await open(), await open(), await open()];
  let late = 0;
  for (let round = 0; round < rounds; round += 1) {
    const victim = 10 * round;
    const numbers = [1, 2, 3].map((n) => victim + n);
    const prepared = await prepare(
      sender,
      numbers.map((n, i) => person(i + 1, n)),
    );
    let over = false;
    const cycle = async (): Promise<void> => {
      while (!over) {
        const { claim } = await sender.claim(prepared.run, prepared.lock, { items: 1, bytes: 1_000 });
        if (over || claim === null) return;
        const outcome = outcomes['not-sent'];
        await sender.settle(
          claim,
          claim.rows.map(({ row }) => ({ row, outcome })),
        );
      }
    };
    const plan = async (): Promise<void> => {
      const account = await planner.account({ vendor: 'v', name: `${round}`, aliases: [] });
      const other = await prepare(planner, [], {
        sealed: false,
        account,
        draft: { operation: `add ${round}` },
      });
      await soon(4);
      await planner.addRows(
        other.run,
        numbers.map((n, i) => person(i + 1, n)),
        never,
      );
      await planner.seal(other.run, source, []);
      await planner.claim(other.run, other.lock, { items: 3, bytes: 1_000 });
    };
    const work = [cycle(), cycle(), plan()];
    await soon(6);
    const crowd = Array.from({ length: 1_200 }, (_, i) => 1_000_000 + round * 1_200 + i);
    await blocker.block([...numbers, ...crowd].map((n) => ({ phone: phone(n), reason: 'Asked.' })));
    over = true;
    await Promise.all(work);
    const found = await ask(`select 1 from rows r join do_not_call d on d.phone = r.phone
      where r.state = 'sending' and d.phone in (${numbers.map((n) => `'${phone(n)}'`).join(', ')})
        and pg_xact_commit_timestamp(r.xmin) > pg_xact_commit_timestamp(d.xmin)`);
    late += found.length;
  }
  return late;
}

/**
 * The lock of a holder that is silent is taken over while it claims. Answers with how many rows it still began to send
 * after that.
 */
export async function takeOverRace({ open, ask }: Field, rounds: number): Promise<number> {
  const [first, second] = [await open(), await open()];
  let late = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { run, lock } = await prepare(
      first,
      Array.from({ length: 30 }, (_, i) => person(i + 1, round * 100 + i)),
    );
    const claim = async (): Promise<void> => {
      for (;;) {
        const claiming = await first.claim(run, lock, { items: 1, bytes: 1_000 }).catch(() => null);
        if (claiming === null || claiming.claim === null) return;
      }
    };
    const claims = [claim(), claim()];
    await soon(5);
    await ask(`update locks set heartbeat_at = 0 where name = '${lock.name}'`);
    const taken = await second.lock(lock.name, owner());
    await Promise.all(claims);
    const found = await ask(`select 1 from rows r, locks l
      where l.name = '${taken.name}' and r.owner = '${lock.owner.id}' and r.state = 'sending'
        and pg_xact_commit_timestamp(r.xmin) > pg_xact_commit_timestamp(l.xmin)`);
    late += found.length;
  }
  return late;
}

/** Several handles claim one run's rows at once. Answers with how many rows were claimed more than once. */
export async function claimRace(
  { open, ask }: Field,
  rounds: number,
  wrong: (ledger: Ledger) => Promise<Ledger> = (ledger) => Promise.resolve(ledger),
): Promise<number> {
  const handles: Ledger[] = [];
  for (let i = 0; i < 3; i += 1) handles.push(await wrong(await open()));
  let twice = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { run, lock } = await prepare(
      handles[0] as Ledger,
      Array.from({ length: 24 }, (_, i) => person(i + 1, round * 100 + i)),
    );
    const claimed: number[] = [];
    const work = async (handle: Ledger, items: number): Promise<void> => {
      for (;;) {
        const { claim } = await handle.claim(run, lock, { items, bytes: 1_000 });
        claimed.push(...(claim?.rows.map(({ row }) => row) ?? []));
        if (claim === null && (await handle.counts(run)).ready === 0) return;
      }
    };
    await Promise.all(handles.flatMap((handle) => [work(handle, 1), work(handle, 2)]));
    const attempts = await ask('select 1 from rows where attempt > 1');
    twice += Math.max(claimed.length - new Set(claimed).size, attempts.length);
  }
  return twice;
}

/** Two plans of one history are written at once, by two handles. Answers with how many people are in both. */
export async function planRace({ open, ask }: Field, rounds: number): Promise<number> {
  const [one, two] = [await open(), await open()];
  for (let round = 0; round < rounds; round += 1) {
    const numbers = Array.from({ length: 5 }, (_, i) => round * 10 + i);
    const a = await prepare(one, [], { sealed: false });
    const b = await prepare(two, [], { sealed: false, draft: { operation: 'add' } });
    const add = async (ledger: Ledger, run: string, order: number[]): Promise<void> => {
      for (const n of order) await ledger.addRows(run, [person(n + 1, n)], never);
      await ledger.seal(run, source, []);
    };
    await Promise.all([add(one, a.run, numbers), add(two, b.run, [...numbers].reverse())]);
  }
  const both = await ask(`select key from rows where state = 'ready' group by key having count(*) <> 1`);
  return both.length;
}
