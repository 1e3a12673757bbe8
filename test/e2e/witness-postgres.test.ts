import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WitnessStage } from '../contract/witness.js';
import { PostgresServer } from '../support/postgres.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await PostgresServer.start();
}, 60_000);

afterAll(() => server.close());

/** Makes and drops databases, which no transaction may do. */
async function alone(...statements: string[]): Promise<void> {
  const client = await server.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** Puts a database in the place of another one, which is lost. */
const restore = (from: string, to: string): Promise<void> =>
  alone(`drop database ${to} with (force)`, `create database ${to} template ${from}`);

describe('a ledger on a server', () => {
  it(
    'that was restored from a backup contacts nobody again, on whichever machine',
    { tags: ['long'], timeout: 120_000 },
    async () => {
      await alone('create database live');
      const [one, two] = [await WitnessStage.open(), await WitnessStage.open()];
      const ledger = ['--ledger', server.url('live')];
      // Both machines reach one vendor.
      await two.desk.write('.salesqrc', one.config());
      try {
        one.check('first', (await one.push('a', ...ledger)).code, 0);
        two.check('the other machine', (await two.push('a', ...ledger)).code, 0);
        await alone('create database backup template live');
        one.check('second', (await one.push('b', ...ledger)).code, 0);
        await restore('backup', 'live');
        one.refused('push with --ledger', await one.push('b', ...ledger), 10, 'ledger.older');
        // It knows less of the ledger, but the ledger itself knows now that it is older.
        two.refused('push with --ledger there', await two.push('b', ...ledger), 10, 'ledger.older');
        const adopt = ['ledger', 'adopt', '--yes', '--reason', 'the newest is lost', ...ledger];
        one.check('adopt', (await one.run(adopt)).code, 0);
        one.check('goes on', (await one.push('c', ...ledger)).code, 0);
        two.check('goes on there', (await two.push('c', ...ledger)).code, 0);
        await restore('backup', 'live');
        one.refused('restored again, with --ledger', await one.push('b', ...ledger), 10, 'ledger.other');
        await alone('drop database live with (force)', 'create database live');
        one.refused('an empty one, with --ledger', await one.push('a', ...ledger), 10, 'ledger.other');
        one.check('contacted', [one.contacted().length, one.twice()], [9, []]);
        expect([...one.faults, ...two.faults]).toEqual([]);
      } finally {
        await one.close();
        await two.close();
      }
    },
  );
});
