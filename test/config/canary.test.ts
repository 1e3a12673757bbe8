import { mkdir, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  describeProfile,
  ledgerLocation,
  loadConfig,
  vendorSettings,
  type ConfigInput,
} from '../../src/config/index.js';
import { everythingShown, here, makeRoom, mixed, refusal, salesQ, vendors, type Room } from './helpers.js';

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(async () => {
  await rm(room.root, { recursive: true });
});

const canary = 'CANARY';
/** A canary's own number, so that no two are the same text. */
let count = 0;
const bird = (): string => `${canary}-${String((count += 1))}-0nly-for-you`;

const part = (fields: object): string =>
  JSON.stringify({ profiles: { acme: { vendors: { mixed: fields } } } });

describe('errors', () => {
  /** Files that end in an error of loadConfig, with the code of the error. */
  const broken: [string, string, number?][] = [
    ['config.bad-syntax', `profiles: {acme: {vendors: {mixed: {key: "${bird()}}}}}`],
    ['config.bad-syntax', `key: '${bird()}' ${bird()}`],
    ['config.bad-syntax', `key: @${bird()}`],
    ['config.bad-syntax', `key: *${bird()}`],
    ['config.bad-syntax', `key: !${bird()} ${bird()}`],
    ['config.bad-syntax', `key: {a: ${bird()} b: c}`],
    ['config.bad-syntax', `"${bird()}": 1\n"${bird()}: 2`],
    ['config.bad-syntax', `? [${bird()}]\n: ${bird()}`],
    ['config.bad-syntax', `key: a: ${bird()}`],
    ['config.bad-value', bird()],
    ['config.bad-value', JSON.stringify([bird()])],
    ['config.bad-value', JSON.stringify({ profiles: bird() })],
    ['config.bad-value', JSON.stringify({ profiles: { acme: bird() } })],
    ['config.bad-value', JSON.stringify({ profiles: { acme: { vendors: bird() } } })],
    ['config.bad-value', JSON.stringify({ profiles: { acme: { vendors: { mixed: bird() } } } })],
    ['config.bad-value', JSON.stringify({ profiles: { [`x ${bird()}`]: {} } })],
    [
      'config.bad-value',
      JSON.stringify({ country: bird(), phoneFormat: bird(), timezone: bird(), window: bird() }),
    ],
    [
      'config.bad-value',
      JSON.stringify({ dnc: { maxAge: bird() }, recontact: bird(), ledger: `x://${bird()}` }),
    ],
    ['config.bad-value', JSON.stringify({ ledger: `postgres://u:${bird()}@bad host/x` })],
    ['config.bad-value', part({ key: [bird()], second: { a: bird() }, type: [bird()], site: bird() })],
    [
      'config.bad-value',
      part({ rate: bird(), timeout: bird(), concurrency: bird(), loud: bird(), delay: bird() }),
    ],
    ['config.bad-value', part({ account: `${bird()}\n${bird()}`, allowInsecureHttp: bird() })],
    ['config.bad-value', part({ url: bird() })],
    ['config.bad-value', part({ url: `https://me:${bird()}@example.com` })],
    ['config.bad-value', part({ url: `https://example.com/?key=${bird()}#${bird()}` })],
    ['config.bad-value', part({ key: `env:${bird()} x`, second: `keychain:-${bird()}` })],
    ['config.bad-value', part({ key: `cmd:${bird()}\0` })],
    ['config.unknown-key', part({ kye: bird() })],
    ['config.unknown-key', `profiles: {acme: {vendors: {mixed: {key "${bird()}"}}}}`],
    ['config.unknown-key', `profiles: {acme: {vendors: {mixed: {key:${bird()}}}}}`],
    ['config.unknown-key', `profiles: {acme: {vendors: {mixed: {${bird()}}}}}`],
    ['config.unknown-key', JSON.stringify({ zebra: bird(), $import: bird() })],
    [
      'config.reserved-profile',
      JSON.stringify({ profiles: { sandbox: { vendors: { mixed: { key: bird() } } } } }),
    ],
    ['config.permissions', part({ key: bird() }), 0o644],
    ['config.permissions', part({ key: `cmd:echo ${bird()}` }), 0o644],
    ['config.permissions', JSON.stringify({ ledger: `postgres://u:${bird()}@db/x` }), 0o644],
  ];

  it.each(broken)('%s: %s', async (code, text, mode) => {
    expect(text).toContain(canary);
    await room.write(here, text, mode);
    const error = await refusal(() => loadConfig(room.input(), vendors));
    expect(error.code).toBe(code);
    expect(everythingShown(error)).not.toContain(canary);
  });

  /** Parts of a profile that load and end in an error of vendorSettings. */
  const unusable: [string, object, Partial<ConfigInput>?][] = [
    ['config.missing-setting', { key: bird(), second: bird() }],
    ['config.missing-setting', { url: 'https://x.example', key: bird() }],
    ['config.missing-secret', { url: 'https://x.example', type: 't', second: bird() }],
    ['config.missing-secret', { url: 'https://x.example', type: 't', second: bird(), key: 'env:GONE' }],
    ['config.missing-secret', { url: 'https://x.example', type: 't', key: `cmd:true ${bird()}` }],
    ['config.secret-command', { url: 'https://x.example', type: 't', key: `cmd:echo ${bird()} >&2; false` }],
    ['config.secret-command', { url: 'https://x.example', type: 't', key: `cmd:echo ${bird()}; exit 4` }],
    ['config.bad-secret', { url: 'https://x.example', type: 't', key: `${bird()}\n${bird()}` }],
    [
      'config.bad-secret',
      { url: 'https://x.example', type: 't', key: 'env:LINES2' },
      { env: { LINES2: `a\n${bird()}` } },
    ],
    ['config.bad-secret', { url: 'https://x.example', type: 't', key: `cmd:echo ${bird()}; echo ${bird()}` }],
    ['config.bad-secret', { url: 'https://x.example', type: 't', key: 'file:two' }],
    ['config.secret-file-permissions', { url: 'https://x.example', type: 't', key: 'file:open' }],
    ['config.insecure-http', { url: 'http://x.example', type: 't', key: bird() }],
  ];

  it.each(unusable)('%s: %j', async (code, fields, change) => {
    await room.write('work/deep/here/two', `${bird()}\n${bird()}\n`);
    await room.write('work/deep/here/open', bird(), 0o644);
    await room.write(here, part(fields));
    const profile = (await loadConfig(room.input(change), vendors)).profile();
    const error = await refusal(() => vendorSettings(profile, mixed));
    expect(error.code).toBe(code);
    expect(everythingShown(error)).not.toContain(canary);
  });

  it('of flags and variables', async () => {
    await mkdir(room.cwd, { recursive: true });
    const changes: Partial<ConfigInput>[] = [
      { env: { SALESQ_LEDGER: `mysql://u:${bird()}@db` } },
      { flags: { ledger: `mysql://u:${bird()}@db` } },
      { flags: { country: bird() } },
    ];
    for (const change of changes) {
      const error = await refusal(() => loadConfig(room.input(change), vendors));
      expect(everythingShown(error)).not.toContain(canary);
    }
    const env = { SALESQ_SANDBOX_URL: `http://u:${bird()}@127.0.0.1` };
    const config = await loadConfig(room.input({ env }), vendors);
    const error = await refusal(() => config.profile('sandbox'));
    expect(everythingShown(error)).not.toContain(canary);
  });
});

