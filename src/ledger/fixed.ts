import type { Compilable, CompiledQuery, QueryResult } from 'kysely';
import type { Flavour } from './flavour.js';
import type { Db } from './store.js';

/** Stands for a parameter while a statement is built. */
class Place {
  constructor(readonly name: string) {}
}

interface Where {
  readonly db: Db;
  readonly flavour: Flavour;
}

/**
 * A statement every request needs: it is built once for each engine, and afterwards only its parameters are new. A program
 * that ends after some hundred requests would spend more time on building it than the database on doing it.
 * @param build sees places instead of parameters, so that its text cannot depend on them
 */
export function fixed<P extends object, O>(
  build: (where: Where, parameters: P) => Compilable<O>,
): (where: Where, parameters: P) => Promise<QueryResult<O>> {
  const built = new WeakMap<Flavour, CompiledQuery<O>>();
  return ({ db, flavour }, parameters) => {
    const query = built.get(flavour) ?? build({ db, flavour }, places as P).compile();
    built.set(flavour, query);
    const values = query.parameters.map((value) =>
      value instanceof Place ? parameters[value.name as keyof P] : value,
    );
    return db.executeQuery({ ...query, parameters: values });
  };
}

const places: unknown = new Proxy({}, { get: (_, name) => new Place(String(name)) });
