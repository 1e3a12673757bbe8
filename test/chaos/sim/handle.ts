import { temporary } from '../../../src/core/errors.js';
import type { Ledger } from '../../../src/core/ledger.js';
import type { Oracle } from './oracle.js';
import type { Process } from './world.js';

/** What becomes of one call of the ledger. `unknown`: it commits, and the answer is lost. `last`: it commits, and then the program dies. */
export type CallFate = 'well' | 'unknown' | 'last' | 'freeze';

export interface Meddling {
  callFate(name: string): CallFate;
  freeze(process: Process): void;
}

const streams: ReadonlySet<string> = new Set(['rows', 'doubts', 'events', 'kept', 'blocked', 'deliveries']);

/** A look at counters that decides nothing here, where there is one ledger: it takes no turn. */
const unseen: ReadonlySet<string> = new Set(['progress']);

/** Calls that change something: in a ledger that groups commits, those made in one breath share one. */
const writes: ReadonlySet<string> = new Set(['settle', 'claim', 'heartbeat', 'pause']);

/** The ledger as a program in the simulation has it: every call waits for its turn, and may be the last. */
export function handleOf(
  real: Ledger,
  process: Process,
  oracle: Oracle,
  meddling: Meddling,
  grouping: boolean,
): Ledger {
  const { world } = process;
  const call = async (name: string, args: readonly unknown[], method: Method): Promise<unknown> => {
    await world.enter(process, name, grouping && writes.has(name) ? 'group' : null);
    const fate = meddling.callFate(name);
    const result = await told(process, name, () => method.apply(real, [...args]));
    oracle.observe(process, name, args, result);
    if (fate === 'last') process.kill(`after ${name}`);
    if (fate === 'freeze') meddling.freeze(process);
    if (!process.alive || process.frozen) await world.enter(process, `hears of ${name}`);
    if (fate !== 'unknown') return result;
    process.excuse ??= 'connection lost';
    world.say(process, `${name} is committed, and the answer lost`);
    throw temporary({ code: 'ledger.connection-lost', message: 'Lost', hint: 'Again' });
  };
  return new Proxy(real, {
    get(target, key) {
      const name = String(key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = value as Method;
      if (unseen.has(name)) return method.bind(target);
      if (!streams.has(name)) return (...args: unknown[]) => call(name, args, method);
      return async function* (...args: unknown[]) {
        await world.enter(process, name);
        yield* method.apply(target, args) as unknown as AsyncIterable<unknown>;
      };
    },
  });
}

type Method = (...args: unknown[]) => Promise<unknown>;

async function told(process: Process, name: string, task: () => Promise<unknown>): Promise<unknown> {
  const { world } = process;
  try {
    const result = await task();
    if (world.trace) world.say(process, `ledger.${name}${shown(result)}`);
    return result;
  } catch (error) {
    const { code } = error as { code?: unknown };
    world.say(process, `ledger.${name} fails: ${typeof code === 'string' ? code : String(error)}`);
    throw error;
  }
}

/** What a reader of a trace wants to know of a result. */
function shown(result: unknown): string {
  if (result === null || typeof result !== 'object')
    return result === undefined ? '' : `: ${JSON.stringify(result)}`;
  const rows = (list: unknown): string =>
    (list as { row: number; state: string }[]).map(({ row, state }) => `row ${row} ${state}`).join(', ');
  if (Array.isArray(result))
    return result.length > 0 && 'state' in (result[0] as object)
      ? `: ${rows(result)}`
      : ` (${result.length})`;
  if ('claim' in result) {
    const { claim, blocked, waitMs } = result as {
      claim: { rows: unknown } | null;
      blocked: unknown[];
      waitMs: number;
    };
    return `: ${claim ? rows(claim.rows) : 'nothing'}${blocked.length > 0 ? `; ${rows(blocked)}` : ''}${waitMs > 0 ? `; wait ${waitMs} ms` : ''}`;
  }
  const { epoch, ready } = result as { epoch?: number; ready?: number };
  if (epoch !== undefined) return `: epoch ${epoch}`;
  return ready === undefined
    ? ''
    : `: ${Object.entries(result)
        .filter(([, n]) => Number(n) > 0)
        .map(([state, n]) => `${String(n)} ${state}`)
        .join(', ')}`;
}
