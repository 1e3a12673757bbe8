// Speeds as ratios measured side by side in one run: `npm run bench [-- --rows 1000000]`. Needs a built program.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse';
import { createHttp } from '../../dist/http/index.js';
import { openLedger } from '../../dist/ledger/index.js';
import { sendRun } from '../../dist/pipeline/send.js';

const program = path.resolve(import.meta.dirname, '../../bin/salesq.js');
const rows = Number(process.argv[process.argv.indexOf('--rows') + 1]) || 200_000;
const folder = await mkdtemp(path.join(tmpdir(), 'salesq-bench-'));
const seconds = async (work) => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};
const line = (what, figure) => console.log(`${what.padEnd(58)} ${figure}`);

const file = path.join(folder, 'leads.csv');
const handle = await open(file, 'w');
await handle.write('Telefon;Vorname;Nachname;Ort;Stand\n');
for (let at = 0; at < rows; at += 10_000) {
  const part = Array.from(
    { length: Math.min(10_000, rows - at) },
    (_, i) => `+49171${1_000_000 + at + i};Eva${i % 977};Müller${i % 1013};Köln;neu\n`,
  );
  await handle.write(part.join(''));
}
await handle.close();

/** Runs the program; resolves with its exit code and its largest resident size in MB (Linux), sampled. */
function run(args, env = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, SALESQ_LEDGER: path.join(folder, 'ledger.db'), SALESQ_PROFILE: 'sandbox', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }, 100);
  return new Promise((resolve) =>
    child.on('close', (code) => (clearInterval(timer), resolve({ code, peak }))),
  );
}

console.log(`Node ${process.version}, ${rows.toLocaleString('en-US')} rows\n`);

const bare = await seconds(async () => {
  let count = 0;
  for await (const record of createReadStream(file).pipe(parse({ delimiter: ';' })))
    count += record.length > 0 ? 1 : 0;
  if (count !== rows + 1) throw new Error(`read ${count}`);
});
let dry;
const planned = await seconds(
  async () => (dry = await run(['sales-q', 'import', file, '--dry-run', '-q', '-o', 'json'])),
);
line('bare csv-parse loop', `${Math.round(rows / bare).toLocaleString('en-US')} rows/s`);
line(
  'dry run: read, decode, map, check phones, plan on disk',
  `${Math.round(rows / planned).toLocaleString('en-US')} rows/s (${(bare / planned).toFixed(2)} of the bare loop)`,
);
line('dry run: peak memory', `${Math.round(dry.peak)} MB`);

// The same sender, with the ledger and without: one lead a request, loopback.
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { leads } = JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ imported: true, ids: leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` })) }),
    );
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { importLeads } = await import('../../dist/vendors/sales-q/import.js');
const { Secret } = await import('../../dist/core/settings.js');
const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
const context = {
  settings: {
    url: `http://127.0.0.1:${server.address().port}`,
    timeoutMs: 5_000,
    secrets: { token: new Secret('t') },
    values: {},
  },
  http: createHttp(),
  clock,
  signal: new AbortController().signal,
  warn() {},
};
const sender = await importLeads.open(context, {});
const count = 600;
const planRows = (offset) =>
  Array.from({ length: count }, (_, i) => ({
    row: i + 1,
    state: 'ready',
    code: null,
    reason: null,
    key: `+49171${2_000_000 + offset + i}`,
    phone: `+49171${2_000_000 + offset + i}`,
    ref: String(offset + i).padStart(24, 'b'),
    payload: { Phone: `49171${2_000_000 + offset + i}`, mappingId: String(offset + i).padStart(24, 'b') },
    bytes: 70,
    source: [],
  }));
const ledger = await openLedger(path.join(folder, 'push.db'), {
  clock,
  host: 'bench',
  processAlive: () => false,
});
const account = await ledger.account({ vendor: 'sales-q', name: 'bench', aliases: [] });
const lock = await ledger.lock('bench', { id: 'bench', host: 'bench', pid: 1, started: '' });
const source = {
  name: 'x',
  sha256: 'a'.repeat(64),
  bytes: 1,
  format: 'csv',
  encoding: 'utf-8',
  delimiter: ';',
};
async function withLedger(offset) {
  const draft = {
    account,
    profile: 'bench',
    vendor: 'sales-q',
    operation: 'import',
    scope: 'chat',
    reachesPerson: true,
    source,
    columns: [],
    settings: {},
    settingsHash: 'x',
  };
  const id = await ledger.beginPlan(draft, lock);
  await ledger.addRows(id, planRows(offset), {
    recontact: { mode: 'never', afterMs: 0 },
    allowDuplicates: false,
  });
  await ledger.seal(id, source, []);
  const runOf = await ledger.run(id);
  return seconds(() =>
    sendRun({
      ledger,
      lock,
      run: runOf,
      operation: importLeads,
      options: {},
      sender,
      clock,
      items: 1,
      bytes: 90_000,
      perSecond: Infinity,
      concurrency: 1,
      maxRows: null,
      maxErrors: null,
      mayContact: () => true,
      stopping: new AbortController().signal,
      onRows() {},
    }),
  );
}
const without = (offset) =>
  seconds(async () => {
    for (const { row, ref, phone, payload } of planRows(offset))
      await sender.send([{ row, ref, phone, payload }]);
  });
await without(900_000);
const pairs = [];
for (let turn = 0; turn < 5; turn += 1)
  pairs.push([await withLedger(turn * count), await without(500_000 + turn * count)]);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const cost = median(pairs.map(([a, b]) => ((a - b) / count) * 1000));
const ratio = median(pairs.map(([a, b]) => b / a));
line(
  'push of single leads, with the ledger',
  `${Math.round(count / median(pairs.map(([a]) => a)))} requests/s (${ratio.toFixed(2)} of the same client without)`,
);
line('ledger, per request', `${cost.toFixed(2)} ms`);

const starts = [];
const startOf = (args) =>
  seconds(() => new Promise((resolve) => spawn(process.execPath, args).on('close', resolve)));
for (let turn = 0; turn < 5; turn += 1) {
  const node = await startOf(['-e', '0']);
  starts.push((await startOf([program, '--version'])) / node);
}
const start = median(starts);
line('start of the program (--version)', `${start.toFixed(2)} of node -e 0`);

await ledger.close();
server.close();
await rm(folder, { recursive: true, force: true });
