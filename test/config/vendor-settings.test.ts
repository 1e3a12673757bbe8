import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  loadConfig,
  vendorSettings,
  type ConfigInput,
  type VendorSettingsOptions,
} from '../../src/config/index.js';
import { forbiddenBits } from '../../src/config/secrets.js';
import { here, makeRoom, mixed, refusal, salesQ, vendors, type Room } from './helpers.js';

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(async () => {
  await rm(room.root, { recursive: true });
});

type Change = Partial<ConfigInput> & { options?: VendorSettingsOptions; profile?: string };

/** Resolves a vendor of the profile `acme` whose part of the file is given. */
async function resolve(
  vendor: typeof mixed,
  part: object | null,
  { options, profile = '', ...change }: Change = {},
) {
  const vendorPart = part === null ? {} : { [vendor.id]: part };
  const text = JSON.stringify({ profiles: { acme: { vendors: vendorPart } } });
  await room.write(here, text.replace('"vendors"', `${profile}"vendors"`));
  const config = await loadConfig(room.input(change), vendors);
  return vendorSettings(config.profile(), vendor, options);
}

const token = async (text: string, change: Change = {}): Promise<string | undefined> =>
  (await resolve(salesQ, { token: text }, change)).settings.secrets.token?.reveal();

describe('settings', () => {
  it('fills in defaults and converts units', async () => {
    const { settings, warnings } = await resolve(mixed, {
      url: 'https://Dialler.example.com:8443/api//',
      key: 'k',
      type: 12,
      rate: '60/m',
      concurrency: 3,
      timeout: '30s',
      account: 'main',
      delay: '2m',
    });
    expect(settings).toMatchObject({
      url: 'https://dialler.example.com:8443/api',
      perSecond: 1,
      concurrency: 3,
      timeoutMs: 30_000,
      account: 'main',
      values: { type: '12', site: 7, delay: 120_000 },
    });
    expect(Object.keys(settings.values)).toEqual(['type', 'site', 'delay']);
    expect(Object.keys(settings.secrets)).toEqual(['key']);
    expect(settings.secrets.key?.reveal()).toBe('k');
    expect(warnings).toEqual([]);
  });

  it('uses the documented address, and nulls for what nobody says', async () => {
    const { settings } = await resolve(salesQ, { token: 't' });
    expect(settings).toMatchObject({ url: 'https://server.sales-q.com:8000', account: null, values: {} });
    expect(settings).toMatchObject({ perSecond: null, concurrency: null, timeoutMs: null });
  });

  it('names what is missing', async () => {
    const noUrl = await refusal(() => resolve(mixed, { key: 'k', type: 't' }));
    expect(noUrl).toMatchObject({ code: 'config.missing-setting', exit: 6 });
    expect(noUrl.message).toBe('Profile acme, vendor mixed: url must be set.');
    const noType = await refusal(() => resolve(mixed, { url: 'https://x.example', key: 'k' }));
    expect(noType.message).toBe('Profile acme, vendor mixed: type must be set.');
  });
});

describe('plain http', () => {
  const at = (url: string, more = {}, profile = '') =>
    resolve(salesQ, { token: 't', url, ...more }, { profile });

  it.each(['http://127.0.0.1:4180/x', 'http://127.9.9.9', 'http://localhost:1', 'http://[::1]:8080'])(
    '%s is allowed',
    async (url) => {
      expect((await at(url)).warnings).toEqual([]);
    },
  );

  it.each([
    'http://example.com',
    'http://10.0.0.1',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://[::2]',
  ])('%s is refused', async (url) => {
    const error = await refusal(() => at(url));
    expect(error).toMatchObject({ code: 'config.insecure-http', exit: 6 });
    expect(error.hint).toContain('allowInsecureHttp');
  });

  it('is allowed by the vendor or the profile, with a warning each time; the vendor has the last word', async () => {
    const url = 'http://dialler.example.com';
    for (const [more, profile] of [
      [{ allowInsecureHttp: true }, ''],
      [{}, '"allowInsecureHttp": true, '],
    ] as const) {
      const { settings, warnings } = await at(url, more, profile);
      expect(settings.url).toBe(url);
      expect(warnings).toMatchObject([{ code: 'config.insecure-http' }]);
      expect(warnings[0]?.message).toContain('dialler.example.com without encryption');
    }
    const error = await refusal(() => at(url, { allowInsecureHttp: false }, '"allowInsecureHttp": true, '));
    expect(error.code).toBe('config.insecure-http');
  });
});

