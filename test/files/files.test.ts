import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { files, openWhole, removeLeftovers, tryBeside } from '../../src/files.js';
import { rootedIn } from '../chaos/support/mounts.js';
import { start } from '../chaos/support/start.js';
import { haveStrace } from '../chaos/support/strace.js';
import { place, powerCuts, right, struck, toldBy, writer, wrong, type Request } from './bench.js';

const traced = await haveStrace();
const mounts = await rootedIn();

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-files-'));
  file = path.join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const replacing = { mode: 'private', replace: true } as const;
const fresh = { mode: 'private', replace: false } as const;
const text = (): Promise<string> => readFile(file, 'utf8');
const modeOf = async (name: string): Promise<number> => (await stat(name)).mode & 0o777;

async function* pieces(...list: readonly (string | Uint8Array | Error)[]) {
  for (const piece of list) {
    if (piece instanceof Error) throw piece;
    yield await Promise.resolve(piece);
  }
}

describe('a file written whole', () => {
  it('holds text, bytes or pieces of both, is private, and leaves nothing beside it', async () => {
    await files.writeWhole(file, 'Grüße 山', fresh);
    expect(await text()).toBe('Grüße 山');
    expect(await modeOf(file)).toBe(0o600);
    await files.writeWhole(file, new Uint8Array([0, 255]), replacing);
    expect([...(await readFile(file))]).toEqual([0, 255]);
    await files.writeWhole(file, pieces('a', new Uint8Array([98]), 'ü'), replacing);
    expect(await text()).toBe('abü');
    await files.writeWhole(file, '', replacing);
    expect(await text()).toBe('');
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('is private, or keeps the mode of the one it replaces, as told', async () => {
    await writeFile(file, 'old');
    await chmod(file, 0o644);
    await files.writeWhole(file, 'kept', { mode: 'keep', replace: true });
    expect(await modeOf(file)).toBe(0o644);
    await files.writeWhole(file, 'private', replacing);
    expect(await modeOf(file)).toBe(0o600);
  });

  it('never replaces anything unless told, and then only files', async () => {
    await writeFile(file, 'old');
    await mkdir(path.join(folder, 'sub'));
    await symlink('nowhere', path.join(folder, 'dangling'));
    await symlink('sub', path.join(folder, 'to-sub'));
    await symlink('/dev/null', path.join(folder, 'to-device'));
    const names = (await readdir(folder)).sort();
    for (const name of names) {
      const attempt = files.writeWhole(path.join(folder, name), 'new', fresh);
      await expect(attempt).rejects.toMatchObject({ code: 'file.exists', exit: 6, why: 'exists' });
    }
    for (const name of ['sub', 'to-sub', 'to-device']) {
      const attempt = files.writeWhole(path.join(folder, name), 'new', replacing);
      await expect(attempt).rejects.toMatchObject({ code: 'file.unwritable', why: 'no-file' });
    }
    expect(await text()).toBe('old');
    expect((await readdir(folder)).sort()).toEqual(names);
  });

  it('takes the place of a symbolic link and leaves what it points to alone', async () => {
    const victim = path.join(folder, 'victim');
    await writeFile(victim, 'mine');
    await symlink(victim, file);
    await files.writeWhole(file, 'new', { mode: 'keep', replace: true });
    expect(await readFile(victim, 'utf8')).toBe('mine');
    expect((await lstat(file)).isSymbolicLink()).toBe(false);
    expect([await text(), await modeOf(file)]).toEqual(['new', 0o600]);
  });

  it('does not appear where its source fails, whose error comes through', async () => {
    await writeFile(file, 'old');
    const broken = new Error('the vendor hung up');
    await expect(files.writeWhole(file, pieces('half', broken), replacing)).rejects.toBe(broken);
    expect([await text(), await readdir(folder)]).toEqual(['old', ['state.json']]);
  });

  it('is not there before it is finished, and not after it was given up', async () => {
    const given = await openWhole(file, fresh);
    await given.write('half');
    expect(await readdir(folder)).not.toContain('state.json');
    await given.abort();
    await given.abort();
    expect(await readdir(folder)).toEqual([]);
    const finished = await openWhole(file, fresh);
    await finished.finish();
    await finished.abort();
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('is one of them, whole, where many write it at once', async () => {
    const contents = Array.from({ length: 20 }, (_, at) => `${at} `.repeat(20_000));
    await Promise.all(contents.map((one) => files.writeWhole(file, pieces(one, one), replacing)));
    expect(contents.map((one) => one + one)).toContain(await text());
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('is that of the first who finishes, where nobody may replace it', async () => {
    const contents = Array.from({ length: 20 }, (_, at) => `${at} `.repeat(20_000));
    const opened = await Promise.all(contents.map(() => openWhole(file, fresh)));
    await Promise.all(opened.map((one, at) => one.write(contents[at] ?? '')));
    const ends = await Promise.allSettled(opened.map((one) => one.finish()));
    const won = contents.filter((_, at) => ends[at]?.status === 'fulfilled');
    expect(won).toEqual([await text()]);
    const lost = ends.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    for (const error of lost) expect(error).toMatchObject({ code: 'file.exists' });
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('is refused with its path and the next step where there is no folder', async () => {
    const lost = path.join(folder, 'none', 'a.csv');
    await expect(files.writeWhole(lost, 'x', fresh)).rejects.toMatchObject({
      code: 'file.unwritable',
      exit: 6,
      why: 'no-folder',
      system: 'ENOENT',
      message: `${lost} cannot be written: its folder does not exist (ENOENT).`,
      hint: expect.stringContaining('folder') as string,
    });
  });
});

describe('a process that is killed', () => {
  it('in the middle of a file leaves the old one', async () => {
    await writeFile(file, 'old');
    const [command = '', ...args] = writer({ path: file, size: 3_000_000, pieces: 3, hang: true });
    const child = start(command, args, place(folder));
    await expect.poll(() => child.said(), { timeout: 30_000 }).toContain('hangs');
    child.kill('SIGKILL');
    await child.ended;
    expect(await text()).toBe('old');
    const left = (await readdir(folder)).filter((name) => name !== 'state.json');
    expect(left).toEqual([expect.stringMatching(/^\.state\.json\.[0-9a-f]{12}\.tmp$/)]);
    expect(await modeOf(path.join(folder, left[0] ?? ''))).toBe(0o600);
  });

  it.skipIf(!traced)('between write and rename leaves the old one (needs strace)', async () => {
    await writeFile(file, 'old');
    await struck(folder, { path: file, size: 3_000 }, 'rename', 'signal=KILL');
    expect(await text()).toBe('old');
    await rm(file);
    await struck(folder, { path: file, size: 3_000, replace: false }, 'link', 'signal=KILL');
    expect(await readdir(folder)).not.toContain('state.json');
  });

  it('leaves a temporary file, which a later writer removes once nobody can be writing it', async () => {
    const old = `.state.json.${'a'.repeat(12)}.tmp`;
    const others = [`.state.json.${'b'.repeat(12)}.tmp`, `.other.${'a'.repeat(12)}.tmp`, '.state.json.notes'];
    for (const name of [old, ...others]) await writeFile(path.join(folder, name), '');
    const hourAgo = Date.now() / 1_000 - 3_600;
    for (const name of [old, ...others.slice(1)]) await utimes(path.join(folder, name), hourAgo, hourAgo);
    await removeLeftovers(file, Date.now());
    expect((await readdir(folder)).sort()).toEqual([...others].sort());
    await writeFile(path.join(folder, old), '');
    await utimes(path.join(folder, old), hourAgo, hourAgo);
    await tryBeside(file);
    expect((await readdir(folder)).sort()).toEqual([...others].sort());
  });
});

describe.skipIf(!traced)('a device or file system that refuses (needs strace)', () => {
  const request = (replace = true) => ({ path: file, size: 3_000, replace });

  it.each([
    ['fsync', 'EIO', 'device'],
    ['fsync', 'ENOSPC', 'no-room'],
    ['rename', 'EACCES', 'denied'],
  ])('%s with %s leaves the old file and nothing beside it', async (call, error, why) => {
    await writeFile(file, 'old');
    const told = toldBy(await struck(folder, request(), call, `error=${error}`));
    expect(told).toMatchObject({ code: 'file.unwritable', exit: 6, why, system: error });
    expect(told['message']).toContain(file);
    expect(told['hint']).not.toBe('');
    expect([await text(), await readdir(folder)]).toEqual(['old', ['state.json']]);
  });

  it('is told of where the folder cannot be synced, but not where that is no custom there', async () => {
    const failed = toldBy(await struck(folder, request(), 'fsync', 'error=EIO', 2));
    expect(failed).toMatchObject({ code: 'file.unwritable', why: 'device', system: 'EIO' });
    const unusual = toldBy(await struck(folder, request(), 'fsync', 'error=EINVAL', 2));
    expect(unusual).toEqual({ ok: true });
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('without hard links takes the name first, and never that of another file', async () => {
    expect(toldBy(await struck(folder, request(false), 'link', 'error=EPERM'))).toEqual({ ok: true });
    expect([(await text()).length, await readdir(folder)]).toEqual([3_000, ['state.json']]);
    const again = toldBy(await struck(folder, request(false), 'link', 'error=EPERM'));
    expect(again).toMatchObject({ code: 'file.exists' });
    await rm(file);
    const late = { ...request(false), pieces: 2, meanwhile: 'theirs' };
    expect(toldBy(await struck(folder, late, 'link', 'error=EPERM'))).toMatchObject({ code: 'file.exists' });
    expect([await text(), await readdir(folder)]).toEqual(['theirs', ['state.json']]);
  });
});

describe('a place with no room or no right', () => {
  it.skipIf(process.getuid?.() === 0)('refuses a read-only folder (not as root)', async () => {
    await chmod(folder, 0o500);
    const attempt = files.writeWhole(file, 'x', fresh);
    await expect(attempt).rejects.toMatchObject({ code: 'file.unwritable', why: 'denied' });
    await chmod(folder, 0o700);
  });

  /** Runs a script where mounts are seen by nobody else. Resolves with what it said, line by line. */
  const apart = async (...lines: readonly string[]): Promise<string[]> => {
    const script = path.join(folder, 'script.sh');
    await writeFile(script, ['set -e', ...lines].join('\n'));
    const end = await start('unshare', ['-m', 'sh', script], place(folder)).ended;
    if (end.code !== 0) throw new Error(end.stderr);
    return end.stdout.trim().split('\n');
  };
  const line = (size: number, name = 'disk/state.json', more: Partial<Request> = { pieces: 50 }): string =>
    writer({ path: path.join(folder, name), size, ...more })
      .map((word) => `'${word}'`)
      .join(' ');

  it.skipIf(!mounts)('refuses what a disk cannot hold, keeps the old file (needs mounts)', async () => {
    const [told, ...left] = await apart(
      `mkdir disk; mount -t tmpfs -o size=64k none disk; echo old > disk/state.json`,
      line(1_000_000),
      `ls -A disk; cat disk/state.json`,
    );
    expect(JSON.parse(told ?? '')).toMatchObject({
      code: 'file.unwritable',
      why: 'no-room',
      system: 'ENOSPC',
      hint: expect.stringContaining('space') as string,
    });
    expect(left).toEqual(['state.json', 'old']);
  });

  it.skipIf(!mounts)('tells of a piece that a disk took only a part of (needs mounts)', async () => {
    const [told] = await apart(
      `mkdir disk; mount -t tmpfs -o size=64k none disk`,
      line(100_000, 'disk/voice.part', { at: 0 }),
    );
    expect(JSON.parse(told ?? '')).toMatchObject({ code: 'file.unwritable', why: 'no-room' });
  });

  it.skipIf(!mounts)('refuses a read-only disk (needs mounts)', async () => {
    const [told] = await apart(`mkdir disk; mount -t tmpfs none disk; mount -o remount,ro disk`, line(1_000));
    expect(JSON.parse(told ?? '')).toMatchObject({ code: 'file.unwritable', why: 'denied', system: 'EROFS' });
  });

  it.skipIf(!mounts)('does not replace a link in /dev that leads to a file (needs mounts)', async () => {
    const out = path.join(folder, 'out');
    await apart(
      `mount -t tmpfs none /dev; ln -s /proc/self/fd/1 /dev/stdout; mknod /dev/null c 1 3`,
      `${line(1_000, '../../../../../../../dev/stdout')} > '${out}'`,
      `test -L /dev/stdout`,
    );
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({
      code: 'file.unwritable',
      why: 'no-file',
    });
  });
});

describe.skipIf(!traced)('a power cut (needs strace)', () => {
  it.each([true, false])(
    'finds a file whole, and the new one once it is told of (replace: %s)',
    async (replace) => {
      expect(await powerCuts(folder, right, { replace })).toEqual(new Set());
    },
  );

  it.each([
    ['truncates-in-place', 'torn'],
    ['renames-unsynced', 'torn'],
    ['forgets-the-folder', 'forgotten'],
  ])('catches a writer that %s', async (name, seen) => {
    expect(await powerCuts(folder, wrong(name), { replace: true })).toContain(seen);
  });
});

describe('a private folder', () => {
  it('is made with those above it, and one that is there stays as it is', async () => {
    await chmod(folder, 0o755);
    await files.privateFolder(path.join(folder, 'a', 'b'));
    expect([await modeOf(folder), await modeOf(path.join(folder, 'a'))]).toEqual([0o755, 0o700]);
    expect(await modeOf(path.join(folder, 'a', 'b'))).toBe(0o700);
    await files.privateFolder(folder);
    expect(await modeOf(folder)).toBe(0o755);
    await writeFile(file, '');
    await expect(files.privateFolder(file)).rejects.toMatchObject({ code: 'file.exists' });
    await expect(files.privateFolder(path.join(file, 'x'))).rejects.toMatchObject({
      code: 'file.unwritable',
    });
  });
});

describe('reading', () => {
  it('tells a missing file from one that cannot be read', async () => {
    await writeFile(file, 'Grüße');
    expect([await files.readText(file), await files.sizeOf(file)]).toEqual(['Grüße', 7]);
    await expect(files.readText(path.join(folder, 'none'))).rejects.toMatchObject({
      code: 'file.unreadable',
      exit: 6,
      why: 'missing',
    });
    await expect(files.readText(folder)).rejects.toMatchObject({ code: 'file.unreadable', why: 'no-file' });
    const none = files.readBytes(path.join(folder, 'none'))[Symbol.asyncIterator]();
    await expect(none.next()).rejects.toMatchObject({ code: 'file.unreadable', why: 'missing' });
    expect([await files.sizeOf(folder), await files.sizeOf(path.join(folder, 'none'))]).toEqual([null, null]);
  });
});

describe('a file that grows by pieces', () => {
  const piece = (content: string, at: number): Promise<void> =>
    files.writePiece(file, Buffer.from(content), at);

  it('is private, and ends where its last piece ends', async () => {
    await piece('abcdef', 0);
    await piece('XY', 3);
    expect([await text(), await modeOf(file)]).toEqual(['abcXY', 0o600]);
    await piece('n', 0);
    expect(await text()).toBe('n');
  });

  it('is not continued where something is missing, nor through a link', async () => {
    await expect(piece('late', 4)).rejects.toMatchObject({ code: 'file.unwritable' });
    expect(await readdir(folder)).toEqual([]);
    await piece('ab', 0);
    await expect(piece('late', 4)).rejects.toMatchObject({ code: 'file.unwritable' });
    expect(await text()).toBe('ab');
    const linked = path.join(folder, 'link');
    await symlink('state.json', linked);
    const attempt = files.writePiece(linked, Buffer.from('evil'), 0);
    await expect(attempt).rejects.toMatchObject({ code: 'file.unwritable', why: 'no-file' });
    expect([await text(), await readlink(linked)]).toEqual(['ab', 'state.json']);
  });

  it('is given its name at the end, over an earlier one but not over a folder', async () => {
    const done = path.join(folder, 'done.wav');
    await writeFile(done, 'old');
    await piece('new', 0);
    await files.rename(file, done);
    expect([await readFile(done, 'utf8'), await readdir(folder)]).toEqual(['new', ['done.wav']]);
    await mkdir(file);
    await expect(files.rename(done, file)).rejects.toMatchObject({ code: 'file.unwritable' });
    await files.remove(done);
    await files.remove(done);
    expect(await readdir(folder)).toEqual(['state.json']);
  });
});
