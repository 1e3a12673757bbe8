import { describe, expect, it } from 'vitest';
import { allPlays, playAccount } from '../contract/account.js';

describe('nobody is contacted twice because of', () => {
  it.each(allPlays.map((play) => [play.name, play] as const))('%s', async (_name, play) => {
    expect(await playAccount(play)).toEqual([]);
  });
});
