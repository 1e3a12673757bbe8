import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.js';
import { repository } from './markdown.js';
import { exampleFile, settingTables } from './settings.js';

const all = await Promise.all(vendors.map(async ({ load }) => (await load()).default));

/** The file is as its declarations say; `UPDATE_DOCS=1` writes it. */
function expectFile(name: string, wanted: string): void {
  const file = path.join(repository, name);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, wanted);
  expect(readFileSync(file, 'utf8')).toBe(wanted);
}

describe('what is written about settings', () => {
  it('is, in docs/configuration.md, what their declarations say', async () => {
    let page = readFileSync(path.join(repository, 'docs/configuration.md'), 'utf8');
    for (const [name, table] of Object.entries(settingTables(all))) {
      const between = new RegExp(`(<!-- ${name} -->\\n\\n)[\\s\\S]*?(\\n\\n<!-- end -->)`);
      expect(page).toMatch(between);
      page = page.replace(between, (_all, start: string, end: string) => start + table + end);
    }
    const style = await resolveConfig(path.join(repository, 'docs/configuration.md'));
    expectFile('docs/configuration.md', await format(page, { ...style, parser: 'markdown' }));
  });

  it('is, in .salesqrc.example, what their declarations say', () => {
    expectFile('.salesqrc.example', exampleFile(all));
  });
});
