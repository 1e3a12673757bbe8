import { describe, expect, it } from 'vitest';
import { playWitness, witnessPlays } from '../contract/witness.js';

describe('nobody is contacted again because of', () => {
  it.each(witnessPlays.map((play) => [play.name, play] as const))('%s', async (_name, play) => {
    expect(await playWitness(play)).toEqual([]);
  });
});
