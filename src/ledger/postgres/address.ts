import { createHash } from 'node:crypto';
import { unusable } from '../../core/errors.js';

/** Where a ledger on PostgreSQL is. */
export interface Address {
  /** For the driver: as given, without what is ours alone. Holds the password. */
  readonly connection: string;
  readonly schema: string;
  /** For people: no user, no password, no options. */
  readonly where: string;
}

const defaultSchema = 'salesq';

/** TLS modes the driver takes for `verify-full` and warns of on standard error. */
const strict = new Set(['prefer', 'require', 'verify-ca']);

/**
 * Reads `postgres://user:password@host:port/database?sslmode=verify-full&schema=salesq`.
 * @throws UserError `ledger.address` (exit 6), which repeats nothing of it
 */
export function readAddress(text: string): Address {
  if (!URL.canParse(text)) throw malformed('The address of the ledger is not a URL.');
  const url = new URL(text);
  const schema = url.searchParams.get('schema') ?? defaultSchema;
  url.searchParams.delete('schema');
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith('pg_'))
    throw malformed('The schema in the address of the ledger is not a plain name in small letters.');
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && strict.has(mode) && !url.searchParams.has('uselibpqcompat'))
    url.searchParams.set('sslmode', 'verify-full');
  const host = url.host === '' ? (url.searchParams.get('host') ?? '') : url.host;
  const suffix = schema === defaultSchema ? '' : `?schema=${schema}`;
  return { connection: url.href, schema, where: `postgres://${host}${url.pathname}${suffix}` };
}

/** Where names without a schema are looked for: nowhere but in ours, so that no other program's tables are mistaken for it. */
export const searchPath = (schema: string): string => `${schema}, pg_temp`;

/** The 64-bit number of an advisory lock: of one schema and name, and of no other program's. */
export function lockNumber(schema: string, name: string): string {
  const hash = createHash('sha256').update(`salesq ${schema} ${name}`).digest();
  return hash.readBigInt64BE(0).toString();
}

const malformed = (message: string) =>
  unusable({
    code: 'ledger.address',
    message,
    hint: 'Use postgres://user@host/database, with the password in PGPASSWORD, or in the address with special characters as %XX.',
  });
