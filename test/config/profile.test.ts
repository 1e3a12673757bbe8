import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isSilenced,
  ledgerLocation,
  loadConfig,
  outputFormatIn,
  shownLedger,
} from '../../src/config/index.js';
import { runMain } from '../support/in-process.js';
import { here, makeRoom, originOf, refusal, vendors, type Room } from './helpers.js';

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(async () => {
  await rm(room.root, { recursive: true });
});

describe('which profile', () => {
  const two = 'defaultProfile: acme\nprofiles: {acme: {}, beta: {}}';
  const chosen = async (change = {}, name?: string): Promise<string> => {
    const profile = (await loadConfig(room.input(change), vendors)).profile(name);
    return `${profile.name} by ${await originOf(profile, 'profile')}`;
  };

  it('argument, flag, environment, defaultProfile, the only one', async () => {
    await room.write(here, two);
    const env = { SALESQ_PROFILE: 'beta' };
    expect(await chosen()).toBe('acme by .salesqrc:defaultProfile');
    expect(await chosen({ env })).toBe('beta by env SALESQ_PROFILE');
    expect(await chosen({ env: { SALESQ_PROFILE: '' } })).toBe('acme by .salesqrc:defaultProfile');
    expect(await chosen({ env, flags: { profile: 'sandbox' } })).toBe('sandbox by flag --profile');
    expect(await chosen({ env, flags: { profile: 'beta' } }, 'acme')).toBe('acme by argument');
    await room.write(here, 'profiles: {solo: {}}');
    expect(await chosen()).toBe('solo by the only profile');
  });

  it('refuses one that is not there, with the nearest and the list', async () => {
    await room.write(here, two);
    const error = await refusal(() => chosen({ flags: { profile: 'amce' } }));
    expect(error).toMatchObject({ code: 'config.unknown-profile', exit: 6, hint: '`salesq profiles list`' });
    expect(error.message).toBe(
      'There is no profile amce (flag --profile); did you mean acme? Known: acme, beta, sandbox.',
    );
    const far = await refusal(() => chosen({ flags: { profile: 'constructor' } }));
    expect(far.message).toBe('There is no profile constructor (flag --profile). Known: acme, beta, sandbox.');
    await room.write(here, 'defaultProfile: gone\nprofiles: {acme: {}, beta: {}}');
    expect((await refusal(() => chosen())).message).toContain('(.salesqrc:defaultProfile)');
  });

  it('refuses to guess', async () => {
    expect(await refusal(() => chosen())).toMatchObject({
      code: 'config.no-profile',
      exit: 6,
      hint: '--profile sandbox, or copy .salesqrc.example to .salesqrc',
    });
    await room.write(here, 'profiles: {acme: {}, beta: {}}');
    const error = await refusal(() => chosen());
    expect(error).toMatchObject({ code: 'config.no-profile', hint: '--profile acme' });
    expect(error.message).toContain('acme, beta, sandbox');
  });
});

