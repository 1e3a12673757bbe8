import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeProfile, loadConfig } from '../../src/config/index.js';
import { here, makeRoom, mixed, vendors, type Room } from './helpers.js';

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(async () => {
  await rm(room.root, { recursive: true });
});

async function lines(change = {}, name?: string): Promise<string[]> {
  const config = await loadConfig(room.input(change), vendors);
  const found = await describeProfile(config.profile(name), vendors);
  return found.map(({ path, value, origin }) => `${path} = ${JSON.stringify(value)} (${origin})`);
}

describe('describeProfile', () => {
  it('shows every value and where it came from', async () => {
    await room.write(
      here,
      `
timezone: Europe/Berlin
profiles:
  acme:
    country: de
    dnc: { maxAge: 24h }
    vendors:
      sales-q: { token: "env:T", rate: 5/s }
`,
    );
    expect(
      await lines({ env: { SALESQ_LEDGER: 'postgres://u:secret@db/x' }, flags: { phoneFormat: 'e164' } }),
    ).toEqual([
      'profile = "acme" (the only profile)',
      'live = false (default)',
      'country = "de" (.salesqrc:profiles.acme.country)',
      'phoneFormat = "e164" (flag --phone-format)',
      'ledger = "postgres://u@db/x" (env SALESQ_LEDGER)',
      'timezone = "Europe/Berlin" (.salesqrc:timezone)',
      'dnc.maxAge = "24h" (.salesqrc:profiles.acme.dnc.maxAge)',
      'recontact = "never" (default)',
      'testNumbers = null (default)',
      'window = null (default)',
      'allowInsecureHttp = false (default)',
      'vendors.sales-q.url = "https://server.sales-q.com:8000" (default)',
      'vendors.sales-q.rate = "5/s" (.salesqrc:profiles.acme.vendors.sales-q.rate)',
      'vendors.sales-q.concurrency = null (default)',
      'vendors.sales-q.timeout = null (default)',
      'vendors.sales-q.account = null (default)',
      'vendors.sales-q.allowInsecureHttp = null (default)',
      'vendors.sales-q.token = "missing (env:T)" (.salesqrc:profiles.acme.vendors.sales-q.token)',
    ]);
  });

  it.each([
    ['env:T', {}, 'missing (env:T)'],
    ['env:T', { T: 'x' }, 'set (env:T)'],
    ['file:gone', {}, 'missing (file:gone)'],
    ['file:key', {}, 'set (file:key)'],
    ['cmd:echo hidden; touch ran', {}, 'set (cmd)'],
    ['keychain:item', {}, 'set (keychain:item)'],
    ['hidden', {}, 'set (literal)'],
    [null, {}, 'missing'],
  ])('%j with %j is %s', async (key, env, value) => {
    await room.write('work/deep/here/key', 'x');
    await room.write(here, JSON.stringify({ profiles: { acme: { vendors: { mixed: { key } } } } }));
    const found = await lines({ env });
    expect(found.find((line) => line.startsWith('vendors.mixed.key'))).toContain(`= "${value}"`);
    expect(found.find((line) => line.startsWith('vendors.mixed.second'))).toBe(
      'vendors.mixed.second = null (default)',
    );
    expect(found.join()).not.toContain('hidden');
  });

  it('shows the sandbox', async () => {
    const found = await lines({ env: { SALESQ_SANDBOX_URL: 'http://localhost:1' } }, 'sandbox');
    expect(found).toContain('profile = "sandbox" (argument)');
    expect(found).toContain('country = "DE" (built in)');
    expect(found).toContain(`vendors.${mixed.id}.url = "http://localhost:1/mixed" (env SALESQ_SANDBOX_URL)`);
    expect(found).toContain('vendors.sales-q.token = "set (built in)" (built in)');
  });
});