describe('results', () => {
  it('show no secret by accident, and give it when asked', async () => {
    const [ledger, literal, token, unknown, sandbox] = [bird(), bird(), bird(), bird(), bird()];
    await room.write(
      here,
      JSON.stringify({
        ledger: `postgres://u:${bird()}@db/x`,
        profiles: {
          acme: {
            ledger: `postgres://u:${ledger}@db/x`,
            vendors: {
              mixed: { url: 'https://x.example', key: literal, second: `cmd:echo ${bird()}`, type: 't' },
              'sales-q': { token: 'env:T' },
              mmdial: { password: unknown },
            },
          },
        },
      }),
    );
    const input = room.input({ env: { T: token, PATH: process.env.PATH } });
    const accepted = { token: sandbox, key: sandbox, type: 't' };
    const declared = vendors.map((vendor) => ({ ...vendor, sandbox: accepted }));
    const config = await loadConfig(input, declared);
    const profile = config.profile();
    const own = await vendorSettings(profile, mixed);
    const other = await vendorSettings(profile, salesQ);
    const played = await vendorSettings(config.profile('sandbox'), salesQ);
    const described = [
      await describeProfile(profile, vendors),
      await describeProfile(config.profile('sandbox'), vendors),
    ];
    const results = [
      config,
      config.warnings,
      profile,
      config.profile('sandbox'),
      own,
      other,
      played,
      described,
    ];
    for (const result of results) expect(everythingShown(result)).not.toContain(canary);
    expect({ ...profile, ...config }).toBeDefined();
    expect(everythingShown({ ...profile, ...config })).not.toContain(canary);

    expect(own.settings.secrets.key?.reveal()).toBe(literal);
    expect(other.settings.secrets.token?.reveal()).toBe(token);
    expect(played.settings.secrets.token?.reveal()).toBe(sandbox);
    expect(ledgerLocation(input, profile)).toBe(`postgres://u:${ledger}@db/x`);
  });
});