describe('which value', () => {
  it('flag, profile, top level, default, and says which', async () => {
    await room.write(
      here,
      'country: at\nphoneFormat: national\nprofiles: {acme: {country: ch, recontact: after:30d}}',
    );
    const config = await loadConfig(room.input(), vendors);
    const profile = config.profile();
    expect(profile).toMatchObject({
      live: false,
      country: 'CH',
      phoneFormat: 'national',
      recontact: { mode: 'after', afterMs: 2_592_000_000 },
      ledger: null,
      timezone: null,
      dnc: { maxAgeMs: null },
      window: [],
      allowInsecureHttp: false,
      vendors: [],
    });
    expect(await originOf(profile, 'country')).toBe('.salesqrc:profiles.acme.country');
    expect(await originOf(profile, 'phoneFormat')).toBe('.salesqrc:phoneFormat');
    expect(await originOf(profile, 'live')).toBe('default');
    const flags = { country: 'fr', phoneFormat: 'e164' };
    const flagged = (await loadConfig(room.input({ flags }), vendors)).profile();
    expect(flagged).toMatchObject({ country: 'FR', phoneFormat: 'e164', recontact: { mode: 'after' } });
    expect(await originOf(flagged, 'country')).toBe('flag --country');
    expect(await originOf(flagged, 'phoneFormat')).toBe('flag --phone-format');
  });

  it('reads everything a profile takes', async () => {
    await room.write(
      'work/.salesqrc.yaml',
      'profiles: {acme: {live: true, timezone: Europe/Berlin, dnc: {maxAge: 24h}, allowInsecureHttp: true, window: [Mon 09:00-10:00, Tue 11:00-12:00]}}',
    );
    const profile = (await loadConfig(room.input(), vendors)).profile();
    expect(profile).toMatchObject({
      live: true,
      timezone: 'Europe/Berlin',
      dnc: { maxAgeMs: 86_400_000 },
      allowInsecureHttp: true,
      window: [
        { days: [1], fromMinute: 540, toMinute: 600 },
        { days: [2], fromMinute: 660, toMinute: 720 },
      ],
    });
    const file = path.join(room.root, 'work', '.salesqrc.yaml');
    expect(await originOf(profile, 'dnc.maxAge')).toBe(`${file}:profiles.acme.dnc.maxAge`);
  });

  it.each([
    ['--country', { country: 'Germany' }],
    ['--phone-format', { phoneFormat: 'x' }],
    ['--ledger', { ledger: 'mysql://x' }],
  ])('refuses a wrong %s as wrong usage', async (flag, flags) => {
    const error = await refusal(() => loadConfig(room.input({ flags }), vendors));
    expect(error).toMatchObject({ code: 'usage.bad-value', exit: 2 });
    expect(error.message).toContain(`${flag} must be`);
  });
});

describe('sandbox', () => {
  it('is there without a file, and takes nothing from one, its ledger least of all', async () => {
    const bare = (await loadConfig(room.input(), vendors)).profile('sandbox');
    expect(bare).toMatchObject({
      name: 'sandbox',
      builtIn: true,
      live: false,
      country: 'DE',
      phoneFormat: 'auto',
    });
    expect(await originOf(bare, 'country')).toBe('built in');
    await room.write(
      here,
      'country: AT\nallowInsecureHttp: true\nrecontact: always\nledger: ./own.db\nprofiles: {a: {}}',
    );
    const beside = (await loadConfig(room.input(), vendors)).profile('sandbox');
    expect(beside).toMatchObject({ country: 'DE', allowInsecureHttp: false, recontact: { mode: 'never' } });
    expect(beside.ledger).toBeNull();
    const flagged = await loadConfig(room.input({ flags: { country: 'AT' } }), vendors);
    expect(flagged.profile('sandbox').country).toBe('AT');
  });
});

