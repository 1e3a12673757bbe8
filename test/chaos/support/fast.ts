import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtUrl, programFile, rootFolder } from './dist.js';

/** How to start the program: `spawn(process.execPath, [...args, 'sales-q', …])`. */
export interface StartLine {
  readonly args: readonly string[];
  /** Whether this is the bundle, which starts in a third of the time. */
  readonly bundled: boolean;
}

/** The program as users start it. */
export const realProgram = (): StartLine => ({ args: [programFile()], bundled: false });

interface Bundler {
  rolldown(options: object): Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>;
}

/**
 * The built program in a few files, with compiled code beside them: a process that lives for a tenth of a second must
 * not spend a second on starting. The same modules in the same order, only loaded faster. Needs the bundler that comes
 * with vitest; without it the program starts as users start it. Made once for all parts where CHAOS_PROGRAM names a folder.
 */
export async function fastProgram(own: string): Promise<StartLine> {
  const shared = process.env['CHAOS_PROGRAM'];
  const folder = shared ?? own;
  const line = { args: ['--single-threaded', path.join(folder, 'fast-run.cjs')], bundled: true };
  if (existsSync(path.join(folder, 'fast-run.cjs'))) return line;
  const bundler = await import('rolldown').then(
    (module) => module as Bundler,
    () => null,
  );
  if (bundler === null) return realProgram();
  const dist = path.join(folder, 'dist');
  await mkdir(path.join(folder, 'code'), { recursive: true });
  const entry = path.join(fileURLToPath(builtUrl()), 'chaos-entry.mjs');
  const text = `import { main } from './main.js';\nmain(process).then((code) => { process.exitCode = code; });\n`;
  const bundle = await bundler.rolldown({
    input: 'chaos-entry',
    platform: 'node',
    logLevel: 'silent',
    external: [/^node:/, '@photostructure/sqlite', 'pg', 'typescript', 'fastify', 'inquirer'],
    plugins: [
      {
        name: 'chaos-entry',
        resolveId: (id: string) => (id === 'chaos-entry' ? entry : null),
        load: (id: string) => (id === entry ? text : null),
      },
    ],
  });
  await bundle.write({ dir: dist, format: 'cjs', entryFileNames: 'entry.js' });
  await bundle.close();
  await finish(folder, dist);
  return line;
}

async function finish(folder: string, dist: string): Promise<void> {
  for (const name of await readdir(dist)) {
    const file = path.join(dist, name);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/\bimport\(/g, '__importNow('));
  }
  await symlink(path.join(rootFolder, 'node_modules'), path.join(folder, 'node_modules'));
  const { version } = JSON.parse(await readFile(path.join(rootFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'salesq', version }));
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
