import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, vendorSettings, type Config } from '../../src/config/index.js';
import type { Vendor } from '../../src/core/vendor.js';
import calltouch from '../../src/vendors/calltouch/index.js';
import comunik8 from '../../src/vendors/comunik8/index.js';
import mmdial from '../../src/vendors/mmdial/index.js';
import salesQ from '../../src/vendors/sales-q/index.js';
import { here, makeRoom, refusal, type Room } from './helpers.js';

const four: Vendor[] = [salesQ, comunik8, calltouch, mmdial];

describe('.salesqrc.example', () => {
  let room: Room;
  let example: string;
  beforeAll(async () => {
    room = await makeRoom();
    example = await readFile(new URL('../../.salesqrc.example', import.meta.url), 'utf8');
    await room.write(here, example);
    env.PATH = `${room.root}/bin:${process.env['PATH'] ?? ''}`;
    await room.write('bin/pass', '#!/bin/sh\necho "what pass has of $*"\necho more\n', 0o755);
  });
  afterAll(async () => {
    await rm(room.root, { recursive: true });
  });
  const env = { SALESQ_TOKEN: 't', COMUNIK8_KEY: 'k', PATH: '' };
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
    expect((await vendorSettings(profile, salesQ)).settings).toMatchObject({
      account: 'acme-spring',
      perSecond: 5,
    });
    expect((await vendorSettings(profile, comunik8)).settings).toMatchObject({
      values: { type: 'motor-trade' },
    });
    const { settings } = await vendorSettings(profile, mmdial);
    expect(settings).toMatchObject({ concurrency: 1, values: { username: 'ops', campaign: 12, list: 34 } });
    expect(settings.secrets.password?.reveal()).toBe('what pass has of show mmdial');
  });

  it('loads while the program knows only some of the vendors', async () => {
    const config = await loadConfig(room.input({ env }), [salesQ]);
    expect(config.warnings.map((warning) => warning.code)).toEqual(Array(3).fill('config.unknown-vendor'));
  });

  it('has every line that is commented out in a form that works', async () => {
    const left = /^(\s*)# (\w+: .+ # )/gm;
    expect(example.match(left)?.length).toBeGreaterThan(10);
    const uncommented = example.replace(left, '$1$2');
    await room.write('work/deep/here/all.yaml', uncommented);
    const config = await loadConfig(room.input({ env, flags: { config: 'all.yaml' } }), four);
    expect(config.profile().ledger?.reveal()).toMatch(/salesq\/ledger\.db$/);
    expect(config.profile().dnc.maxAgeMs).toBe(86_400_000);
  });

  it.each([
    ['calltouch', 'siteId', '"a\\nb"'],
    ['mmdial', 'urlTemplate', '"http://other/{function}"'],
    ['mmdial', 'auth', 'ntlm'],
  ])('is refused with a setting of %s that cannot be meant: %s', async (vendor, name, value) => {
    const text = `profiles: {acme: {vendors: {${vendor}: {${name}: ${value}}}}}`;
    await room.write('work/deep/here/odd.yaml', text);
    const error = await refusal(() => loadConfig(room.input({ env, flags: { config: 'odd.yaml' } }), four));
    expect(error).toMatchObject({ code: 'config.bad-value', exit: 6 });
    expect(error.message).toContain(`profiles.acme.vendors.${vendor}.${name} must be`);
  });
});
