import { fork } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from '../../../scripts/bundle.mjs';
import type { WrongBuild } from '../wrong/builds.js';
import { builtUrl, rootFolder } from './dist.js';
import type { PartReport, PartRequest } from './part.js';

/** Runs a part in a process of its own, on another build where `dist` is given, with the bundle in `program`. */
export async function runApart(
  part: string,
  request: Omit<PartRequest, 'log'>,
  { dist, program }: { readonly dist?: string; readonly program?: string } = {},
): Promise<PartReport> {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const { CHAOS_PROGRAM: _, ...env } = process.env;
  if (dist !== undefined) env['CHAOS_DIST'] = pathToFileURL(`${dist}/`).href;
  if (program !== undefined) env['CHAOS_PROGRAM'] = program;
  const child = fork(here('run-part.mjs'), [here(`../${part}.part.ts`)], {
    execArgv: ['--import', new URL('typescript.mjs', import.meta.url).href],
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.on('message', (message: { report?: PartReport; error?: string }) => {
      if (message.report) resolve(message.report);
      if (message.error !== undefined) reject(new Error(message.error));
    });
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`${part} ended with ${code}`)));
    child.send(request);
  });
}

/** A build that differs from the one of the repository. */
export interface ChangedBuild extends Pick<WrongBuild, 'name' | 'edits'> {
  /** Files it has besides, by their path in dist/. */
  readonly adds?: Readonly<Record<string, string>>;
}

/** A copy of the build with its changes; returns its dist/. */
export async function buildWrong(build: ChangedBuild, folder: string): Promise<string> {
  const dist = path.join(folder, build.name, 'dist');
  await mkdir(path.dirname(dist), { recursive: true });
  await cp(fileURLToPath(builtUrl()), dist, { recursive: true });
  for (const name of ['bin', 'package.json'])
    await cp(path.join(rootFolder, name), path.join(folder, build.name, name), { recursive: true });
  await symlink(path.join(rootFolder, 'node_modules'), path.join(folder, build.name, 'node_modules'));
  for (const [file, text] of Object.entries(build.adds ?? {})) {
    await mkdir(path.dirname(path.join(dist, file)), { recursive: true });
    await writeFile(path.join(dist, file), text);
  }
  for (const { file, from, to, append } of build.edits) {
    const at = path.join(dist, file);
    const text = await readFile(at, 'utf8');
    if (!text.includes(from)) throw new Error(`${build.name} does not fit ${file} any more`);
    await writeFile(at, `${text.replace(from, () => to)}${append ? `\n${await append()}` : ''}`);
  }
  await bundle({ from: dist, to: path.join(dist, 'program') });
  return dist;
}
