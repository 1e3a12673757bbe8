import { expect, it } from 'vitest';
import { run } from './malformed.part.js';
import { reduced } from './support/reduced.js';
import { wrongReaders } from './wrong/readers.js';

it('damaged inputs end with a documented exit, and nothing of a refused one is sent', async () => {
  const { failures, figures } = await run(reduced());
  expect(failures).toEqual([]);
  expect(figures['sends from refused files']).toBe(0);
  expect(figures['wrong readers caught']).toBe(`${wrongReaders.length} of ${wrongReaders.length}`);
});
