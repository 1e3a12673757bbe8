import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Ledger, Lock, Owner, Run } from '../../src/core/ledger.js';
import { Secret } from '../../src/core/secret.js';
import type { Sender } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { openLedger } from '../../src/ledger/index.js';
import type { SendRequest } from '../../src/engine/send.js';
import { importLeads } from '../../src/vendors/sales-q/import.js';
import { fictitious } from '../support/leads.js';
import { number } from '../support/rows.js';
import { realClock } from '../support/sandboxed.js';

/** A sealed run of so many leads in a real ledger file, with the real Sales_Q sender: for tests of the engine. */
export interface RunUnderTest {
  readonly ledger: Ledger;
  readonly run: Run;
  readonly request: SendRequest;
  /** A second view of the same file, as another process would have it. */
  readonly other: Ledger;
  close(): Promise<void>;
}

const owner = (id: string): Owner => ({ id, host: 'test', pid: 1, started: '' });

const open = (file: string): Promise<Ledger> =>
  openLedger(file, { clock: realClock, host: 'test', processAlive: () => false });

export async function sealedRun(count: number, url: string, batch: number): Promise<RunUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'salesq-engine-'));
  const file = path.join(folder, 'ledger.db');
  const ledger = await open(file);
  const other = await open(file);
  const { lock, run } = await plan(ledger, count);
  const request: SendRequest = {
    ledger,
    lock,
    run,
    operation: importLeads,
    options: {},
    sender: await senderFor(url),
    clock: realClock,
    items: batch,
    bytes: 90_000,
    perSecond: 1_000,
    concurrency: 1,
    maxRows: null,
    maxErrors: null,
    closed: () => null,
    stopping: new AbortController().signal,
    lost: new AbortController().signal,
    onRows: () => undefined,
  };
  const close = async (): Promise<void> => {
    await other.close();
    await ledger.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { ledger, run, request, other, close };
}

const senderFor = (url: string): Promise<Sender> =>
  importLeads.open(
    {
      settings: {
        url,
        perSecond: null,
        concurrency: null,
        timeoutMs: 2_000,
        account: null,
        secrets: { token: new Secret('t') },
        values: {},
      },
      http: createHttp(),
      clock: realClock,
      signal: new AbortController().signal,
      warn: () => undefined,
    },
    {},
  );

async function plan(ledger: Ledger, count: number): Promise<{ lock: Lock; run: Run }> {
  const account = await ledger.account({ vendor: 'sales-q', name: 'test', aliases: [] });
  const lock = await ledger.lock('push test', owner('me'));
  const source = {
    name: 'x.csv',
    sha256: 'a'.repeat(64),
    bytes: 1,
    format: 'csv',
    encoding: 'utf-8',
    delimiter: ';',
  } as const;
  const id = await ledger.beginPlan(
    {
      account,
      profile: 'test',
      vendor: 'sales-q',
      operation: 'import',
      scope: 'chat',
      reaches: 'by-number',
      source,
      columns: ['Phone'],
      settings: {},
      settingsHash: 'b'.repeat(64),
    },
    lock,
  );
  const rows = Array.from({ length: count }, (_, index) => ({
    row: index + 1,
    state: 'ready' as const,
    code: null,
    reason: null,
    key: fictitious(index),
    phone: fictitious(index),
    ref: String(index).padStart(24, 'c'),
    payload: { Phone: number(fictitious(index)), mappingId: String(index).padStart(24, 'c') },
    bytes: 60,
    source: [fictitious(index)],
  }));
  await ledger.addRows(id, rows, { recontact: { mode: 'never', afterMs: 0 }, allowDuplicates: false });
  await ledger.seal(id, source, ['Phone']);
  const run = await ledger.run(id);
  if (!run) throw new Error('no run');
  return { lock, run };
}
