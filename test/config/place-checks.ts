import { expect } from 'vitest';
import { locationOf, type ConfigInput, type placeOf, type PlaceSource } from '../../src/config/index.js';
import { loadConfig } from '../../src/config/index.js';
import { here, vendors, type Room } from './helpers.js';

export type PlaceOf = typeof placeOf;

/** Something every way to resolve a place must do. */
export interface PlaceCheck {
  readonly name: string;
  run(room: Room, of: PlaceOf): Promise<void>;
}

async function source(room: Room, text: string, change: Partial<ConfigInput> = {}): Promise<PlaceSource> {
  await room.write(here, text);
  const input = room.input(change);
  return { input, config: await loadConfig(input, vendors) };
}

export const placeChecks: readonly PlaceCheck[] = [
  {
    name: 'the only profile is meant, with its ledger and its country',
    async run(room, of) {
      const place = of(await source(room, 'profiles: {acme: {ledger: ./acme.db, country: AT}}'));
      expect(place.profile?.name).toBe('acme');
      expect(locationOf(place)).toBe(`${room.cwd}/acme.db`);
      expect(place.reads).toEqual({ country: 'AT', format: 'auto' });
    },
  },
  {
    name: 'a chosen profile reads by its own country, not by that of the first',
    async run(room, of) {
      const text = 'profiles: {de: {country: DE}, at: {country: AT}}';
      const place = of(await source(room, text, { env: { SALESQ_PROFILE: 'at' } }));
      expect(place.reads.country).toBe('AT');
    },
  },
  {
    name: 'nobody reads by a country that not all profiles share',
    async run(room, of) {
      const place = of(await source(room, 'profiles: {de: {country: DE}, at: {country: AT}}'));
      expect([place.profile, place.reads.country]).toEqual([null, null]);
    },
  },
  {
    name: 'several ledgers without a choice are no place',
    async run(room, of) {
      const text = 'profiles: {a: {ledger: a.db}, b: {ledger: b.db}}';
      const two = await source(room, text);
      expect(() => of(two)).toThrow(expect.objectContaining({ code: 'config.no-profile', exit: 6 }));
      expect(locationOf(of(two, { profile: 'b' }))).toBe(`${room.cwd}/b.db`);
      const flagged = await source(room, text, { flags: { ledger: 'c.db' } });
      expect(locationOf(of(flagged))).toBe(`${room.cwd}/c.db`);
    },
  },
  {
    name: "a run's profile applies unless the flag names one",
    async run(room, of) {
      const text = 'defaultProfile: a\nprofiles: {a: {ledger: a.db}, b: {ledger: b.db}}';
      const run = { id: '01', profile: 'b' };
      expect(of(await source(room, text), { run }).profile?.name).toBe('b');
      const flagged = await source(room, text, { flags: { profile: 'a' } });
      expect(of(flagged, { run }).profile?.name).toBe('a');
    },
  },
  {
    name: 'a command line names what the call named, and a config that is found from here alone',
    async run(room, of) {
      const text = 'profiles: {acme: {ledger: ./acme.db}}';
      const file = `--config ${room.cwd}/.salesqrc`;
      expect(of(await source(room, text)).command('salesq x')).toBe(`salesq x ${file}`);
      const flags = { profile: 'acme', ledger: "it's.db", config: '.salesqrc' };
      expect(of(await source(room, text, { flags })).command('salesq x')).toBe(
        `salesq x --profile acme ${file} --ledger '${room.cwd}/it'\\''s.db'`,
      );
      const env = { SALESQ_CONFIG: `${room.cwd}/.salesqrc`, SALESQ_LEDGER: '/l.db', SALESQ_PROFILE: 'acme' };
      const named = of(await source(room, text, { env }));
      expect(named.command('salesq x')).toBe('salesq x');
      expect(named.command('salesq x', 'ledger')).toBe('salesq x --ledger /l.db');
      await room.write('home/.config/salesq/.salesqrc', text);
      const elsewhere = room.input({ cwd: room.root });
      const place = of({ input: elsewhere, config: await loadConfig(elsewhere, vendors) });
      expect(place.command('salesq x')).toBe('salesq x');
    },
  },
];
