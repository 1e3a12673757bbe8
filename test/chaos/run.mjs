// The chaos suite: `npm run chaos -- [--only kill,power-cut] [--seed N] [--points N] [--full] [--replay <id>]`.
import { fork } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    points: { type: 'string' },
    full: { type: 'boolean', default: false },
    replay: { type: 'string' },
    workers: { type: 'string', default: String(Math.min(8, availableParallelism())) },
  },
});
const whole = (name) => {
  const value = Number(flags[name]);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} wants a whole number`);
  return value;
};

const folder = new URL('.', import.meta.url);
const files = (await readdir(folder)).filter((name) => /\.part\.(ts|mjs)$/.test(name)).sort();
const nameOf = (file) => file.replace(/\.part\.\w+$/, '');
const wanted = flags.only?.split(',') ?? files.map(nameOf);
const unknown = wanted.filter((name) => !files.some((file) => nameOf(file) === name));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. There are: ${files.map(nameOf).join(', ')}`);
  process.exit(2);
}
if (flags.replay !== undefined && wanted.length !== 1) {
  console.error('--replay wants --only with the one part it is a case of');
  process.exit(2);
}

const request = {
  seed: whole('seed'),
  budget: {
    scale: flags.full ? 'full' : 'ci',
    points: flags.points === undefined ? null : whole('points'),
    workers: Math.max(1, whole('workers')),
  },
  replay: flags.replay ?? null,
};

function runPart(file) {
  const args = [fileURLToPath(new URL(file, folder))];
  const hook = new URL('support/typescript.mjs', folder).href;
  const child = fork(fileURLToPath(new URL('support/run-part.mjs', folder)), args, {
    execArgv: ['--import', hook, '--enable-source-maps'],
    env: { ...process.env, CHAOS_PROGRAM: path.join(shop, 'program') },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const failed = (what) => ({ name: nameOf(file), figures: {}, failures: [{ what, replay: '' }] });
  return new Promise((resolve) => {
    let report = null;
    child.on('message', (message) => {
      if (message.log !== undefined) console.error(`  ${message.log}`);
      if (message.report) report = message.report;
      if (message.error) report = failed(`the part itself failed: ${message.error}`);
    });
    child.on('close', (code, signal) => resolve(report ?? failed(`the part ended with ${signal ?? code}`)));
    child.send(request);
  });
}

const replayOf = ({ name }, { replay }) =>
  `npm run chaos -- --only ${name} --seed ${request.seed}${replay === '' ? '' : ` --replay '${replay}'`}`;
const figuresOf = ({ figures }) =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? value.toLocaleString('en-US') : value}`)
    .join(' · ');

const shop = await mkdtemp(path.join(tmpdir(), 'salesq-chaos-'));
const began = performance.now();
const sinceThen = (start) => Math.round((performance.now() - start) / 1000);
const reports = [];

async function tellOf(name) {
  const start = performance.now();
  console.error(`${name} …`);
  const report = await runPart(files.find((file) => nameOf(file) === name));
  const seconds = sinceThen(start);
  reports.push({ ...report, seconds });
  console.log(`${name}: ${figuresOf(report)} (${seconds} s)`);
  for (const failure of report.failures)
    console.log(`  FAILED ${failure.what}\n    ${replayOf(report, failure)}`);
}

/**
 * Parts in which programs mostly wait: for a disk that does not come back, a vendor, each other. They run one after the
 * other beside those that keep every core busy.
 */
const waiting = ['io-errors', 'stop-and-go', 'wrong-builds', 'webhooks', 'answers', 'together'];
const inTurn = async (names) => {
  for (const name of names) await tellOf(name);
};
await Promise.all([
  inTurn(waiting.filter((name) => wanted.includes(name))),
  inTurn(wanted.filter((name) => !waiting.includes(name))),
]);

await rm(shop, { recursive: true, force: true });

const width = Math.max(...reports.map(({ name }) => name.length), 4);
console.log(`\n${'part'.padEnd(width)}  failures  seconds  figures`);
for (const report of reports) {
  const cells = [String(report.failures.length).padStart(8), String(report.seconds).padStart(7)];
  console.log(`${report.name.padEnd(width)}  ${cells.join('  ')}  ${figuresOf(report)}`);
}
const failures = reports.reduce((sum, report) => sum + report.failures.length, 0);
console.log(
  `\n${failures === 0 ? 'no failure' : `${failures} failures`} (seed ${request.seed}, ${sinceThen(began)} s)`,
);
process.exitCode = failures === 0 ? 0 : 1;
