import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cosmiconfig } from 'cosmiconfig';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import { here, makeRoom, refusal, vendors, type Room } from './helpers.js';

const file = (profile: string): string => `profiles: { ${profile}: {} }\n`;
const json = (profile: string): string => JSON.stringify({ profiles: { [profile]: {} } });

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(async () => {
  await rm(room.root, { recursive: true });
});

describe('where the configuration is looked for', () => {
  const found = async (change = {}): Promise<string | undefined> =>
    (await loadConfig(room.input(change), vendors)).profileNames[0];

  it('prefers the nearest folder, then the order of the names, then the folder of the user', async () => {
    await room.write('home/.config/salesq/.salesqrc.yaml', file('user'));
    expect(await found()).toBe('user');
    await room.write('xdg/salesq/.salesqrc', file('xdg'));
    expect(await found({ env: { XDG_CONFIG_HOME: path.join(room.root, 'xdg') } })).toBe('xdg');
    await room.write('work/.salesqrc.yml', file('parent'));
    expect(await found()).toBe('parent');
    await room.write('work/deep/here/.salesqrc.yml', file('yml'));
    expect(await found()).toBe('yml');
    await room.write('work/deep/here/.salesqrc.yaml', file('yaml'));
    expect(await found()).toBe('yaml');
    await room.write('work/deep/here/.salesqrc.json', json('json'));
    expect(await found()).toBe('json');
    await room.write(here, json('rc'));
    expect(await found()).toBe('rc');
    const config = await loadConfig(room.input(), vendors);
    expect(config.path).toBe(path.join(room.cwd, '.salesqrc'));
  });

  it('stops at an empty file, and passes over a folder of that name', async () => {
    await room.write('work/.salesqrc', file('parent'));
    await mkdir(path.join(room.cwd, '.salesqrc'));
    expect(await found()).toBe('parent');
    await room.write('work/deep/.salesqrc', '');
    expect(await found()).toBe('sandbox');
  });

  it('takes the named file only: flag before environment, relative to the working directory', async () => {
    await room.write(here, file('near'));
    const other = await room.write('else/any.conf', file('other'));
    await room.write('work/deep/third', json('third'));
    expect(await found({ env: { SALESQ_CONFIG: other } })).toBe('other');
    expect(await found({ env: { SALESQ_CONFIG: other }, flags: { config: '../third' } })).toBe('third');
    expect(await found({ env: { SALESQ_CONFIG: '' } })).toBe('near');
  });

  it.each([
    ['flag', '--config', { flags: { config: 'gone.yaml' } }],
    ['environment', 'SALESQ_CONFIG', { env: { SALESQ_CONFIG: 'gone.yaml' } }],
  ])('refuses a file named by the %s that is not there', async (_from, name, change) => {
    await room.write(here, file('near'));
    const error = await refusal(() => loadConfig(room.input(change), vendors));
    expect(error).toMatchObject({ code: 'config.not-found', exit: 6 });
    expect(error.message).toContain(`gone.yaml named by ${name} `);
  });

  it('does not pass over a file it cannot read', async () => {
    await room.write('work/.salesqrc', file('parent'));
    await symlink('.salesqrc', path.join(room.cwd, '.salesqrc'));
    expect(await refusal(() => loadConfig(room.input(), vendors))).toMatchObject({
      code: 'config.unreadable',
      exit: 6,
    });
    const folder = await refusal(() => loadConfig(room.input({ flags: { config: room.cwd } }), vendors));
    expect(folder).toMatchObject({ code: 'config.unreadable' });
  });

  it('works where the folder of the user is no folder', async () => {
    await room.write('home/.config', 'a file');
    expect(await found()).toBe('sandbox');
  });

  it('works without a file and without a home', async () => {
    const config = await loadConfig(room.input({ home: null }), vendors);
    expect(config).toMatchObject({
      path: null,
      profileNames: ['sandbox'],
      defaultProfile: null,
      warnings: [],
    });
  });
});

