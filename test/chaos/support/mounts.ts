import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { start, type Ended } from './start.js';

/** Whether this user may make mounts that nobody else sees. */
export async function rootedIn(): Promise<boolean> {
  const place = { cwd: '/', env: { PATH: process.env['PATH'] ?? '' } };
  try {
    const end = await start('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt'], place)
      .ended;
    return end.code === 0;
  } catch {
    return false;
  }
}

export interface TinyDisk {
  readonly kib: number;
  readonly readOnly: boolean;
}

/**
 * Runs a command line twice with its folder on a disk of so many KiB: as it is, then with room (or, where it is read-only,
 * once). What is on the disk afterwards is copied to `out`.
 */
export async function tinyDisk(
  { kib, readOnly }: TinyDisk,
  {
    folder,
    out,
    env,
    line,
  }: { folder: string; out: string; env: Record<string, string>; line: readonly string[] },
): Promise<Ended[]> {
  const kept = path.join(out, '..', 'disk');
  const script = path.join(out, '..', 'disk.sh');
  const command = line.map((word) => `'${word}'`).join(' ');
  const once = (name: string): string =>
    `${command} >"${kept}.${name}.out" 2>"${kept}.${name}.err"; echo $? >"${kept}.${name}.code"`;
  await writeFile(
    script,
    [
      `cp -r '${folder}' '${kept}.copy'`,
      `mount -t tmpfs -o size=${kib}k none '${folder}' || exit 90`,
      `cp -r '${kept}.copy/.' '${folder}/' || exit 91`,
      `rm -r '${kept}.copy'`,
      `cd '${folder}'`,
      ...(readOnly ? [`mkdir state; mount -o remount,ro '${folder}' || exit 92`] : []),
      once('first'),
      ...(readOnly ? [] : [`mount -o remount,size=50m '${folder}' || exit 93`, once('second')]),
      `cp -r '${folder}/.' '${out}/'`,
    ].join('\n'),
  );
  const end = await start('unshare', ['-m', 'sh', script], { cwd: '/', env }, 180_000).ended;
  if (end.code !== 0) throw new Error(`the small disk failed with ${end.code}: ${end.stderr}`);
  const names = readOnly ? ['first'] : ['first', 'second'];
  return Promise.all(
    names.map(async (name): Promise<Ended> => {
      const [stdout, stderr, code] = await Promise.all(
        ['out', 'err', 'code'].map((kind) => readFile(`${kept}.${name}.${kind}`, 'utf8')),
      );
      return { code: Number(code), signal: null, stdout: stdout ?? '', stderr: stderr ?? '' };
    }),
  );
}
