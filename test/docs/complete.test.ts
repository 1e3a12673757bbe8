import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Exit } from '../../src/core/errors.js';
import { rowStates } from '../../src/core/life.js';
import { vendors } from '../../src/vendors/index.js';
import { filesUnder, repository } from './markdown.js';

const page = (name: string): string => readFileSync(path.join(repository, 'docs', name), 'utf8');

describe('the pages', () => {
  it('are these, and no others beside those of vendors and commands', () => {
    const pages = filesUnder(path.join(repository, 'docs'), ['.md']).map((file) =>
      path.relative(path.join(repository, 'docs'), file).split(path.sep).join('/'),
    );
    expect(pages.filter((page) => !/^(?:vendors|commands)\//.test(page)).sort()).toEqual([
      'architecture.md',
      'configuration.md',
      'delivery.md',
      'files.md',
      'known-bad.md',
      'ledger.md',
      'output.md',
      'rehearsal.md',
      'safety.md',
    ]);
    const ofVendors = pages.filter((page) => page.startsWith('vendors/')).sort();
    expect(ofVendors).toEqual(vendors.map(({ id }) => `vendors/${id}.md`).sort());
  });
});

describe('pages that list everything', () => {
  it('output.md has every state and every exit code', () => {
    const text = page('output.md');
    expect(rowStates.filter((state) => !text.includes(`| \`${state}\``))).toEqual([]);
    const codes = [...text.matchAll(/^\| ([\d, ]+?) +\|/gm)].flatMap(([, cell = '']) => cell.split(', '));
    expect(codes.sort()).toEqual(Object.values(Exit).map(String).sort());
  });

  it.each(vendors)('configuration.md has every setting of $id', async ({ load }) => {
    const { settings } = (await load()).default;
    const text = page('configuration.md');
    expect(Object.keys(settings).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('architecture.md says why each dependency is there, and of no other', () => {
    const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
      readonly dependencies: object;
      readonly devDependencies: object;
    };
    const [, listed = ''] = page('architecture.md').split('## Dependencies');
    const named = [...listed.matchAll(/^\| (`.*?`) +\|/gm)].flatMap(([, cell = '']) =>
      cell.split(', ').map((name) => name.replaceAll('`', '')),
    );
    const installed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
    expect(named.sort()).toEqual(installed.sort());
  });
});
