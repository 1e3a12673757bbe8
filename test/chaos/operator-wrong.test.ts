/** Builds with one wrong idea each that ordinary days show: the careless operator finds each of them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrongDays } from './operator/wrong-builds.js';
import { buildWrong, runApart } from './support/apart.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-days-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a careless operator', { tags: ['long'] }, () => {
  it.each(wrongDays.map((wrong) => [wrong.name, wrong] as const))(
    'finds a build that %s',
    async (_name, wrong) => {
      const dist = await buildWrong(wrong, folder);
      const budget = { scale: 'reduced', points: wrong.within, workers: 1 } as const;
      const { failures } = await runApart('operator', { seed: 1, budget, replay: null }, { dist });
      const kinds = failures.map(({ what }) => what.split(':')[0]);
      expect(wrong.caughtAs.filter((kind) => kinds.includes(kind))).not.toEqual([]);
    },
    600_000,
  );
});
