import { describe, expect, it } from 'vitest';
import { accountRef, type AccountFacts } from '../../src/core/account.js';

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
    expect(new Set(own.map((url) => place({ url })))).toEqual(new Set(['place:loopback#']));
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
