/** What is used of `DatabaseSync`, the API of node:sqlite. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  all(...parameters: readonly SqlValue[]): unknown[];
  get(...parameters: readonly SqlValue[]): unknown;
  run(...parameters: readonly SqlValue[]): { changes: number | bigint };
}

export type SqlValue = null | number | bigint | string;

interface Engine {
  readonly DatabaseSync: new (path: string | URL, options?: { readonly readOnly: boolean }) => Database;
}

/**
 * Opens a database file with what this Node has: its own node:sqlite, or where that is missing (Node 20) or hidden
 * behind a flag (22 before 22.13), the package of the same API.
 */
export async function openDatabase(path: string | URL, readOnly = false): Promise<Database> {
  const { DatabaseSync } = (await builtin()) ?? ((await import('@photostructure/sqlite')) satisfies Engine);
  return new DatabaseSync(path, { readOnly });
}

async function builtin(): Promise<Engine | null> {
  const name = 'node:sqlite' as string;
  try {
    return (await import(name)) as Engine;
  } catch {
    return null;
  }
}