describe('secrets', () => {
  it('literal and env:', async () => {
    expect(await token('plain text')).toBe('plain text');
    expect(await token('env:MY_TOKEN', { env: { MY_TOKEN: ' abc\n' } })).toBe('abc');
  });

  it.each([
    [{}, 'is not set'],
    [{ MY_TOKEN: '  ' }, 'is empty'],
  ])('env: names profile, vendor, setting and variable where it is missing', async (env, what) => {
    const error = await refusal(() => token('env:MY_TOKEN', { env }));
    expect(error).toMatchObject({ code: 'config.missing-secret', exit: 6, hint: 'export MY_TOKEN=…' });
    expect(error.message).toBe(
      `Profile acme, vendor sales-q: token is read from the environment variable MY_TOKEN, which ${what}.`,
    );
  });

  it('says how to set one that is not configured at all', async () => {
    for (const part of [null, {}, { token: null }]) {
      const error = await refusal(() => resolve(salesQ, part));
      expect(error).toMatchObject({ code: 'config.missing-secret' });
      expect(error.hint).toContain('env:SALES_Q_TOKEN');
    }
    expect((await refusal(() => token(' '))).message).toContain('token must not be empty');
  });

  it('file: relative to the configuration, to home, or absolute; without the line end', async () => {
    const file = await room.write('work/deep/here/keys/one', 'from-file\r\n');
    await room.write('home/two', ' kept spaces \n\n');
    expect(await token('file:keys/one')).toBe('from-file');
    expect(await token('file:~/two')).toBe(' kept spaces ');
    expect(await token(`file:${file}`, { cwd: room.cwd })).toBe('from-file');
  });

  it('file: refuses what others can read or write, what is empty, absent, a folder or several lines', async () => {
    const file = path.join(room.cwd, 'key');
    for (const mode of [0o640, 0o604, 0o620, 0o602]) {
      await room.write(file, 'x', mode);
      const error = await refusal(() => token('file:key'));
      expect(error).toMatchObject({
        code: 'config.secret-file-permissions',
        exit: 6,
        hint: `chmod 600 ${file}`,
      });
    }
    await room.write(file, 'x', 0o400);
    expect(await token('file:key')).toBe('x');
    expect(await token('file:key', { uid: null })).toBe('x');
    await room.write(file, '\n', 0o600);
    expect((await refusal(() => token('file:key'))).code).toBe('config.missing-secret');
    await room.write(file, 'one\ntwo\n', 0o600);
    expect((await refusal(() => token('file:key'))).code).toBe('config.bad-secret');
    expect((await refusal(() => token('file:gone'))).message).toContain(`${room.cwd}/gone`);
    expect((await refusal(() => token('file:.'))).code).toBe('config.missing-secret');
  });

  it('file: allows reading by all only where containers mount secrets', () => {
    expect(forbiddenBits('/run/secrets/calltouch')).toBe(0o022);
    expect(forbiddenBits('/var/run/secrets/x/y')).toBe(0o022);
    expect(forbiddenBits('/home/me/run/secrets/x')).toBe(0o077);
    expect(forbiddenBits('/run/secretsx')).toBe(0o077);
  });

  it('cmd: runs a shell line in the folder of the configuration, with the environment given', async () => {
    await room.write('work/deep/here/part', 'b\n');
    const env = { PATH: process.env.PATH, PART: 'a' };
    expect(await token('cmd:printf "%s" "$PART" && cat part', { env })).toBe('ab');
  });

  it.each([
    ['exit 3', 'ended with exit status 3'],
    ['kill -9 $$', 'ended with a signal'],
    ['sleep 5 & sleep 5', 'gave no answer within 0.3 s'],
    ['yes', 'wrote far too much'],
  ])('cmd:%s', async (command, what) => {
    const env = { PATH: process.env.PATH };
    const started = Date.now();
    const error = await refusal(() => token(`cmd:${command}`, { env, options: { commandTimeoutMs: 300 } }));
    expect(error).toMatchObject({ code: 'config.secret-command', exit: 6 });
    expect(error.message).toContain(what);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('cmd: with nothing printed is missing, with two lines is no secret', async () => {
    expect((await refusal(() => token('cmd:true'))).code).toBe('config.missing-secret');
    const two = await refusal(() => token('cmd:echo a; echo b'));
    expect(two.code).toBe('config.bad-secret');
    expect(two.hint).toContain('head -n 1');
  });

  it('cmd: repeats nothing of what a command says that fails', async () => {
    const error = await refusal(() => token('cmd:echo CANARY; echo CANARY >&2; exit 1'));
    expect(error.code).toBe('config.secret-command');
    expect(error.message).not.toContain('CANARY');
  });

  it('keychain: asks the tool of the system', async () => {
    await room.write('bin/security', '#!/bin/sh\necho "mac:$*"\n', 0o755);
    await room.write('bin/secret-tool', '#!/bin/sh\n[ "$3" = gone ] && exit 1\necho "linux:$*"\n', 0o755);
    const env = { PATH: `${path.join(room.root, 'bin')}:${process.env.PATH ?? ''}` };
    const on = (platform: NodeJS.Platform, item = 'my item') =>
      token(`keychain:${item}`, { env, options: { platform } });
    expect(await on('darwin')).toBe('mac:find-generic-password -w -s my item');
    expect(await on('linux')).toBe('linux:lookup service my item');
    expect(await refusal(() => on('linux', 'gone'))).toMatchObject({ code: 'config.missing-secret' });
    expect(await refusal(() => on('win32'))).toMatchObject({ code: 'config.keychain-unsupported', exit: 6 });
    const bare = { env: { PATH: path.join(room.root, 'nothing') }, options: { platform: 'linux' as const } };
    const none = await refusal(() => token('keychain:x', bare));
    expect(none).toMatchObject({ code: 'config.keychain-unsupported' });
    expect(none.message).toContain('secret-tool is not installed');
  });

  it('are fetched for the vendor asked for only, and only then', async () => {
    const ran = path.join(room.root, 'ran');
    const part = { token: `cmd:touch ${ran}; echo x`, url: 'https://a.example' };
    await room.write(
      here,
      JSON.stringify({
        profiles: {
          acme: { vendors: { 'sales-q': part, mixed: { url: 'https://b.example', key: 'k', type: 't' } } },
        },
      }),
    );
    const { existsSync } = await import('node:fs');
    const profile = (await loadConfig(room.input({ env: { PATH: process.env.PATH } }), vendors)).profile();
    await vendorSettings(profile, mixed);
    expect(existsSync(ran)).toBe(false);
    await vendorSettings(profile, salesQ);
    expect(existsSync(ran)).toBe(true);
  });
});

describe('sandbox', () => {
  const of = async (vendor: typeof mixed, env = {}) => {
    const config = await loadConfig(room.input({ env }), vendors);
    return vendorSettings(config.profile('sandbox'), vendor);
  };

  it('needs no file', async () => {
    const { settings, warnings } = await of(salesQ);
    expect(settings.url).toBe('http://127.0.0.1:4180/sales-q');
    expect(settings.secrets.token?.reveal()).toBe('sandbox-token');
    expect(warnings).toEqual([]);
    expect((await of(mixed, { SALESQ_SANDBOX_URL: 'http://localhost:9/x/' })).settings).toMatchObject({
      url: 'http://localhost:9/x/mixed',
      values: { type: 'any', site: 3 },
    });
  });

  it('refuses an address that is none, or is far away in the clear', async () => {
    expect(await refusal(() => of(salesQ, { SALESQ_SANDBOX_URL: 'nowhere' }))).toMatchObject({
      code: 'config.bad-value',
    });
    const far = await refusal(() => of(salesQ, { SALESQ_SANDBOX_URL: 'http://example.com' }));
    expect(far.code).toBe('config.insecure-http');
  });
});
