/** Builds with a wrong idea about which account or what time it is: the plays find each of them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWrong } from '../chaos/support/apart.js';
import { allPlays, playAccount } from './account.js';
import { wrongAccounts } from './wrong/account-builds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-account-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the plays of accounts and clocks', { tags: ['long'] }, () => {
  it.each(wrongAccounts.map((wrong) => [wrong.name, wrong] as const))(
    'find out a build that %s',
    async (_name, wrong) => {
      const play = allPlays.find(({ name }) => name === wrong.play);
      if (!play) throw new Error(`there is no play "${wrong.play}"`);
      const program = path.join(path.dirname(await buildWrong(wrong, folder)), 'bin/salesq.js');
      expect(await playAccount(play, program)).not.toEqual([]);
    },
    180_000,
  );
});
