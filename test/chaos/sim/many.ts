import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PartFailure, PartReport, PartRequest } from '../support/part.js';
import { SharedDatabase } from './database.js';
import { plots, type PlotName } from './plot.js';
import { tell } from './seed.js';

/** What a batch of seeds came to. */
export interface Batch {
  readonly plot: PlotName;
  readonly count: number;
  readonly contacts: number;
  readonly steps: number;
  readonly failures: readonly { readonly seed: number; readonly what: string }[];
}

/** Seeds of one plot. */
export interface Task {
  readonly plot: PlotName;
  readonly from: number;
  readonly count: number;
}

const batchSize = 250;

/** Tells many stories in several processes. */
export async function tellMany(
  tasks: readonly Task[],
  workers: number,
  done: (batch: Batch) => void,
): Promise<void> {
  const batches = tasks.flatMap(({ plot, from, count }) =>
    Array.from({ length: Math.ceil(count / batchSize) }, (_, n) => ({
      plot,
      from: from + n * batchSize,
      count: Math.min(batchSize, count - n * batchSize),
    })),
  );
  await Promise.all(Array.from({ length: workers }, () => oneWorker(batches, done)));
}

/** Takes batches until none is left. */
async function oneWorker(batches: Task[], done: (batch: Batch) => void): Promise<void> {
  const worker = fork(fileURLToPath(new URL('worker.mjs', import.meta.url)));
  try {
    await answer(worker);
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      worker.send(batch);
      done((await answer(worker)) as Batch);
    }
  } finally {
    if (worker.connected) worker.disconnect();
  }
}

const answer = (worker: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`a worker ended with ${String(code)}`));
    worker.once('exit', gone);
    worker.once('message', (message) => {
      worker.off('exit', gone);
      resolve(message);
    });
  });

/** Failures worth showing: a broken promise breaks often. */
const most = 20;

/** Runs seeds of some plots as a part of the chaos suite; replays one, with its trace. */
export async function asPart(
  name: string,
  request: PartRequest,
  shares: readonly { readonly plot: PlotName; readonly count: number }[],
): Promise<PartReport> {
  const { seed, budget, replay } = request;
  const log = (line: string): void => request.log(line);
  if (replay !== null || budget.points === 1)
    return replayed(name, replay ?? `${shares[0]?.plot ?? ''}:${seed}`, log);
  const sum = shares.reduce((all, { count }) => all + count, 0);
  const scale = budget.points === null ? 1 : budget.points / sum;
  const tasks = shares.map(({ plot, count }) => ({ plot, from: seed, count: Math.ceil(count * scale) }));
  const told = new Map<PlotName, number>();
  const failures: PartFailure[] = [];
  const sums = { seeds: 0, contacts: 0, steps: 0, broken: 0 };
  const began = performance.now();
  await tellMany(tasks, budget.workers, (batch) => {
    told.set(batch.plot, (told.get(batch.plot) ?? 0) + batch.count);
    sums.seeds += batch.count;
    sums.contacts += batch.contacts;
    sums.steps += batch.steps;
    sums.broken += new Set(batch.failures.map(({ seed: broken }) => broken)).size;
    for (const { seed: broken, what } of batch.failures) {
      if (failures.length >= most) break;
      failures.push({ what, replay: `${batch.plot}:${broken}` });
      log(`broken: ${batch.plot}:${broken}`);
    }
    if (sums.seeds % 10_000 < batch.count) log(`${sums.seeds} seeds, ${sums.broken} broken`);
  });
  const each = ((performance.now() - began) * budget.workers) / Math.max(1, sums.seeds);
  const counts = shares.length > 1 ? Object.fromEntries(told) : {};
  const { seeds, contacts, steps, broken } = sums;
  return {
    name,
    figures: { seeds, ...counts, contacts, steps, broken, 'ms each': each.toFixed(1) },
    failures,
  };
}

/** One seed again, step by step. */
async function replayed(name: string, id: string, log: (line: string) => void): Promise<PartReport> {
  const [plot = '', seed = ''] = id.split(':');
  const known = Object.keys(plots) as PlotName[];
  const chosen = known.find((one) => one === plot);
  if (!chosen || !/^\d+$/.test(seed))
    throw new Error(`no case ${id}: <plot>:<seed>, with a plot of ${known.join(', ')}`);
  const database = await SharedDatabase.open();
  try {
    const { trace, failures, contacts, steps } = await tell(database, Number(seed), plots[chosen], {}, true);
    for (const line of trace) log(line);
    return {
      name,
      figures: { seeds: 1, contacts, steps, broken: failures.length > 0 ? 1 : 0 },
      failures: failures.map((what) => ({ what, replay: id })),
    };
  } finally {
    await database.close();
  }
}
