import { afterAll, beforeAll } from 'vitest';
import { ledgerContract } from '../contract/ledger.js';
import { PostgresServer } from '../support/postgres.js';
import { postgresBench } from './postgres-bench.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.close());

ledgerContract('PostgreSQL', () => postgresBench(server));
