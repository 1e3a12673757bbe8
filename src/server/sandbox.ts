import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.js';
import type { TwinFactory } from '../core/twin.js';
import { removeLeftovers } from '../files.js';
import { listen } from './listen.js';
import { Door } from './sandbox/fault-door.js';
import { Wire } from './sandbox/fault-wire.js';
import type { InjectedFault } from './sandbox/faults.js';
import { Faults } from './sandbox/faults.js';
import { requireLoopback } from './sandbox/listen.js';
import type { ContactReport } from './sandbox/people.js';
import { Postman, type Posted, type Webhooks } from './sandbox/postman.js';
import type { LoggedRequest } from './sandbox/request-log.js';
import { RequestLog } from './sandbox/request-log.js';
import { addRoutes } from './sandbox/routes.js';
import { readState, StateFile, stateProblem } from './sandbox/state-file.js';
import { VirtualClock } from './sandbox/virtual-clock.js';
import { World } from './sandbox/world.js';

export { faultHelp } from './sandbox/fault-help.js';
export type { InjectedFault } from './sandbox/faults.js';
export type { ContactReport } from './sandbox/people.js';
export type { Posted, Webhooks } from './sandbox/postman.js';
export type { LoggedRequest } from './sandbox/request-log.js';

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
  /** A fault befell a request. */
  readonly onFault?: (fault: InjectedFault) => void;
  /** Every request to a twin, redacted. */
  readonly log?: (entry: LoggedRequest) => void;
  /** The state could not be written in the background. What must be on disk fails its request with 500 instead. */
  readonly onStateProblem?: () => void;
}

/** Where a twin is and how to log in to it. */
export interface SandboxVendor {
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
  /** Takes these faults instead of those there are. Throws UserError (exit 2) `sandbox.fault-…` and changes nothing. */
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
  const { world, clock } = await openWorld(options);
  const file = options.stateFile === null ? null : stateFile(options.stateFile, world, clock, options);
  const keep = (): Promise<void> => file?.save() ?? Promise.resolve();
  const postman = new Postman({
    webhooks: options.webhooks ?? {},
    twin: (id) => world.twin(id),
    clock: options.clock,
    keep,
  });
  const { fastify } = await import('fastify');
  const app = fastify({ bodyLimit: maxBodyBytes, requestTimeout: 30_000, logger: false });
  const door = new Door(app.server);
  const wire = new Wire((ms) => door.shut(ms));
  let url = '';
  addRoutes(app, {
    world,
    clock,
    requests: new RequestLog(),
    faults,
    wire,
    ids: options.twins.map(({ id }) => id),
    facts: () => ({
      url,
      now: clock.now(),
      speed: options.speed,
      twins: world.twins(),
      contacts: world.contacts(),
      faults: faults.injected,
    }),
    log: options.log ?? (() => undefined),
    keep,
    keepSoon: () => file?.saveSoon(),
    posted: () => postman.posted,
    look: () => postman.look(),
  });
  url = await listen(app, options.host, options.port, { code: 'sandbox', name: 'The sandbox' });
  if (file) await firstSave(file, app);
  postman.start();
  const end = async (): Promise<void> => {
    door.close();
    wire.close();
    await Promise.all([app.close(), postman.close()]);
    await file?.close();
  };
  return handle({ url, world, clock, file, postman, faults, end });
}

interface Running {
  readonly url: string;
  readonly world: World;
  readonly clock: VirtualClock;
  readonly file: StateFile | null;
  readonly postman: Postman;
  readonly faults: Faults;
  readonly end: () => Promise<void>;
}

/** What who started it holds in hand. */
function handle({ url, world, clock, file, postman, faults, end }: Running): Sandbox {
  let closed: Promise<void> | null = null;
  return {
    url,
    vendors: world
      .twins()
      .map(({ id, credentials, help }) => ({ id, url: `${url}/${id}`, credentials, help })),
    contacts: () => world.contacts(),
    posted: () => postman.posted,
    advance: (ms) => {
      clock.advance(ms);
      file?.saveSoon();
      postman.look();
    },
    setFaults: (texts) => faults.set(texts),
    close: () => (closed ??= end()),
  };
}

/** Finds out now, not with the first import, that the state cannot be kept. Throws UserError (exit 6). */
async function firstSave(file: StateFile, app: FastifyInstance): Promise<void> {
  try {
    await file.save();
  } catch {
    await app.close();
    throw stateProblem('cannot be written');
  }
}

/** The twins and their time, as the state file left them where there is one. */
async function openWorld(options: SandboxOptions): Promise<{ world: World; clock: VirtualClock }> {
  const state = options.stateFile === null ? null : await readState(options.stateFile);
  if (options.stateFile !== null)
    await removeLeftovers(options.stateFile, options.clock.now()).catch(() => undefined);
  const start = Math.max(options.clock.now(), state?.virtualMs ?? 0);
  const clock = new VirtualClock(options.clock, options.speed, start);
  const world = new World(options.twins, options.seed, () => clock.now());
  if (state) world.load(state.twins);
  return { world, clock };
}

const stateFile = (path: string, world: World, clock: VirtualClock, options: SandboxOptions): StateFile =>
  new StateFile(
    path,
    () => ({ virtualMs: clock.now(), twins: world.save() }),
    options.onStateProblem ?? (() => undefined),
  );
