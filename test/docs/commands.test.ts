import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.js';
import { commandPages } from './commands.js';
import { expectFile } from './generated.js';
import { repository } from './markdown.js';

const folder = path.join(repository, 'docs/commands');

it('docs/commands/ has a page for every command, as it is declared, and no other', async () => {
  mkdirSync(folder, { recursive: true });
  const pages = await commandPages(vendors);
  const style = await resolveConfig(path.join(folder, 'README.md'));
  for (const [name, text] of Object.entries(pages))
    expectFile(`docs/commands/${name}`, await format(text, { ...style, parser: 'markdown' }));
  expect(readdirSync(folder).sort()).toEqual(Object.keys(pages).sort());
});
