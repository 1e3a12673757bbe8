import type { Compilable, CompiledQuery, QueryResult } from 'kysely';
import type { Db } from './store.js';

/** Stands for a parameter while a statement is built. */
class Place {
  constructor(readonly name: string) {}
}

interface Where {
  readonly db: Db;
}

/**
 * A statement every request needs: it is built once for each open ledger, and afterwards only its parameters are new. A
 * program that ends after some hundred requests would spend more time on building it than the database on doing it.
 * @param build sees places instead of parameters, so that its text cannot depend on them
 */
export function fixed<P extends object, O, W extends Where = Where>(
  build: (where: W, parameters: P) => Compilable<O>,
): (where: W, parameters: P) => Promise<QueryResult<O>> {
  const built = new WeakMap<object, CompiledQuery<O>>();
  return (where, parameters) => {
    const { adapter } = where.db.getExecutor();
    const query = built.get(adapter) ?? build(where, places as P).compile();
    built.set(adapter, query);
    const values = query.parameters.map((value) =>
      value instanceof Place ? parameters[value.name as keyof P] : value,
    );
    return where.db.executeQuery({ ...query, parameters: values });
  };
}

const places: unknown = new Proxy({}, { get: (_, name) => new Place(String(name)) });
