import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { wrongAccounts } from '../contract/wrong/account-builds.js';
import { wrongGates } from '../contract/wrong/builds.js';
import { wrongExacts } from '../contract/wrong/exact-builds.js';
import { wrongWitnesses } from '../contract/wrong/witness-builds.js';
import { knownBad } from './known-bad.js';
import { wrongDays } from './operator/wrong-builds.js';
import { hunt } from './sim/hunt.js';
import { builtUrl } from './support/dist.js';
import { wrongBuilds } from './wrong/builds.js';

const tests = path.resolve(import.meta.dirname, '..');

/** Parts the wrong ones are made of. */
const helpers = ['ledger/wrong/instead.ts', 'engine/wrong/doubts-of.ts'];

describe('the list of known-bad clients', () => {
  it('has twenty of them and more, each with an idea of its own', () => {
    expect(knownBad.length).toBeGreaterThanOrEqual(20);
    expect(new Set(knownBad.map(({ id }) => id)).size).toBe(knownBad.length);
  });

  it('names files and tests that are there', async () => {
    for (const { file, caught } of knownBad) {
      await access(path.join(tests, file));
      if (caught.by !== 'test') continue;
      expect(await readFile(path.join(tests, '..', caught.file), 'utf8')).toContain(caught.title);
    }
  });

  it('has builds that still fit the built program', async () => {
    const edits = [
      ...wrongBuilds,
      ...wrongGates,
      ...wrongWitnesses,
      ...wrongExacts,
      ...wrongAccounts,
      ...wrongDays,
    ].flatMap((build) => build.edits.map((edit) => ({ build: build.name, ...edit })));
    const lost: string[] = [];
    for (const { build, file, from } of edits) {
      const text = await readFile(fileURLToPath(new URL(file, builtUrl())), 'utf8');
      if (!text.includes(from)) lost.push(`${build}: ${file}`);
    }
    expect(lost).toEqual([]);
  });

  it('stands in the documentation, each with its idea', async () => {
    const page = await readFile(path.join(tests, '../docs/known-bad.md'), 'utf8');
    expect(knownBad.filter(({ idea }) => !page.includes(`| ${idea} `)).map(({ id }) => id)).toEqual([]);
  });

  it('has every wrong client of the test folders', async () => {
    const all = await readdir(tests, { recursive: true });
    const wrong = all.filter((file) => /(^|\/)wrong\/[^/]+\.(ts|mjs)$/.test(file) && !helpers.includes(file));
    const listed = new Set(knownBad.map(({ file }) => file));
    expect(wrong.filter((file) => !listed.has(file))).toEqual([]);
  });
});

describe('a client that believes', () => {
  const simulated = knownBad.flatMap(({ idea, caught }) =>
    caught.by === 'simulation' ? [{ idea, ...caught }] : [],
  );
  it.each(simulated)('"$idea" is caught', async ({ client, plot, from, as }) => {
    const prey = await hunt(client, plot, from);
    expect(prey?.failures.filter((failure) => as.includes(failure))).not.toEqual([]);
  });
});
