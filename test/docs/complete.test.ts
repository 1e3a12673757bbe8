import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Exit } from '../../src/core/errors.js';
import { rowStates } from '../../src/core/life.js';
import { vendors } from '../../src/vendors/index.js';
import { repository } from './markdown.js';

const page = (name: string): string => readFileSync(path.join(repository, 'docs', name), 'utf8');

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
