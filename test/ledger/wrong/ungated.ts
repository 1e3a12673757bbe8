import type { Flavour } from '../../../src/ledger/flavour.js';
import type { Store } from '../../../src/ledger/store.js';

/** Puts another flavour under an open store. */
export function changed(store: Store, change: (flavour: Flavour) => Partial<Flavour>): Store {
  const { flavour } = store;
  return Object.assign(store, { flavour: { ...flavour, ...change(flavour) } });
}

/** Deliberately wrong: blocks, plans and claims without waiting for each other. */
export const ungated = (store: Store): Store =>
  changed(store, (flavour) => ({
    enter: (db, _gates, clock) => flavour.enter(db, [], clock),
    pass: () => Promise.resolve(),
  }));

/** Deliberately wrong: rows and locks that were looked at may be changed by others before they are acted on. */
export const unheld = (store: Store): Store => changed(store, () => ({ hold: (query) => query }));
