import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { seeded } from '../../src/core/twin.js';
import { cuts, Disk } from '../chaos/support/disk.js';
import { readRecording, recorded } from '../chaos/support/recording.js';
import { start, type Ended } from '../chaos/support/start.js';
import { straceArgs } from '../chaos/support/strace.js';

export interface Request {
  readonly path: string;
  readonly size: number;
  readonly pieces?: number;
  /** Stops for ever before the end. */
  readonly hang?: boolean;
  /** Somebody else writes this to the same path before the end. */
  readonly meanwhile?: string;
  readonly replace?: boolean;
  readonly mode?: 'private' | 'keep';
  /** Writes one piece of a growing file there instead. */
  readonly at?: number;
}

/** The program's own module, built. */
export const right = pathToFileURL(path.resolve('dist/files.js')).href;
export const wrong = (name: string): string =>
  pathToFileURL(path.join(import.meta.dirname, 'wrong', `${name}.mjs`)).href;

/** The command line of a process that writes one file. */
export const writer = (request: Request, module = right): string[] => [
  process.execPath,
  path.join(import.meta.dirname, 'child.mjs'),
  module,
  JSON.stringify(request),
];

/** One thread does all work on files, so that a tracer counts all of it. */
export const place = (folder: string): { cwd: string; env: Record<string, string> } => ({
  cwd: folder,
  env: { PATH: process.env['PATH'] ?? '', UV_THREADPOOL_SIZE: '1' },
});

/** What the process said about its write. */
export const toldBy = ({ stdout }: Ended): Record<string, unknown> =>
  JSON.parse(stdout.trim() || '{}') as Record<string, unknown>;

/** Writes a file while strace strikes: `fsync` with `error=EIO` at the first, say. */
export function struck(
  folder: string,
  request: Request,
  call: string,
  what: string,
  when = 1,
): Promise<Ended> {
  const blow = { what, name: call, when: String(when) };
  const args = straceArgs({ log: '/dev/null', calls: [call], blow });
  return start('strace', [...args, ...writer(request)], place(folder)).ended;
}

const before = 'o'.repeat(3_000);
const after = 'n'.repeat(5_000);

/**
 * Records a write of `state.json` and lets the power fail after each thing that happened, with each kind of loss. Returns
 * what was found wrong: `torn` (neither the old file nor the new one), `forgotten` (not the new one although the write had
 * resolved).
 */
export async function powerCuts(
  folder: string,
  module: string,
  { replace }: { readonly replace: boolean },
): Promise<Set<string>> {
  const home = path.join(folder, 'home');
  const file = path.join(home, 'state.json');
  await mkdir(home, { recursive: true });
  if (replace) await writeFile(file, before);
  const trace = path.join(folder, 'trace');
  const args = straceArgs({ log: trace, calls: recorded, bytes: 200_000, hex: true });
  const request: Request = { path: file, size: after.length, replace };
  const ended = await start('strace', [...args, ...writer(request, module)], place(folder)).ended;
  if (toldBy(ended)['ok'] !== true) throw new Error(`the write failed: ${ended.stdout}${ended.stderr}`);
  const happened = await readRecording(trace, { folder: home, files: replace ? ['state.json'] : [] });
  const disk = new Disk();
  if (replace) {
    disk.apply({ kind: 'create', file: 'state.json' });
    disk.apply({ kind: 'write', file: 'state.json', at: 0, data: Buffer.from(before) });
    disk.apply({ kind: 'sync', file: 'state.json' });
    disk.apply({ kind: 'sync-folder' });
  }
  const found = new Set<string>();
  let said = false;
  for (const [at, one] of [...happened, null].entries()) {
    for (const cut of cuts) {
      for (let luck = 0; luck < 8; luck += 1) {
        const left = disk
          .after(cut, seeded('files', luck, at, cut))
          .get('state.json')
          ?.toString();
        if (said && left !== after) found.add('forgotten');
        if (left !== after && left !== (replace ? before : undefined)) found.add('torn');
      }
    }
    if (one?.kind === 'disk') disk.apply(one.event);
    if (one?.kind === 'said') said = true;
  }
  if (!said) throw new Error('the recording has no end');
  return found;
}
