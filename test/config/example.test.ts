import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, vendorSettings, type Config, type VendorDeclaration } from '../../src/config/index.js';
import { here, makeRoom, salesQ, type Room } from './helpers.js';

const secret = (name: string) => ({ name, about: name, kind: 'secret' as const, required: true });
const text = (name: string) => ({ name, about: name, kind: 'text' as const, required: false });
const integer = (name: string) => ({ name, about: name, kind: 'integer' as const, required: false });

/** The four vendors as the example uses them; the real declarations have at least these. */
const comunik8 = { id: 'comunik8', defaultUrl: null, settings: [secret('key'), text('type')] };
const calltouch = {
  id: 'calltouch',
  defaultUrl: 'https://api.calltouch.ru',
  settings: [secret('token'), integer('siteId')],
};
const mmdial = {
  id: 'mmdial',
  defaultUrl: 'https://login.mmdial.de/api',
  settings: [text('username'), secret('password'), integer('campaign'), integer('list')],
};
const four: VendorDeclaration[] = [salesQ, comunik8, calltouch, mmdial];

describe('.salesqrc.example', () => {
  let room: Room;
  let example: string;
  beforeAll(async () => {
    room = await makeRoom();
    example = await readFile(new URL('../../.salesqrc.example', import.meta.url), 'utf8');
    await room.write(here, example);
  });
  afterAll(async () => {
    await rm(room.root, { recursive: true });
  });
  const env = { SALESQ_TOKEN: 't', COMUNIK8_KEY: 'k' };
  const load = (): Promise<Config> => loadConfig(room.input({ env }), four);

  it('loads as it is', async () => {
    const config = await load();
    expect(config.warnings).toEqual([]);
    expect(config.profileNames).toEqual(['acme', 'acme-test', 'sandbox']);
    const profile = config.profile();
    expect(profile).toMatchObject({
      name: 'acme',
      live: true,
      country: 'DE',
      phoneFormat: 'national',
      timezone: 'Europe/Berlin',
      recontact: { mode: 'after', afterMs: 7_776_000_000 },
      dnc: { maxAgeMs: null },
      vendors: ['sales-q', 'comunik8', 'calltouch', 'mmdial'],
    });
    expect(profile.window).toHaveLength(2);
    expect(config.profile('acme-test')).toMatchObject({ live: false, phoneFormat: 'auto' });
  });

  it('gives the vendors their settings', async () => {
    const profile = (await load()).profile();
    const options = { run: (command: string) => Promise.resolve(`ran ${command}`) };
    expect((await vendorSettings(profile, salesQ)).settings).toMatchObject({
      account: 'acme-spring',
      perSecond: 5,
    });
    expect((await vendorSettings(profile, comunik8)).settings).toMatchObject({
      values: { type: 'motor-trade' },
    });
    const { settings } = await vendorSettings(profile, mmdial, options);
    expect(settings).toMatchObject({ concurrency: 1, values: { username: 'ops', campaign: 12, list: 34 } });
    expect(settings.secrets.password?.reveal()).toBe('ran pass show mmdial | head -n 1');
  });

  it('loads while the program knows only some of the vendors', async () => {
    const config = await loadConfig(room.input({ env }), [salesQ]);
    expect(config.warnings.map((warning) => warning.code)).toEqual(Array(3).fill('config.unknown-vendor'));
  });

  it('has every line that is commented out in a form that works', async () => {
    const uncommented = example.replace(/^(\s*)# (ledger|dnc): /gm, '$1$2: ');
    expect(uncommented).not.toBe(example);
    await room.write('work/deep/here/all.yaml', uncommented);
    const config = await loadConfig(room.input({ env, flags: { config: 'all.yaml' } }), four);
    expect(config.profile().ledger?.reveal()).toMatch(/acme\.db$/);
    expect(config.profile().dnc.maxAgeMs).toBe(86_400_000);
  });
});
