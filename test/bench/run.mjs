// Speeds as ratios measured side by side in one run: `npm run bench [-- --rows 1000000]`. Needs a built program.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse';
import { benchLedger } from './ledger.mjs';

const program = path.resolve(import.meta.dirname, '../../bin/salesq.js');
const rows = Number(process.argv[process.argv.indexOf('--rows') + 1]) || 200_000;
const folder = await mkdtemp(path.join(tmpdir(), 'salesq-bench-'));
const seconds = async (work) => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
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
    env: {
      ...process.env,
      XDG_STATE_HOME: folder,
      SALESQ_WITNESS: `${folder}/witness.json`,
      SALESQ_PROFILE: 'sandbox',
      ...env,
    },
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

await benchLedger({ folder, line });

const starts = [];
const startOf = (args) =>
  seconds(() => new Promise((resolve) => spawn(process.execPath, args).on('close', resolve)));
for (let turn = 0; turn < 5; turn += 1) {
  const node = await startOf(['-e', '0']);
  starts.push((await startOf([program, '--version'])) / node);
}
const start = median(starts);
line('start of the program (--version)', `${start.toFixed(2)} of node -e 0`);

await rm(folder, { recursive: true, force: true });
