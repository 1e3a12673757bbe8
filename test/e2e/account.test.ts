import { describe, expect, it } from 'vitest';
import { allPlays, playAccount } from '../contract/account.js';

/** Plays that wait for much, kept for the long suite. */
const slow = new Set([
  'an account that is made one while it is sent',
  'what stops somebody, and another vendor',
  'a clock that is two years ahead',
  'a clock that was ahead, and recontact after 90 days',
  'a clock that is set back while rows are sent',
]);

describe('nobody is contacted twice because of', () => {
  const isSlow = ({ name }: (typeof allPlays)[number]): boolean => slow.has(name);
  const named = (plays: typeof allPlays) => plays.map((play) => [play.name, play] as const);
  it.each(named(allPlays.filter((play) => !isSlow(play))))('%s', async (_name, play) => {
    expect(await playAccount(play)).toEqual([]);
  });
  it.for(named(allPlays.filter(isSlow)))('%s', { tags: ['long'] }, async ([, play]) => {
    expect(await playAccount(play)).toEqual([]);
  });
});
