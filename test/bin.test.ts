import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finished } from './support/program.js';
import { finished, program } from './support/program.js';

const root = path.dirname(path.dirname(program));
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-bin-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (args: readonly string[], stdout: number | 'pipe' = 'pipe'): Promise<Finished> =>
  finished(
    spawn(process.execPath, args, {
      cwd: folder,
      env: { HOME: folder, SALESQ_LEDGER: path.join(folder, 'ledger.db') },
      stdio: ['ignore', stdout, 'pipe'],
    }),
  );

/** The package as it is before its first build; returns its program. */
async function unbuilt(): Promise<string> {
  await cp(path.join(root, 'bin'), path.join(folder, 'bin'), { recursive: true });
  await cp(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  return path.join(folder, 'bin', 'salesq.js');
}

describe('the version', () => {
  it.each(['--version', '-V'])('%s alone is answered without the rest of the program', async (flag) => {
    const answer = { code: 0, stdout: `${version}\n`, stderr: '' };
    expect(await run([await unbuilt(), flag])).toMatchObject(answer);
    expect(await run([program, flag])).toMatchObject(answer);
  });

  it('is the same among other flags', async () => {
    const answer = { code: 0, stdout: `${version}\n`, stderr: '' };
    expect(await run([program, '--quiet', '--version'])).toMatchObject(answer);
  });

  it.skipIf(!existsSync('/dev/full'))('that cannot be written is a failure in words', async () => {
    const full = await open('/dev/full', 'w');
    try {
      const { code, stderr } = await run([program, '--version'], full.fd);
      expect(code).toBe(5);
      expect(stderr).toContain('error: Output could not be written');
    } finally {
      await full.close();
    }
  });
});

it('says in one line that the build is missing', async () => {
  const { code, stdout, stderr } = await run([await unbuilt(), 'runs', 'list']);
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
  expect(stderr).toBe('error: salesq is not built yet: run npm ci in its folder.\n');
});

describe('warnings of Node', () => {
  it('about its own SQLite are left out, all others are shown', async () => {
    const warn = path.join(folder, 'warn.cjs');
    await writeFile(
      warn,
      `setImmediate(() => {
        process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
        process.emitWarning('Glass is an experimental feature', 'ExperimentalWarning');
        process.emitWarning('Something is old', 'DeprecationWarning', 'DEP0999');
        process.emitWarning(new Error('Something leaks'));
      });`,
    );
    const { code, stderr } = await run(['--require', warn, program, '--help']);
    expect(code).toBe(0);
    expect(stderr).toContain('ExperimentalWarning: Glass is');
    expect(stderr).toContain('[DEP0999] DeprecationWarning: Something is old');
    expect(stderr).toContain('Error: Something leaks');
    expect(stderr).not.toContain('SQLite');
  });

  it('do not reach a command that opens a ledger', async () => {
    const { code, stderr } = await run([program, 'dnc', 'add', '+491713920001', '--reason', 'asked']);
    const told = `A new ledger is made: ${path.join(folder, 'ledger.db')}\n`;
    expect({ code, stderr }).toEqual({ code: 0, stderr: told });
  });
});
