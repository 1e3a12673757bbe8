import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';

/** True where the golden files are to be written anew instead of compared: `UPDATE_GOLDEN=1`. */
const updating = process.env['UPDATE_GOLDEN'] === '1';

/**
 * Compares a text with the committed file, or writes the file when `UPDATE_GOLDEN=1` says so. With `expect.soft` as
 * `check` a test that compares several files names every one that differs.
 */
export async function compareWithGolden(
  file: string,
  text: string,
  check: (actual: unknown, message?: string) => { toBe(expected: unknown): void } = expect,
): Promise<void> {
  if (updating) {
    await mkdir(path.dirname(file), { recursive: true });
    return writeFile(file, text);
  }
  const committed = await readFile(file, 'utf8').catch(() => null);
  if (committed === null) throw new Error(`${file} is missing: record it with UPDATE_GOLDEN=1`);
  check(text, `${path.basename(file)}: a change that is meant is recorded with UPDATE_GOLDEN=1`).toBe(
    committed,
  );
}

/** Replaces each text that matches by a name and a number: the same text always by the same number. */
export function numbered(pattern: RegExp, name: string, keep: ReadonlySet<string> = new Set()) {
  const known = new Map<string, number>();
  return (text: string): string =>
    text.replace(pattern, (found) => {
      if (keep.has(found)) return found;
      const number = known.get(found) ?? known.size + 1;
      known.set(found, number);
      return `<${name} ${number}>`;
    });
}

/** One `salesq …` command line as it would be typed, for the heading of a recording. */
export const commandLine = (args: readonly string[]): string =>
  ['salesq', ...args.map((arg) => (/^[\w.,:/@%+=<>-]+$/u.test(arg) ? arg : `'${arg}'`))].join(' ');
