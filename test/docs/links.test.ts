import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOfFile, filesUnder, repository, withoutCode } from './markdown.js';

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((name) => path.join(repository, name)),
  ...filesUnder(path.join(repository, 'docs'), ['.md']),
  ...filesUnder(path.join(repository, 'test'), ['.md']),
  ...filesUnder(path.join(repository, 'fixtures'), ['.md']),
].filter(existsSync);

/** Links of a page that lead nowhere in this repository: `page: target`. */
function brokenLinks(page: string): string[] {
  const text = withoutCode(readFileSync(page, 'utf8'));
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/i.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const there = file === '' ? page : path.resolve(path.dirname(page), file);
      if (!existsSync(there)) return true;
      return anchor !== undefined && !anchorsOfFile(there).has(decodeURIComponent(anchor));
    })
    .map((target) => `${path.relative(repository, page)}: ${target}`);
}

describe('the pages of this repository', () => {
  it('link to files and headings that are there', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });
});
