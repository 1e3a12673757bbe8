/** Builds with a wrong idea about ledgers that are missing, older or doubled: the plays find each of them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWrong } from '../chaos/support/apart.js';
import { playWitness, witnessPlays } from './witness.js';
import { wrongWitnesses } from './wrong/witness-builds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-witness-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the plays of a lost ledger', { tags: ['long'] }, () => {
  it.each(wrongWitnesses.map((wrong) => [wrong.name, wrong] as const))(
    'catch a build that %s',
    async (_name, wrong) => {
      const play = witnessPlays.find(({ name }) => name === wrong.play);
      if (!play) throw new Error(`there is no play "${wrong.play}"`);
      const program = path.join(path.dirname(await buildWrong(wrong, folder)), 'bin/salesq.js');
      expect(await playWitness(play, program)).not.toEqual([]);
    },
    180_000,
  );
});
