import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { fastProgram } from './support/fast.js';
import { buildWrong, runApart } from './support/apart.js';
import type { PartReport } from './support/part.js';
import { haveStrace } from './support/strace.js';
import { wrongBuilds } from './wrong/builds.js';

const seed = 1;
const strace = await haveStrace();
const reduced = (points: number | null, workers = 2) => ({
  seed,
  budget: { scale: 'reduced' as const, points, workers },
  replay: null,
});
const said = ({ failures }: PartReport): string[] => failures.map(({ what }) => what);

/** A small part of `npm run chaos`, on the built program. Without strace the kills come at random, and no power is cut. */
describe.concurrent('chaos, reduced', { timeout: 180_000 }, () => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'salesq-reduced-'));
    program = path.join(folder, 'program');
    if (strace) await fastProgram(program);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('random kill -9, gone on with each time: nobody twice, none lost', async ({ expect }) => {
    const report = await runApart('stop-and-go', reduced(null, 1));
    expect(said(report)).toEqual([]);
    expect(report.figures['kill -9']).toBeGreaterThanOrEqual(5);
  });

  it.runIf(strace)('kill -9 at calls that change something: nobody twice, none lost', async ({ expect }) => {
    const report = await runApart('kill', reduced(12, 1), { program });
    expect(said(report)).toEqual([]);
    expect(report.figures['kills']).toBeGreaterThanOrEqual(11);
  });

  it.runIf(strace)('power cuts: no request is forgotten', async ({ expect }) => {
    const report = await runApart('power-cut', reduced(30), { program });
    expect(said(report)).toEqual([]);
    expect(report.figures['cuts']).toBe(30);
  });

  it.runIf(strace)('power cuts show a ledger that does not wait for the disk', async ({ expect }) => {
    const [normal] = wrongBuilds;
    if (!normal) throw new Error('there is no wrong build');
    const dist = await buildWrong(normal, folder);
    const { failures } = await runApart(normal.part, reduced(30), { dist });
    expect(failures.map(({ what }) => what.split(':')[0])).toContain('forgotten');
  });
});
