import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, parseDocument, type Config } from '../../src/config/index.js';
import type { UserError } from '../../src/core/errors.js';
import { here, makeRoom, refusal, vendors, type Room } from './helpers.js';

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(async () => {
  await rm(room.root, { recursive: true });
});

const load = async (text: string): Promise<Config> => {
  await room.write(here, text);
  return loadConfig(room.input(), vendors);
};
const refused = (text: string): Promise<UserError> => refusal(() => load(text));

describe('notation', () => {
  it('takes YAML and JSON, tabs and a BOM included', async () => {
    expect((await load('{\n\t"profiles": {\n\t\t"acme": { "live": true }\n\t}\n}\n')).profileNames[0]).toBe(
      'acme',
    );
    expect((await load('\ufeffprofiles:\r\n  acme:\r\n    live: true\r\n')).profile().live).toBe(true);
    const aliased = await load('profiles:\n  a: &a\n    vendors: {sales-q: {token: "env:T"}}\n  b: *a\n');
    expect(aliased.profile('b').vendors).toEqual(['sales-q']);
  });

  it('takes empty sections, as they stay behind when their lines are commented out', async () => {
    const config = await load('profiles:\n  acme:\n    country:\n    vendors:\n      sales-q:\n  other:\n');
    expect(config.profileNames).toEqual(['acme', 'other', 'sandbox']);
    expect(config.profile('acme').country).toBeNull();
    expect((await load('# nothing yet\n')).profileNames).toEqual(['sandbox']);
  });

  it('is read in time, and told in few lines, however many keys there are', { timeout: 20_000 }, async () => {
    const keys = Array.from({ length: 20_000 }, (_, at) => `k${at}: ${at}`);
    const { code, message } = await refused(keys.join('\n'));
    expect(code).toBe('config.unknown-key');
    expect(message.split('\n')).toHaveLength(51);
    expect((await refused([...keys, 'k7: 1'].join('\n'))).message).toContain(':20001:1 ');
  });

  it.each([
    ['a: 1\nprofiles: {}\na: 2', '3:1', 'the same key is given twice'],
    ['profiles:\n  acme: {}\n  acme: {}', '3:3', 'the same key is given twice'],
    ['{\n  "country": "DE",\n  "country": "AT"\n}', '3:3', 'the same key is given twice'],
    ['country: "DE\n', '2:1', 'a closing quote'],
    ['profiles: {acme: {}', '1:20', 'a bracket is not closed'],
    ['profiles:\n\tacme: {}', '2:1', 'a tab is used'],
    ['country: a: b', '1:10', 'a second "key:"'],
    ['---\ncountry: DE\n---\ncountry: AT', '3:1', 'more than one document'],
    ['? [a, b]\n: 1', '1:3', 'the notation is wrong'],
  ])('%j is refused at %s', async (text, place, sentence) => {
    const error = await refused(text);
    expect(error).toMatchObject({ code: 'config.bad-syntax', exit: 6 });
    expect(error.message).toContain(`.salesqrc:${place} `);
    expect(error.message).toContain(sentence);
  });

  it.each(['a: *none', 'a: &x {b: *x}'])('%j is refused', async (text) => {
    expect((await refused(text)).code).toBe('config.bad-syntax');
  });

  it('speaks of other files in their own words', async () => {
    const kind = { codes: 'map', hint: 'salesq map init' };
    expect(await refusal(() => parseDocument('a: [', 'map.yaml', kind))).toMatchObject({
      code: 'map.bad-syntax',
      hint: 'salesq map init',
    });
    expect(await refusal(() => parseDocument('- a', 'map.yaml', kind))).toMatchObject({
      code: 'map.bad-value',
    });
  });

  it('refuses an alias bomb at once', async () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 12; i += 1) {
      lines.push(
        `a${String(i)}: &a${String(i)} [${Array(10)
          .fill(`*a${String(i - 1)}`)
          .join(',')}]`,
      );
    }
    expect((await refused(lines.join('\n'))).code).toBe('config.bad-syntax');
  });

  it('refuses what is not UTF-8, and what is no mapping', async () => {
    await room.write(here, '');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${room.cwd}/.salesqrc`, Buffer.from([0xff, 0xfe, 0x61, 0x00]));
    expect((await refusal(() => loadConfig(room.input(), vendors))).message).toContain('is not UTF-8');
    for (const text of ['just text', '- a\n- b', '42']) {
      expect(await refused(text)).toMatchObject({ code: 'config.bad-value', exit: 6 });
    }
  });
});

describe('keys', () => {
  it.each([
    ['contry: DE', '.salesqrc:1:1 contry is an unknown key; did you mean country?'],
    [
      'profiles: {acme: {phoneformat: e164}}',
      'profiles.acme.phoneformat is an unknown key; did you mean phoneFormat?',
    ],
    [
      'profiles: {acme: {dnc: {maxage: 24h}}}',
      'profiles.acme.dnc.maxage is an unknown key; did you mean maxAge?',
    ],
    [
      'profiles: {acme: {vendors: {sales-q: {tokne: x}}}}',
      'vendors.sales-q.tokne is an unknown key; did you mean token?',
    ],
    [
      'profiles: {acme: {vendors: {sales-q: {rat: 5/s}}}}',
      'vendors.sales-q.rat is an unknown key; did you mean rate?',
    ],
    [
      'profiles: {acme: {vendors: {sales-q: {constructor: x}}}}',
      'vendors.sales-q.constructor is an unknown key',
    ],
    ['profiles: {acme: {zebra: 1}}', '.salesqrc:1:19 profiles.acme.zebra is an unknown key'],
    ['live: true', '.salesqrc:1:1 live is an unknown key'],
    ['vendors: {sales-q: {token: x}}', '.salesqrc:1:1 vendors is an unknown key'],
  ])('%s', async (text, message) => {
    const error = await refused(text);
    expect(error).toMatchObject({ code: 'config.unknown-key', exit: 6 });
    expect(error.message).toContain(message);
    if (!message.includes('did you mean')) expect(error.message).not.toContain('did you mean');
  });

  it('says everything that is wrong, a line each, in the order of the file', async () => {
    const error = await refused(
      [
        'contry: DE',
        'timezone: Berlin/Europe',
        'profiles:',
        '  acme:',
        '    live: "yes"',
        '    vendors:',
        '      sales-q: { token: 12345, rate: fast, concurrency: 0 }',
        '  sandbox: {}',
      ].join('\n'),
    );
    expect(error.code).toBe('config.unknown-key');
    expect(error.message.split('\n')).toEqual([
      '.salesqrc:1:1 contry is an unknown key; did you mean country?',
      '.salesqrc:2:1 timezone must be a time zone, like Europe/Berlin',
      '.salesqrc:5:5 profiles.acme.live must be true or false',
      '.salesqrc:7:18 profiles.acme.vendors.sales-q.token must be text (quotes may be missing)',
      '.salesqrc:7:32 profiles.acme.vendors.sales-q.rate must be a rate: 5/s, 60/m or 0.5/s',
      '.salesqrc:7:44 profiles.acme.vendors.sales-q.concurrency must be 1 or more',
      '.salesqrc:8:3 profiles.sandbox: the name sandbox is built in and cannot be defined',
    ]);
  });

  it('keeps the name sandbox to itself', async () => {
    expect(await refused('profiles: {sandbox: {live: true}}')).toMatchObject({
      code: 'config.reserved-profile',
      exit: 6,
    });
  });

  it.each(['a b', '../x', '__proto__', '-x', 'ä'])('refuses %j as the name of a profile', async (name) => {
    expect(
      (await refused(JSON.stringify({ profiles: { x: {} } }).replace('"x"', JSON.stringify(name)))).code,
    ).toBe('config.bad-value');
  });

  it('only warns of a vendor it does not know', async () => {
    const config = await load(
      'profiles: {acme: {vendors: {calltouch: {siteId: 1}, salesq: {token: "env:T"}}}}',
    );
    expect(config.warnings).toEqual([
      {
        code: 'config.unknown-vendor',
        message: '.salesqrc: profiles.acme.vendors.calltouch is a vendor this program does not know',
      },
      {
        code: 'config.unknown-vendor',
        message:
          '.salesqrc: profiles.acme.vendors.salesq is a vendor this program does not know; did you mean sales-q?',
      },
    ]);
  });
});

describe('values', () => {
  const profile = (text: string): string => `profiles: {acme: {${text}}}`;
  const vendor = (text: string): string => profile(`vendors: {mixed: {${text}}}`);

  it.each([
    [profile('country: DEU'), 'profiles.acme.country must be a country of two letters'],
    [profile('country: 49'), 'profiles.acme.country must be text'],
    [profile('phoneFormat: E164'), 'must be one of e164, intl-digits, national, auto'],
    [profile('timezone: Nowhere/City'), 'must be a time zone'],
    [profile('dnc: {maxAge: 24}'), 'profiles.acme.dnc.maxAge must be text'],
    [profile('dnc: {maxAge: 1 day}'), 'profiles.acme.dnc.maxAge must be a duration'],
    [profile('dnc: 24h'), 'profiles.acme.dnc must hold keys and values'],
    [profile('recontact: after:soon'), 'must be never, always or after:90d'],
    [profile('window: at noon'), 'must be a calling window'],
    [profile('window: []'), 'must name a calling window'],
    [profile('ledger: "mysql://x/y"'), 'must be a file or a postgres:// address'],
    [profile('allowInsecureHttp: 1'), 'must be true or false'],
    ['profiles: [acme]', 'profiles must hold keys and values'],
    ['profiles: {acme: yes}', 'profiles.acme must hold keys and values'],
    ['defaultProfile: [a]', 'defaultProfile must be text'],
    [vendor('url: dialler.example.com'), 'mixed.url must be a web address'],
    [vendor('url: "ftp://example.com"'), 'mixed.url must be a web address'],
    [vendor('url: "https://user:pass@example.com"'), 'mixed.url must not hold a user name or password'],
    [vendor('url: "https://example.com/?key=1"'), 'mixed.url must not hold a query'],
    [vendor('url: "https://example.com/#x"'), 'mixed.url must not hold a query (?) or a fragment'],
    [vendor('timeout: 0s'), 'mixed.timeout must be a duration'],
    [vendor('concurrency: 1.5'), 'mixed.concurrency must be a whole number'],
    [vendor('concurrency: 101'), 'mixed.concurrency must be 100 or less'],
    [vendor('site: "4711"'), 'mixed.site must be a whole number'],
    [vendor('loud: 1'), 'mixed.loud must be true or false'],
    [vendor('delay: soon'), 'mixed.delay must be a duration'],
    [vendor('type: {a: 1}'), 'mixed.type must be text'],
    [vendor('type: 1.10'), 'mixed.type must be text (quotes may be missing)'],
    [vendor('account: 12'), 'mixed.account must be text (quotes may be missing)'],
    [vendor('type: "${TYPE}"'), 'mixed.type holds a variable ($NAME)'],
    [vendor('type: ""'), 'mixed.type must not be empty'],
    [profile('window: [Mon 09:00-10:00, 5]'), 'acme.window.1 must be a calling window'],
    ['profiles: {constructor: {country: DEU}}', 'profiles.constructor.country must be a country'],
    [vendor('key: "env:"'), 'mixed.key must name something after env:'],
    [vendor('key: "env:NO SUCH"'), 'mixed.key must name an environment variable'],
    [vendor('key: "keychain:-x"'), 'mixed.key must name an item'],
    [vendor('key: "cmd:a\\0b"'), 'mixed.key must not hold a NUL'],
    [profile('vendors: {mixed: none}'), 'vendors.mixed must hold keys and values'],
  ])('%s', async (text, message) => {
    const error = await refused(text);
    expect(error).toMatchObject({ code: 'config.bad-value', exit: 6 });
    expect(error.message).toContain(message);
  });
});
