import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.js';
import { usageError } from '../core/errors.js';
import { isLoopback, listen } from '../core/http.js';
import type { TwinFactory } from '../core/twin.js';
import { removeLeftovers } from '../files.js';
import { Faults, type InjectedFault } from './faults.js';
import { type Posted, Postman, type Webhooks } from './post.js';
import { addRoutes, type LoggedRequest, RequestLog } from './routes.js';
import { type ContactReport, readState, StateFile, makeStateError, VirtualClock, TwinSet } from './twins.js';
import { Wire } from './wire.js';

/** Largest request body, in bytes; a larger one is answered 413. No vendor documents a limit. */
export const maxBodyBytes = 5 * 1024 * 1024;

export interface SandboxOptions {
  readonly twins: readonly TwinFactory[];
  /** A loopback address; anything else is refused. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Virtual seconds in a real one; 60 makes a minute of a second. */
  readonly speed: number;
  /** Decides who answers what. A state file brings its own. */
  readonly seed: number;
  /** Where the sandbox survives its end, kill -9 included; null to forget everything. */
  readonly stateFile: string | null;
  readonly clock: Clock;
  /** Addresses on this machine the vendors post to, by vendor id. */
  readonly webhooks?: Webhooks;
  /** What goes wrong: `sales-q/import:reset-after@3`, as `salesq sandbox --fault` takes it. */
  readonly faults?: readonly string[];
  /** Called when a fault was injected. */
  readonly onFault?: (fault: InjectedFault) => void;
  /** Called with every request to a twin, redacted. */
  readonly log?: (entry: LoggedRequest) => void;
  /** Called when the state could not be written in the background; what must be on disk fails its request with 500. */
  readonly onStateProblem?: () => void;
}

/** Where a twin is and how to log in to it. */
interface SandboxVendor {
  readonly id: string;
  readonly url: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly help: readonly string[];
}

export interface Sandbox {
  /** Without a slash at the end. */
  readonly url: string;
  readonly vendors: readonly SandboxVendor[];
  contacts(): ContactReport;
  /** Deliveries to webhooks that are settled, oldest first, the last thousand. */
  posted(): readonly Posted[];
  /** Lets virtual time pass. */
  advance(ms: number): void;
  /** Replaces the faults. Throws UserError (exit 2) `sandbox.fault-…` and changes nothing. */
  setFaults(faults: readonly string[]): void;
  /** Stops listening and saves. Requests under way are answered first, those a fault holds up are cut off. */
  close(): Promise<void>;
}

/**
 * Starts a server on this machine with a twin of each vendor at `/<vendor id>`, an overview at `/`, and
 * `/_sandbox/{contacts,requests,deliveries,faults,clock,reset}`. Throws UserError: host not loopback, port taken, state
 * unusable, a fault not understood.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  requireLoopback(options.host);
  const faults = new Faults(options.twins, options.seed, options.onFault ?? (() => undefined));
  faults.set(options.faults ?? []);
  const { twins, clock } = await openTwins(options);
  const file =
    options.stateFile === null
      ? null
      : new StateFile(
          options.stateFile,
          () => ({ virtualMs: clock.now(), twins: twins.save() }),
          options.onStateProblem ?? (() => undefined),
        );
  const save = (): Promise<void> => file?.save() ?? Promise.resolve();
  const postman = new Postman({
    webhooks: options.webhooks ?? {},
    findTwin: (id) => twins.find(id),
    clock: options.clock,
    save,
  });
  const { fastify } = await import('fastify');
  const app = fastify({ bodyLimit: maxBodyBytes, requestTimeout: 30_000, logger: false });
  const port = new ListeningPort(app.server);
  const wire = new Wire((ms) => port.takeDown(ms));
  let url = '';
  addRoutes(app, {
    twins,
    clock,
    requests: new RequestLog(),
    faults,
    wire,
    ids: options.twins.map(({ id }) => id),
    url: () => url,
    speed: options.speed,
    log: options.log ?? (() => undefined),
    save,
    saveSoon: () => file?.saveSoon(),
    posted: () => postman.posted,
    postDue: () => postman.postDue(),
  });
  url = await listen(app, options.host, options.port, { code: 'sandbox', name: 'The sandbox' });
  if (file) await saveFirst(file, app);
  postman.start();
  const end = async (): Promise<void> => {
    port.close();
    wire.close();
    await Promise.all([app.close(), postman.close()]);
    await file?.close();
  };
  let closed: Promise<void> | null = null;
  return {
    url,
    vendors: twins.all().map(({ id, credentials, help }) => ({ id, url: `${url}/${id}`, credentials, help })),
    contacts: () => twins.contacts(),
    posted: () => postman.posted,
    advance: (ms) => {
      clock.advance(ms);
      file?.saveSoon();
      postman.postDue();
    },
    setFaults: (texts) => faults.set(texts),
    close: () => (closed ??= end()),
  };
}

/** Saves once at the start, so that a state that cannot be kept is known before the first import. Throws UserError (exit 6). */
async function saveFirst(file: StateFile, app: FastifyInstance): Promise<void> {
  try {
    await file.save();
  } catch {
    await app.close();
    throw makeStateError('cannot be written');
  }
}

/** Makes the twins and their clock, from the state file where there is one. */
async function openTwins(options: SandboxOptions): Promise<{ twins: TwinSet; clock: VirtualClock }> {
  const state = options.stateFile === null ? null : await readState(options.stateFile);
  if (options.stateFile !== null)
    await removeLeftovers(options.stateFile, options.clock.now()).catch(() => undefined);
  const start = Math.max(options.clock.now(), state?.virtualMs ?? 0);
  const clock = new VirtualClock(options.clock, options.speed, start);
  const twins = new TwinSet(options.twins, options.seed, () => clock.now());
  if (state) twins.load(state.twins);
  return { twins, clock };
}

/** Pause before another try where another program has taken the port meanwhile, in ms. */
const retryListenMs = 500;

/** The port of a server, which can be taken down for a while and comes back the same. */
class ListeningPort {
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(private readonly server: Server) {}

  /** Cuts all connections and refuses new ones for so many milliseconds. Does nothing while it is down. */
  takeDown(ms: number): void {
    const address = this.server.address() as AddressInfo | null;
    if (this.#timer || this.#closed || !address) return;
    this.server.close();
    this.server.closeAllConnections();
    this.#listenAgainIn(ms, address);
  }

  /** Ends: a port that is down stays down. */
  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #listenAgainIn(ms: number, { address, port }: AddressInfo): void {
    this.#timer = setTimeout(() => {
      const taken = (): void => {
        if (!this.#closed) this.#listenAgainIn(retryListenMs, { address, port, family: '' });
      };
      this.server.once('error', taken);
      this.server.listen({ host: address, port }, () => {
        this.server.off('error', taken);
        this.#timer = null;
      });
    }, ms);
  }
}

/** Throws UserError (exit 2) for a host others could reach: a sandbox holds real leads and asks for no password. */
function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw usageError({
    code: 'sandbox.not-loopback',
    message: 'The sandbox listens on this machine only.',
    hint: 'Use --host 127.0.0.1.',
  });
}
