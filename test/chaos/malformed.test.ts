import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Stage } from './malformed/world.js';
import { run } from './malformed.part.js';
import { reduced } from './support/reduced.js';
import { wrongReaders } from './wrong/readers.js';

it('damaged inputs end with a documented exit, and nothing of a refused one is sent', async () => {
  const { failures, figures } = await run(reduced());
  expect(failures).toEqual([]);
  expect(figures['sends from refused files']).toBe(0);
  expect(figures['wrong readers caught']).toBe(`${wrongReaders.length} of ${wrongReaders.length}`);
});

it.each(['x', '1e9', '*'])('a results file named %s lies in the folder of its case', async (name) => {
  const stage = await Stage.open();
  try {
    const { stdout } = await stage.play({
      id: 'flags:0',
      what: 'results',
      args: ['sales-q', 'import', 'leads.csv', '--dry-run', '--results', name],
      files: [{ name: 'leads.csv', content: Buffer.from('Telefon\n+491713920001\n') }],
      leads: null,
      named: [],
    });
    expect(JSON.parse(stdout)).toMatchObject({ results: name });
    expect(existsSync(name)).toBe(false);
  } finally {
    await stage.close();
  }
});
