import type { Ledger } from '../../../src/core/ledger.js';

/** A ledger with some of its methods replaced. */
export function instead(ledger: Ledger, replaced: Partial<Ledger>): Ledger {
  return new Proxy(ledger, {
    get(target, name) {
      const own = replaced[name as keyof Ledger];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
