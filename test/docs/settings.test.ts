import { describe, it } from 'vitest';
import { vendors } from '../../src/vendors/index.js';
import { expectFile, expectTables } from './generated.js';
import { exampleFile, settingTables } from './settings.js';

const all = await Promise.all(vendors.map(async ({ load }) => (await load()).default));

describe('what is written about settings', () => {
  it('is, in docs/configuration.md, what their declarations say', () =>
    expectTables('docs/configuration.md', settingTables(all)));

  it('is, in .salesqrc.example, what their declarations say', () => {
    expectFile('.salesqrc.example', exampleFile(all));
  });
});
