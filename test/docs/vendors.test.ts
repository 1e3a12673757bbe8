import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.js';
import { anchorsOfFile, filesUnder, repository } from './markdown.js';

const pageOf = (id: string): string => path.join(repository, 'docs/vendors', `${id}.md`);

interface Citation {
  readonly at: string;
  readonly vendor: string;
  readonly anchor: string | null;
}

function citationsIn(file: string): Citation[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) =>
    [...line.matchAll(/docs\/vendors\/([a-z0-9-]+)\.md(?:#([\p{L}\p{N}_-]+))?/gu)].map(
      ([, vendor = '', anchor = null]) => ({
        at: `${path.relative(repository, file)}:${index + 1}`,
        vendor,
        anchor,
      }),
    ),
  );
}

const citing = ['src', 'test', 'docs'].flatMap((folder) =>
  filesUnder(path.join(repository, folder), ['.ts', '.mjs', '.md']),
);

describe('the pages about the vendors', () => {
  it('has one for every vendor in the registry', () => {
    expect(vendors.filter(({ id }) => !existsSync(pageOf(id))).map(({ id }) => id)).toEqual([]);
  });

  it.each(vendors)('names every command of $id', async ({ id, load }) => {
    const { operations, commands, webhook } = (await load()).default;
    const names = [...operations, ...commands].map((command) => `${id} ${command.id}`);
    if (webhook) names.push(`${id} listen`);
    const page = readFileSync(pageOf(id), 'utf8');
    expect(names.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  });

  it('are cited with anchors they have', () => {
    const wrong = citing.flatMap(citationsIn).filter(({ vendor, anchor }) => {
      if (!existsSync(pageOf(vendor))) return true;
      return anchor !== null && !anchorsOfFile(pageOf(vendor)).has(anchor);
    });
    expect(wrong).toEqual([]);
  });
});
