import type { TableShape } from './keeper.js';

/** Tables others refer to come first; the rest in any order, one that a later step adds too. */
const first = ['migrations', 'meta', 'accounts', 'histories', 'runs', 'rows'];

const rank = ({ name }: TableShape): number => {
  const at = first.indexOf(name);
  return at < 0 ? first.length : at;
};

export const inOrder = (tables: readonly TableShape[]): TableShape[] =>
  [...tables].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));

/** Tables that say nothing of what was sent or asked: a ledger with nothing in any other is empty. */
export const housekeeping: ReadonlySet<string> = new Set(['migrations', 'meta', 'locks', 'paces']);

/** Tables that a moved ledger may still change: the mark itself. */
export const closable = (tables: readonly TableShape[]): TableShape[] =>
  tables.filter(({ name }) => name !== 'meta' && name !== 'migrations');