describe('configuration is data', () => {
  const trap = (marker: string, kind: 'cjs' | 'esm'): string => {
    const text = JSON.stringify(marker);
    return kind === 'cjs'
      ? `require('node:fs').writeFileSync(${text}, 'ran');\nmodule.exports = { profiles: { evil: {} } };\n`
      : `import { writeFileSync } from 'node:fs';\nwriteFileSync(${text}, 'ran');\nexport default { profiles: { evil: {} } };\n`;
  };
  const before = process.cwd();
  afterEach(() => {
    process.chdir(before);
  });

  async function plant(folder: string, marker: string): Promise<void> {
    for (const name of ['.config/config', '.salesqrc', 'salesq.config', '.config/salesqrc', 'config']) {
      await room.write(`${folder}/${name}.js`, trap(marker, 'cjs'));
      await room.write(`${folder}/${name}.cjs`, trap(marker, 'cjs'));
      await room.write(`${folder}/${name}.mjs`, trap(marker, 'esm'));
      await room.write(`${folder}/${name}.ts`, trap(marker, 'esm'));
    }
  }

  it('never executes JavaScript of the working directory, its parents or the user folder', async () => {
    const marker = path.join(room.root, 'ran');
    for (const folder of ['work/deep/here', 'work/deep', 'home/.config/salesq', 'home'])
      await plant(folder, marker);
    process.chdir(room.cwd);
    const config = await loadConfig(room.input(), vendors);
    expect(config.path).toBeNull();
    await room.write(here, file('good'));
    expect((await loadConfig(room.input(), vendors)).profileNames).toEqual(['good', 'sandbox']);
    await sleep(200);
    expect(existsSync(marker)).toBe(false);
    // The trap is real: cosmiconfig itself, told to look for data only, runs the planted file (a moment later).
    cosmiconfig('salesq', { searchPlaces: ['.salesqrc'] });
    await vi.waitFor(() => {
      expect(existsSync(marker)).toBe(true);
    }, 5_000);
  });

  it.each(['.salesqrc.js', '.config/config.js'])('reads a named %s as data and refuses it', async (name) => {
    const marker = path.join(room.root, 'ran');
    const named = await room.write(name, trap(marker, 'cjs'));
    const error = await refusal(() => loadConfig(room.input({ flags: { config: named } }), vendors));
    expect(error.code).toMatch(/^config\.bad-(syntax|value)$/);
    await sleep(200);
    expect(existsSync(marker)).toBe(false);
  });

  it('reads neither package.json nor the options of cosmiconfig', async () => {
    const evil = { profiles: { evil: {} } };
    const meta = { searchPlaces: ['evil.json'] };
    await room.write('work/deep/here/evil.json', JSON.stringify(evil));
    await room.write(
      'work/deep/here/.config/config.json',
      JSON.stringify({ cosmiconfig: meta, salesq: evil }),
    );
    process.chdir(room.cwd);
    expect((await loadConfig(room.input(), vendors)).path).toBeNull();
    await room.write('work/deep/here/package.json', JSON.stringify({ cosmiconfig: meta, salesq: evil }));
    await room.write('work/deep/here/package.yaml', JSON.stringify({ salesq: evil }));
    expect((await loadConfig(room.input(), vendors)).path).toBeNull();
  });

  it('gives $import no meaning', async () => {
    const marker = path.join(room.root, 'ran');
    await room.write('work/deep/here/evil.js', trap(marker, 'cjs'));
    await room.write(here, `$import: ./evil.js\n${file('acme')}`);
    const error = await refusal(() => loadConfig(room.input(), vendors));
    expect(error.code).toBe('config.unknown-key');
    await sleep(200);
    expect(existsSync(marker)).toBe(false);
  });

  it.each(['!!js/function "function () {}"', '!!js/undefined x', '!include other.yaml'])(
    'refuses the tag %s',
    async (value) => {
      await room.write(here, `country: ${value}\n`);
      const error = await refusal(() => loadConfig(room.input(), vendors));
      expect(error.code).toBe('config.bad-syntax');
    },
  );
});

describe.skipIf(process.geteuid?.() !== 0)('as root', () => {
  it('does not pass over a file that is closed to us, but does pass over folders that are', async () => {
    await chmod(room.root, 0o755);
    await room.write('work/deep/.salesqrc.json', json('parent'), 0o644);
    await room.write(here, file('closed'), 0o600);
    const closed = path.join(room.root, 'closed');
    await mkdir(closed, { mode: 0o700 });
    process.seteuid?.(4242);
    try {
      const error = await refusal(() => loadConfig(room.input(), vendors));
      expect(error).toMatchObject({ code: 'config.unreadable', exit: 6 });
      const elsewhere = room.input({ cwd: closed, home: closed });
      expect((await loadConfig(elsewhere, vendors)).path).toBeNull();
    } finally {
      process.seteuid?.(0);
    }
  });
});