describe('ledgerLocation', () => {
  it('flag, environment, profile, top level, state folder', async () => {
    await room.write('work/.salesqrc', 'ledger: top.db\nprofiles: {acme: {ledger: "~/mine.db"}, beta: {}}');
    const config = await loadConfig(room.input(), vendors);
    const input = room.input();
    const env = { SALESQ_LEDGER: 'postgres://u@db/x', XDG_STATE_HOME: '/state' };
    expect(ledgerLocation({ ...input, env, flags: { ledger: 'a.db' } }, null)).toBe(
      path.join(room.cwd, 'a.db'),
    );
    expect(ledgerLocation({ ...input, env }, config.profile('acme'))).toBe('postgres://u@db/x');
    expect(ledgerLocation(input, config.profile('acme'))).toBe(path.join(room.home, 'mine.db'));
    expect(ledgerLocation(input, config.profile('beta'))).toBe(path.join(room.root, 'work', 'top.db'));
    expect(ledgerLocation(input, null, config)).toBe(path.join(room.root, 'work', 'top.db'));
    expect(ledgerLocation(input, config)).toBe(path.join(room.root, 'work', 'top.db'));
    expect(await originOf(config.profile('acme'), 'ledger')).toMatch(
      /work\/\.salesqrc:profiles\.acme\.ledger$/,
    );
    expect(await originOf(config.profile('beta'), 'ledger')).toMatch(/work\/\.salesqrc:ledger$/);
    expect(ledgerLocation({ ...input, env: { XDG_STATE_HOME: '/state' } }, null)).toBe(
      '/state/salesq/ledger.db',
    );
    const fallback = path.join(room.home, '.local', 'state', 'salesq', 'ledger.db');
    expect(ledgerLocation({ ...input, env: { XDG_STATE_HOME: 'relative' } }, null)).toBe(fallback);
    expect(ledgerLocation(input, null)).toBe(fallback);
  });

  it('keeps the sandbox in a ledger of its own, which only the flag overrules', async () => {
    await room.write('work/.salesqrc', 'ledger: top.db\nprofiles: {acme: {}}');
    const env = { SALESQ_LEDGER: '/elsewhere.db', XDG_STATE_HOME: '/state' };
    const input = room.input({ env });
    const config = await loadConfig(input, vendors);
    const sandbox = config.profile('sandbox');
    expect(ledgerLocation(input, sandbox, config)).toBe('/state/salesq/sandbox.db');
    expect(ledgerLocation({ ...input, flags: { ledger: '/flag.db' } }, sandbox, config)).toBe('/flag.db');
  });

  it('needs a home only for the default', async () => {
    const input = room.input({ home: null });
    const error = await refusal(() => ledgerLocation(input, null));
    expect(error).toMatchObject({ code: 'config.no-home', exit: 6 });
    expect(error.hint).toContain('--ledger');
    expect(ledgerLocation({ ...input, env: { XDG_STATE_HOME: '/state' } }, null)).toBe(
      '/state/salesq/ledger.db',
    );
  });

  it('is shown without a password', () => {
    expect(shownLedger('postgres://u:p@db:5433/x?password=p')).toBe('postgres://u@db:5433/x');
    expect(shownLedger('postgres://bad host')).toBe('postgres://…');
    expect(shownLedger('/a/b.db')).toBe('/a/b.db');
  });
});

describe('the environment alone', () => {
  it('says how results are printed, and whether anybody is asked', () => {
    expect([outputFormatIn({}), isSilenced({})]).toEqual([null, false]);
    expect(outputFormatIn({ SALESQ_OUTPUT: 'json' })).toBe('json');
    expect(outputFormatIn({ SALESQ_OUTPUT: '' })).toBeNull();
    expect(isSilenced({ SALESQ_NO_INPUT: '1' })).toBe(true);
    expect(isSilenced({ SALESQ_NO_INPUT: '0' })).toBe(false);
    expect(isSilenced({ CI: 'true' })).toBe(true);
    expect(isSilenced({ CI: 'false' })).toBe(false);
  });

  it('is refused where it is wrong', async () => {
    const error = await refusal(() => outputFormatIn({ SALESQ_OUTPUT: 'xml' }));
    expect(error).toMatchObject({ code: 'usage.bad-value', exit: 2 });
    expect(error.message).toContain('SALESQ_OUTPUT must be one of table');
  });

  it('gives way to --output, which is read as any option', async () => {
    const world = { cwd: room.cwd, env: { HOME: room.home, SALESQ_OUTPUT: 'json' } };
    expect((await runMain(['profiles', 'list'], world)).stdout).toContain('salesq/profiles@1');
    expect((await runMain(['profiles', 'list', '-o', 'tsv'], world)).stdout).toMatch(/^profile\tdefault/);
    const wrong = await runMain(['profiles', 'list', '--output', 'xml'], world);
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('--output takes one of table');
  });
});
