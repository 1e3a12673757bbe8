import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');

const files = [
  /^package(?:-lock)?\.json$/,
  /^tsconfig(?:\.[a-z]+)?\.json$/,
  /^[a-z]+\.config\.[jt]s$/,
  /^(?:LICENSE|README\.md|CHANGELOG\.md|CONTRIBUTING\.md)$/,
  /^\.(?:gitignore|gitattributes|npmrc|salesqrc\.example)$/,
  /^\.prettier(?:ignore|rc\.json)$/,
];
const folders = ['.ci', 'bin', 'docs', 'fixtures', 'scripts', 'src', 'test'];

/** Made by npm, by the build and by git; `.gitignore` names all but the last. */
const made = ['node_modules', 'dist', 'coverage', '.git'];

/** The first part of every tracked path; where git does not know this folder (an archive), what lies in it. */
function rootEntries(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    const names = new Set(listed.split('\0').map((name) => name.split('/')[0] ?? ''));
    if (names.has('package.json')) return [...names].filter(Boolean);
  } catch {
    // No git here.
  }
  return readdirSync(root).filter((name) => !made.includes(name));
}

it('the root holds what belongs there and no output of a run', () => {
  const strangers = rootEntries().filter(
    (name) => !folders.includes(name) && !files.some((pattern) => pattern.test(name)),
  );
  expect(strangers).toEqual([]);
});
