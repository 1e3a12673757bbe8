/** Builds with a wrong idea about data that passes through: the plays find each of them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWrong } from '../chaos/support/apart.js';
import { exactPlays, playExact } from './exact.js';
import { wrongExacts } from './wrong/exact-builds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-exact-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the plays of exact data', { tags: ['long'] }, () => {
  it.each(wrongExacts.map((wrong) => [wrong.name, wrong] as const))(
    'catch a build that %s',
    async (_name, wrong) => {
      const play = exactPlays.find(({ name }) => name === wrong.play);
      if (!play) throw new Error(`there is no play "${wrong.play}"`);
      const program = path.join(path.dirname(await buildWrong(wrong, folder)), 'bin/salesq.js');
      const faults = await playExact(play, program);
      expect(faults).not.toEqual([]);
      // A build that does not work proves nothing.
      expect(faults.filter((fault) => /^exit [126]:/.test(fault))).toEqual([]);
    },
    180_000,
  );
});
