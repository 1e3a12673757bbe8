import { expect, it } from 'vitest';
import { reduced } from './support/reduced.js';
import { run } from './answers.part.js';
import { known } from './wrong/answers.js';

it('every answer of its own of every endpoint, and some of the others, come to what is declared', async () => {
  const { failures, figures } = await run(reduced());
  expect(failures).toEqual([]);
  expect(figures['wrong clients caught']).toBe(`${known.length} of ${known.length}`);
  expect(figures['cases']).toBeGreaterThanOrEqual(640);
});
