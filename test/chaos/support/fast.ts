import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtUrl, programFile, rootFolder } from './dist.js';

/** How to start the program: `spawn(process.execPath, [...args, 'sales-q', …])`. */
export interface StartLine {
  readonly args: readonly string[];
  /** Whether compiled code lies beside it: it starts in half the time. */
  readonly bundled: boolean;
}

/** The program as users start it. */
export const realProgram = (): StartLine => ({ args: [programFile()], bundled: false });

/**
 * The built program with compiled code beside it: a process that lives for a tenth of a second must not spend half a
 * second on starting. The same files in the same order, only loaded faster. Made once for all parts where
 * CHAOS_PROGRAM names a folder.
 */
export async function fastProgram(own: string): Promise<StartLine> {
  const folder = process.env['CHAOS_PROGRAM'] ?? own;
  const line = { args: ['--single-threaded', path.join(folder, 'fast-run.cjs')], bundled: true };
  if (existsSync(path.join(folder, 'fast-run.cjs'))) return line;
  // Made apart and then named: parts that run at once may both make it, and the first one counts.
  await mkdir(path.dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  await makeFast(made);
  await rename(made, folder).catch(async () => rm(made, { recursive: true, force: true }));
  return line;
}

async function makeFast(folder: string): Promise<void> {
  const from = fileURLToPath(new URL('program/', builtUrl()));
  const to = path.join(folder, 'dist');
  await mkdir(path.join(folder, 'code'));
  await mkdir(to);
  for (const name of await readdir(from)) {
    const text = await readFile(path.join(from, name), 'utf8');
    await writeFile(path.join(to, name), text.replace(/\bimport\(/g, '__importNow('));
  }
  await symlink(path.join(rootFolder, 'node_modules'), path.join(folder, 'node_modules'));
  await copyFile(path.join(rootFolder, 'package.json'), path.join(folder, 'package.json'));
  await copyFile(new URL('fast-run.cjs', import.meta.url), path.join(folder, 'fast-run.cjs'));
}

/** Runs it once and keeps what V8 compiled, for every start after. */
export async function learn(
  line: StartLine,
  args: readonly string[],
  place: { cwd: string; env: object },
): Promise<void> {
  if (!line.bundled) return;
  const child = spawn(process.execPath, [...line.args, ...args], {
    cwd: place.cwd,
    env: { ...(place.env as NodeJS.ProcessEnv), CHAOS_LEARN: '1' },
    stdio: 'ignore',
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
