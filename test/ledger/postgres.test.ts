import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/core/ledger.js';
import type { Store } from '../../src/ledger/store.js';
import { ledgerContract } from '../contract/ledger.js';
import { person, prepare } from '../contract/ledger-bench.js';
import { PostgresServer } from '../support/postgres.js';
import { postgresBench } from './postgres-bench.js';
import { blockRace, claimRace, field, planRace, takeOverRace, type Field } from './postgres-races.js';
import { tempFolder } from './sqlite-bench.js';
import { claimsUnlocked } from './wrong/claims-unlocked.js';
import { unheld, ungated } from './wrong/ungated.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start({ trusting: true, settings: ['track_commit_timestamp=on'] });
});
afterAll(() => server.close());

ledgerContract('PostgreSQL', () => postgresBench(server), true);

async function on<T>(race: (on: Field) => Promise<T>, wrong?: (store: Store) => Store): Promise<T> {
  const ground = field(server, wrong);
  try {
    return await race(ground);
  } finally {
    await ground.close();
  }
}

interface Working {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  sent(): number;
}

function worker(...args: string[]): Working {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let sent = 0;
  createInterface({ input: child.stdout }).on('line', () => (sent += 1));
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  return { child, ended, sent: () => sent };
}

const until = async (holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + 20_000; !holds() && Date.now() < end;)
    await new Promise((done) => setTimeout(done, 2));
};

describe('what is done at once by several machines', () => {
  test('nobody begins to be contacted after the block is committed', async () => {
    expect(await on((ground) => blockRace(ground, 12))).toBe(0);
  });

  test('no row is claimed twice', async () => {
    expect(await on((ground) => claimRace(ground, 3))).toBe(0);
  });

  test('two processes finish one run together while one is killed and replaced', async () => {
    const ground = field(server);
    const folder = await tempFolder();
    const sent = join(folder.path, 'sent.txt');
    const ledger = await ground.open();
    const rows = Array.from({ length: 400 }, (_, i) => person(i + 1, i + 1));
    const { run } = await prepare(ledger, rows);
    const start = () => worker(server.url('postgres', `?schema=${ground.schema}`), run, sent);
    const [first, second] = [start(), start()];
    await until(() => first.sent() >= 5 && second.sent() >= 5);
    first.child.kill('SIGKILL');
    await first.ended;
    const third = start();
    expect(await Promise.all([second.ended, third.ended])).toEqual([0, 0]);
    const oracle = (await readFile(sent, 'utf8')).trim().split('\n').map(Number);
    const counts = await ledger.counts(run);
    await ground.close();
    await folder.remove();
    expect(new Set(oracle).size, 'a row left twice').toBe(oracle.length);
    expect(third.sent(), 'the replacement had nothing to do').toBeGreaterThan(0);
    expect(counts.delivered + counts['in-doubt']).toBe(400);
    expect(counts['in-doubt']).toBeLessThanOrEqual(1);
  });

  test('nobody is in two plans', async () => {
    expect(await on((ground) => planRace(ground, 4))).toBe(0);
  });

  test('who lost its lock claims nothing more', async () => {
    expect(await on((ground) => takeOverRace(ground, 12))).toBe(0);
  });
});

describe('the races bite: a ledger that is wrong in just one way is caught', () => {
  test('it blocks without the gates', async () => {
    let late = 0;
    for (let tries = 0; late === 0 && tries < 8; tries += 1)
      // Without its gates the block may also be overtaken until it gives up: that try shows nothing.
      late += await on((ground) => blockRace(ground, 12), ungated).catch(() => 0);
    expect(late).toBeGreaterThan(0);
  });

  test('it takes locks over without keeping them still', async () => {
    let late = 0;
    for (let tries = 0; late === 0 && tries < 8; tries += 1)
      late += await on((ground) => takeOverRace(ground, 6), unheld);
    expect(late).toBeGreaterThan(0);
  });

  test('it claims without locking the rows', async () => {
    const wrong = (ground: Field) => async (ledger: Ledger) => {
      const client = await server.connect();
      await client.query(`set search_path to ${ground.schema}`);
      clients.push(client);
      return claimsUnlocked(ledger, client);
    };
    const clients: { end(): Promise<void> }[] = [];
    expect(await on((ground) => claimRace(ground, 1, wrong(ground)))).toBeGreaterThan(0);
    for (const client of clients) await client.end();
  });
});
