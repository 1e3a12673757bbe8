import { expect, it } from 'vitest';
import { run } from './secrets.part.js';
import { knownTellers } from './secrets/known.js';
import { reduced } from './support/reduced.js';

it('some commands with some faults tell no secret and nobody by name', async () => {
  const { failures, figures } = await run(reduced());
  expect(failures).toEqual([]);
  expect(figures['canaries']).toBeGreaterThanOrEqual(20);
  expect(figures['wrong tellers caught']).toBe(`${knownTellers.length} of ${knownTellers.length}`);
});
