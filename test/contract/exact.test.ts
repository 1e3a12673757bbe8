import { describe, expect, it } from 'vitest';
import { exactPlays, playExact } from './exact.js';

describe('what came in leaves again, digit for digit and key for key', () => {
  it.each(exactPlays.map((play) => [play.name, play] as const))('%s', async (_name, play) => {
    expect(await playExact(play)).toEqual([]);
  });
});
