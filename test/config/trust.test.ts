import { chmod, chown, lchown, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
import type { UserError } from '../../src/core/errors.js';
import type { ConfigInput } from '../../src/config/index.js';
import { here, makeRoom, refusal, vendors, type Room } from './helpers.js';

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(async () => {
  await rm(room.root, { recursive: true });
});

const withVendor = (text: string): string => `profiles: {acme: {vendors: {${text}}}}`;

describe('a file that holds a secret', () => {
  const holding = [
    ['a literal', withVendor('sales-q: {token: literal}'), 'a secret (profiles.acme.vendors.sales-q.token)'],
    [
      'a command',
      withVendor('sales-q: {token: "cmd:pass x"}'),
      'a command (profiles.acme.vendors.sales-q.token)',
    ],
    [
      'a literal of an unknown vendor',
      withVendor('mmdial: {password: literal}'),
      'a secret (profiles.acme.vendors.mmdial.password)',
    ],
    [
      'a command of an unknown vendor',
      withVendor('mmdial: {deep: {x: "cmd:y"}}'),
      'a command (profiles.acme.vendors.mmdial.deep.x)',
    ],
    [
      'a ledger password',
      'profiles: {acme: {ledger: "postgres://u:p@db/x"}}',
      'a secret (profiles.acme.ledger)',
    ],
    ['a ledger password for all', 'ledger: "postgres://u@db/x?password=p"', 'a secret (ledger)'],
  ] as const;

  it.each(holding)('%s: is refused where others can read or write it', async (_what, text, shown) => {
    for (const mode of [0o644, 0o640, 0o604, 0o620, 0o602, 0o660]) {
      const file = await room.write(here, text, mode);
      const error = await refusal(() => loadConfig(room.input(), vendors));
      expect(error).toMatchObject({ code: 'config.permissions', exit: 6, hint: `chmod 600 ${file}` });
      expect(error.message).toContain(shown);
      expect(error.message).toContain(`mode 0${mode.toString(8)}`);
    }
    for (const mode of [0o600, 0o400, 0o700]) {
      await room.write(here, text, mode);
      expect((await loadConfig(room.input(), vendors)).path).not.toBeNull();
    }
  });

  it('is refused too where the user named it', async () => {
    const file = await room.write('named', holding[0][1], 0o644);
    const error = await refusal(() => loadConfig(room.input({ flags: { config: file } }), vendors));
    expect(error.code).toBe('config.permissions');
  });

  it.each([
    withVendor('sales-q: {token: "env:T"}'),
    withVendor('sales-q: {token: "file:t"}'),
    withVendor('sales-q: {token: "keychain:t"}'),
    withVendor('sales-q: {account: cmd-like}, mmdial: {username: ops, password: "env:P"}'),
    withVendor('mixed: {type: literal}'),
    'ledger: "postgres://u@db/x"',
  ])('%s holds none and may be read by all', async (text) => {
    await room.write(here, text, 0o644);
    expect((await loadConfig(room.input(), vendors)).path).not.toBeNull();
  });

  it('is not judged by its mode on systems without users', async () => {
    await room.write(here, holding[0][1], 0o644);
    expect((await loadConfig(room.input({ uid: null }), vendors)).path).not.toBeNull();
  });
});

/** Who the files of the room belong to. */
const me = process.geteuid?.() ?? 0;
const ours = process.getegid?.() ?? 0;
const harmless = withVendor('sales-q: {token: "env:T"}');

describe('a file that was found', () => {
  const cases: readonly [what: string, at: string, mode: number, code: string][] = [
    ['everybody can write to it', here, 0o646, 'config.permissions'],
    ['everybody can write to its folder', path.dirname(here), 0o777, 'config.permissions'],
    ['everybody can write to a folder above it', 'work', 0o777, 'config.permissions'],
  ];

  it.each(cases)('is refused where %s, and obeyed where it is named', async (_what, at, mode, code) => {
    const file = await room.write(here, harmless);
    // Root's folders end the way: these are somebody's.
    const input = await ownedBy(4242);
    await chmod(path.join(room.root, at), mode);
    const error = await refusal(() => loadConfig(input, vendors));
    expect(error).toMatchObject({ code, exit: 6 });
    expect(error.hint).toContain(`--config ${file}`);
    expect((await loadConfig({ ...input, flags: { config: file } }, vendors)).path).toBe(file);
  });

  it.each([
    ['the group of another', 1, 'config.permissions'],
    ["the user's own group", 0, null],
  ] as const)('may be written by %s: %s', async (_what, apart, code) => {
    await room.write(here, harmless);
    const input = await ownedBy(4242);
    for (const at of [here, 'work/deep']) {
      await chmod(path.join(room.root, at), at === here ? 0o664 : 0o775);
      const given = { ...input, gid: (input.gid ?? 0) + apart };
      const said = await loadConfig(given, vendors).then(
        () => null,
        (error: UserError) => error.code,
      );
      expect(said).toBe(code);
      await chmod(path.join(room.root, at), at === here ? 0o600 : 0o755);
    }
  });

  it('may stand in a folder of everybody where nobody replaces the files of others', async () => {
    await room.write(here, harmless);
    const input = await ownedBy(4242);
    await chmod(path.join(room.root, 'work'), 0o1777);
    expect((await loadConfig(input, vendors)).path).not.toBeNull();
  });

  it.runIf(me === 0).each([
    ['it', here],
    ['its folder', path.dirname(here)],
    ['a folder above it', 'work'],
  ])('is refused where %s belongs to another user', async (_what, at) => {
    const file = await room.write(here, 'ledger: /tmp/l.db');
    const input = await ownedBy(4242);
    await chown(path.join(room.root, at), 4243, 4243);
    const error = await refusal(() => loadConfig(input, vendors));
    expect(error).toMatchObject({ code: 'config.foreign-owner', exit: 6 });
    expect(error.hint).toContain(`--config ${file}`);
    expect((await loadConfig({ ...input, flags: { config: file } }, vendors)).path).toBe(file);
  });

  it('is refused where a link to it leads to a folder of everybody', async () => {
    const target = await room.write('open/real', harmless);
    await mkdir(room.cwd, { recursive: true });
    await symlink(target, path.join(room.cwd, '.salesqrc'));
    const input = await ownedBy(4242);
    expect((await loadConfig(input, vendors)).path).not.toBeNull();
    await chmod(path.dirname(target), 0o777);
    expect((await refusal(() => loadConfig(input, vendors))).code).toBe('config.permissions');
  });

  it.runIf(me === 0)('is obeyed where it is of root', async () => {
    await room.write(here, withVendor('sales-q: {token: "cmd:true"}'));
    expect((await loadConfig(room.input({ uid: 4242, gid: 4242 }), vendors)).path).not.toBeNull();
  });

  /** Gives the room to a user, if root runs the test, and says who asks. */
  async function ownedBy(user: number): Promise<ConfigInput> {
    if (me !== 0) return room.input({ uid: me, gid: ours });
    const inside = (await readdir(room.root, { recursive: true })).map((name) => path.join(room.root, name));
    for (const one of [room.root, ...inside]) await lchown(one, user, user);
    return room.input({ uid: user, gid: user });
  }
});
