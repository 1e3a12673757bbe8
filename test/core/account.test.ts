import { describe, expect, it } from 'vitest';
import {
  accountRef,
  accountsMeant,
  accountTitle,
  sameAccount,
  unsettledWith,
  type AccountFacts,
} from '../../src/core/account.js';
import type { AccountRef, KnownAccount } from '../../src/core/ledger.js';

const facts = (change: Partial<AccountFacts> = {}): AccountFacts => ({
  vendor: 'v',
  url: 'https://host.example/a',
  marks: [],
  name: null,
  sandbox: false,
  ...change,
});
const place = (change: Partial<AccountFacts>): string | undefined => accountRef(facts(change)).aliases[0];

describe('what an account is known by', () => {
  it('is host and port, whatever the path; of this machine one word for all', () => {
    expect(place({ url: 'https://HOST.example.:443/b/c' })).toBe(place({}));
    expect(place({ url: 'https://host.example:8000' })).not.toBe(place({}));
    expect(place({ url: 'http://host.example' })).not.toBe(place({}));
    const own = ['http://127.0.0.1:4180', 'http://localhost:9', 'https://[::1]/x', 'http://127.9.9.9'];
    expect(new Set(own.map((url) => place({ url })))).toEqual(new Set(['place:loopback#\t']));
  });

  it('and what the vendor declares, as text', () => {
    expect(place({ marks: [4711] })).toBe(place({ marks: ['4711'] }));
    expect(place({ marks: ['ops'] })).not.toBe(place({ marks: ['other'] }));
  });

  it('and a name with case, spaces and Unicode evened out', () => {
    const name = (text: string): string | null => accountRef(facts({ name: text })).name;
    expect(name(' SPRING\u00a0 Cafe\u0301 ')).toBe(name('spring caf\u00e9'));
    expect(name('spring')).not.toBe(name('autumn'));
  });

  it('and the sandbox is nobody else', () => {
    expect(place({ url: 'http://127.0.0.1:4180', sandbox: true })).not.toBe(
      place({ url: 'http://127.0.0.1:4180' }),
    );
  });
});

const known = (id: string, ref: AccountRef, more: Partial<KnownAccount> = {}): KnownAccount => ({
  id,
  ref,
  contacts: 1,
  firstUsed: 1,
  lastUsed: 1,
  separate: null,
  joined: [],
  ...more,
});
const refOf = (change: Partial<AccountFacts> = {}): AccountRef => accountRef(facts(change));
const decision = { at: 1, by: 'ops@desk', reason: null };

describe('whether an account must be asked about', () => {
  const all = [
    known('1', refOf({ name: 'spring' })),
    known('2', refOf({ name: 'autumn' }), { contacts: 0 }),
    known('3', refOf({ name: 'winter' }), { contacts: 0, separate: decision }),
    known('4', refOf({ vendor: 'w' })),
    known('5', refOf({ name: 'summer' }), { lastUsed: 9 }),
  ];
  const asked = (own: string | null, vendor = 'v') => unsettledWith(all, vendor, own).map(({ id }) => id);

  it('is so where it has contacted nobody and another one of the vendor has', () => {
    expect(asked('2')).toEqual(['5', '1']);
    expect(asked(null)).toEqual(['5', '1']);
    expect(asked(null, 'w')).toEqual(['4']);
  });

  it('is not so of the first, of one with contacts, and of one that is its own', () => {
    expect([asked('1'), asked('3'), asked('4', 'w'), asked(null, 'x')]).toEqual([[], [], [], []]);
  });
});

describe('what an account is called by', () => {
  const ops = known('12', refOf({ marks: ['ops'], url: 'https://dialler.example' }));
  const spring = known('1', refOf({ name: 'Spring  Café' }), { joined: [{ id: '7', ...decision }] });
  const meant = (text: string) => accountsMeant([ops, spring], text).map(({ id }) => id);

  it('is its id, one that went over to it, the beginning of one, its name or its place', () => {
    expect([meant('12'), meant('1'), meant('7')]).toEqual([['12'], ['1'], ['1']]);
    expect(meant('SPRING café')).toEqual(['1']);
    expect(meant('v spring café')).toEqual(['1']);
    expect([meant('dialler.example:443'), meant('dialler.example:443 OPS')]).toEqual([['12'], ['12']]);
    expect([meant('autumn'), accountsMeant([ops, known('13', spring.ref)], '1').length]).toEqual([[], 2]);
  });

  it('says name, host and what identifies it there, or that an earlier version did not keep it', () => {
    expect(accountTitle(ops.ref)).toBe('v at dialler.example:443 (ops)');
    expect(accountTitle(spring.ref)).toBe('v "spring café" at host.example:443');
    expect(accountTitle({ vendor: 'v', name: 'old', aliases: ['token:1'] })).toContain('"old"');
  });

  it('is the same in an entry that was kept before names stood with their places', () => {
    const before = { vendor: 'v', name: 'spring', aliases: ['place:host.example:443#'] };
    expect(sameAccount(before, refOf({ name: 'spring' }))).toBe(true);
    expect([sameAccount(before, refOf()), sameAccount(before, refOf({ name: 'autumn' }))]).toEqual([
      false,
      false,
    ]);
  });
});
