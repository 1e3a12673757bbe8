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

/** Pages that a source file names and that are not there, or have no such heading: `file: page`. */
function brokenCitations(file: string): string[] {
  const cited = readFileSync(file, 'utf8').matchAll(/\bdocs\/([a-z0-9-]+)\.md(?:#([\p{L}\p{N}_-]+))?/gu);
  return [...cited]
    .filter(([, name = '', anchor]) => {
      const page = path.join(repository, 'docs', `${name}.md`);
      return !existsSync(page) || (anchor !== undefined && !anchorsOfFile(page).has(anchor));
    })
    .map(([citation]) => `${path.relative(repository, file)}: ${citation}`);
}

describe('the pages of this repository', () => {
  it('link to files and headings that are there', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  it('have what the code cites of them', () => {
    const code = ['src', 'test'].flatMap((folder) =>
      filesUnder(path.join(repository, folder), ['.ts', '.mjs']),
    );
    expect(code.flatMap(brokenCitations)).toEqual([]);
  });
});
