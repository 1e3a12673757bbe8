// What the ledger costs a push: the same client with it and without, side by side.
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { lookUp, PhoneNumber } from '../../dist/core/number.js';
import { Secret } from '../../dist/core/secret.js';
import { createHttp } from '../../dist/http/client.js';
import { openLedger } from '../../dist/ledger/index.js';
import { sendRun } from '../../dist/engine/send.js';
import { importLeads } from '../../dist/vendors/sales-q/import.js';

const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const never = new AbortController().signal;

/** A vendor that takes everything and answers after so many ms. */
async function openVendor(answerMs) {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { leads } = JSON.parse(Buffer.concat(chunks).toString());
      const ids = leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` }));
      response.setHeader('content-type', 'application/json');
      const answer = () => response.end(JSON.stringify({ imported: true, ids }));
      if (answerMs > 0) setTimeout(answer, answerMs);
      else answer();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const context = {
    settings: {
      url: `http://127.0.0.1:${server.address().port}`,
      timeoutMs: 5_000,
      secrets: { token: new Secret('t') },
      values: {},
    },
    http: createHttp(),
    clock,
    signal: never,
    warn() {},
  };
  return { sender: await importLeads.open(context, {}), close: () => server.close() };
}

let people = 0;

/** So many leads nobody has planned before. */
function newRows(count) {
  return Array.from({ length: count }, (_, i) => {
    const digits = `49151${20_000_000 + people++}`;
    const ref = digits.padStart(24, '0');
    return {
      row: i + 1,
      state: 'ready',
      code: null,
      reason: null,
      key: `+${digits}`,
      phone: `+${digits}`,
      ref,
      payload: { Phone: new PhoneNumber(`+${digits}`, `+${digits}`, true), mappingId: ref },
      bytes: 70,
      source: [],
    };
  });
}

const source = {
  name: 'x',
  sha256: 'a'.repeat(64),
  bytes: 1,
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ';',
};

async function planRun(ledger, lock, account, rows) {
  const draft = {
    account,
    profile: 'bench',
    vendor: 'sales-q',
    operation: 'import',
    scope: 'chat',
    reaches: 'by-number',
    source,
    columns: [],
    settings: {},
    settingsHash: 'x',
  };
  const id = await ledger.beginPlan(draft, lock);
  for (let at = 0; at < rows.length; at += 1000)
    await ledger.addRows(id, rows.slice(at, at + 1000), {
      recontact: { mode: 'never', afterMs: 0 },
      allowDuplicates: false,
    });
  await ledger.seal(id, source, []);
  return ledger.run(id);
}

const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

/** The same workers without a ledger: take the next rows, send them. */
async function bare(sender, rows, items, concurrency) {
  let next = 0;
  const worker = async () => {
    while (next < rows.length) {
      const part = rows.slice(next, (next += items));
      await sender.send(part.map(({ row, ref, payload }) => ({ row, ref, payload: lookUp(payload) })));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** One setting, five times in turn with and without. */
async function compare({ ledger, lock, account }, { answerMs, concurrency, items, requests }) {
  const vendor = await openVendor(answerMs);
  const times = [];
  for (let turn = 0; turn < 6; turn += 1) {
    const run = await planRun(ledger, lock, account, newRows(requests * items));
    const with_ = await seconds(() =>
      sendRun({
        ledger,
        lock,
        lost: never,
        run,
        operation: importLeads,
        options: {},
        sender: vendor.sender,
        clock,
        items,
        bytes: 90_000,
        perSecond: Infinity,
        concurrency,
        maxRows: null,
        maxErrors: null,
        closed: () => null,
        stopping: never,
        onRows() {},
      }),
    );
    const without = await seconds(() => bare(vendor.sender, newRows(requests * items), items, concurrency));
    if (turn > 0) times.push([with_, without]);
  }
  vendor.close();
  return {
    ratio: median(times.map(([a, b]) => b / a)),
    costMs: median(times.map(([a, b]) => ((a - b) / requests) * 1000)),
    perSecond: requests / median(times.map(([a]) => a)),
  };
}

const settings = [
  [
    'a vendor that answers in 20 ms, one lead a request',
    { answerMs: 20, concurrency: 1, items: 1, requests: 100 },
  ],
  ['the same, 4 at a time', { answerMs: 20, concurrency: 4, items: 1, requests: 200 }],
  ['the same, 50 leads a request', { answerMs: 20, concurrency: 1, items: 50, requests: 60 }],
  [
    'no waiting at all (loopback), one lead a request',
    { answerMs: 0, concurrency: 1, items: 1, requests: 300 },
  ],
  ['the same, 4 at a time', { answerMs: 0, concurrency: 4, items: 1, requests: 400 }],
];

/** What one commit of one changed row costs on this disk, in ms: no ledger can be cheaper. */
function bareCommit(where) {
  const database = new DatabaseSync(where);
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec('create table t (a integer primary key, b integer)');
  database.exec('insert into t values (1, 0)');
  const update = database.prepare('update t set b = b + 1 where a = 1');
  const times = [];
  for (let turn = 0; turn < 300; turn += 1) {
    const start = performance.now();
    database.exec('begin immediate');
    update.run();
    database.exec('commit');
    times.push(performance.now() - start);
  }
  database.close();
  return median(times);
}

/** Prints push rates with the ledger as shares of the same client without, and what a request costs. */
export async function benchLedger({ folder, line, where = path.join(folder, 'push.db') }) {
  const commitMs = bareCommit(path.join(folder, 'bare.db'));
  line('ledger: a commit of bare SQLite on this disk', `${commitMs.toFixed(2)} ms; no request costs less`);
  const ledger = await openLedger(where, { clock, host: 'bench', processAlive: () => false });
  const account = await ledger.account({ vendor: 'sales-q', name: 'bench', aliases: [] });
  const lock = await ledger.lock('bench', { id: 'bench', host: 'bench', pid: 1, started: '' });
  for (const [what, setting] of settings) {
    const { ratio, costMs, perSecond } = await compare({ ledger, lock, account }, setting);
    line(
      `ledger: ${what}`,
      `${ratio.toFixed(2)} of the same client without; ${costMs.toFixed(2)} ms a request (${Math.round(perSecond)}/s)`,
    );
  }
  await ledger.close();
}
