import { type Clock, isoTime } from '../core/clock.js';
import { unusable } from '../core/errors.js';
import { FileError } from '../core/files.js';
import { isObject, type Json, type JsonObject, parseJson, writeJson } from '../core/json.js';
import type { Contact, Twin, TwinFactory } from '../core/twin.js';
import { files } from '../files.js';

/** The twins of a sandbox. */
export class TwinSet {
  #twins: readonly Twin[];
  /** States of twins that are not running this time: kept unchanged. */
  #absent: JsonObject = {};

  constructor(
    private readonly factories: readonly TwinFactory[],
    private readonly seed: number,
    private readonly now: () => number,
  ) {
    this.#twins = this.#create();
  }

  /** Returns every twin, advanced to the present. */
  all(): readonly Twin[] {
    const now = this.now();
    for (const twin of this.#twins) twin.advance(now);
    return this.#twins;
  }

  /** Returns one twin, advanced to the present; undefined where none has this id. */
  find(id: string): Twin | undefined {
    return this.all().find((twin) => twin.id === id);
  }

  contacts(): ContactReport {
    const all = this.all().flatMap((twin) =>
      twin.contacts().map((contact): VendorContact => ({ ...contact, vendor: twin.id })),
    );
    return reportContacts(all);
  }

  /** Starts every twin anew. */
  reset(): void {
    this.#twins = this.#create();
    this.#absent = {};
  }

  save(): JsonObject {
    return { ...this.#absent, ...Object.fromEntries(this.#twins.map((twin) => [twin.id, twin.save()])) };
  }

  /** Throws UserError (exit 6) where a twin does not know its state. */
  load(states: JsonObject): void {
    const left = new Map<string, Json>(Object.entries(states));
    for (const twin of this.#twins) {
      const state = left.get(twin.id);
      left.delete(twin.id);
      if (state === undefined) continue;
      try {
        twin.load(state);
      } catch {
        throw makeStateError(`holds a state of ${twin.id} this version cannot read`);
      }
    }
    this.#absent = Object.fromEntries(left);
  }

  #create(): readonly Twin[] {
    return this.factories.map((factory) => factory.create({ seed: this.seed }));
  }
}

/** Time inside the sandbox: begins at `startMs`, runs `speed` times as fast as outside, and can be advanced. */
export class VirtualClock {
  #base: number;
  readonly #since: number;

  constructor(
    private readonly clock: Clock,
    private readonly speed: number,
    startMs: number,
  ) {
    this.#base = startMs;
    this.#since = clock.monotonic();
  }

  /** Virtual milliseconds since 1970. */
  now(): number {
    return Math.floor(this.#base + (this.clock.monotonic() - this.#since) * this.speed);
  }

  advance(ms: number): void {
    this.#base += ms;
  }
}

/** A contact and the vendor it came through. */
interface VendorContact extends Contact {
  readonly vendor: string;
}

/** Everybody a vendor contacted, and how often. */
export interface ContactReport {
  readonly schema: 'salesq/sandbox-contacts@1';
  /** Most often contacted first, then by number. */
  readonly persons: readonly {
    readonly person: string;
    readonly times: number;
    readonly contacts: readonly {
      readonly at: string;
      readonly vendor: string;
      readonly what: string;
      readonly leadId: string;
    }[];
  }[];
  /** Persons with whom one vendor opened more than one conversation: what must not happen. */
  readonly twice: readonly { readonly person: string; readonly vendor: string; readonly times: number }[];
}

export function reportContacts(contacts: readonly VendorContact[]): ContactReport {
  const byPerson = groupBy(contacts, (contact) => contact.person);
  const persons = [...byPerson].map(([person, list]) => ({
    person,
    times: list.length,
    contacts: list.map(({ at, vendor, what, leadId }) => ({ at: isoTime(at), vendor, what, leadId })),
  }));
  const starts = groupBy(
    contacts.filter((contact) => contact.starts),
    ({ vendor, person }) => `${vendor} ${person}`,
  );
  const twice = [...starts.values()].flatMap((list) => {
    const [first] = list;
    return first && list.length > 1
      ? [{ person: first.person, vendor: first.vendor, times: list.length }]
      : [];
  });
  return {
    schema: 'salesq/sandbox-contacts@1',
    persons: persons.sort((a, b) => b.times - a.times || compareTexts(a.person, b.person)),
    twice: twice.sort((a, b) => b.times - a.times || compareTexts(a.person, b.person)),
  };
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

const schema = 'salesq/sandbox-state@1';

/** How long a change that nobody waits for may stay in memory, in ms. */
const laterMs = 150;

/** What a sandbox keeps between two starts. */
interface SandboxState {
  /** Virtual milliseconds; a later start goes on from here and never back. */
  readonly virtualMs: number;
  /** Each twin's own state by its id; those of twins not running now are kept. */
  readonly twins: JsonObject;
}

/** Reads a state file; null where there is none yet. Throws UserError (exit 6) where it is something else. */
export async function readState(path: string): Promise<SandboxState | null> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch (error) {
    if (error instanceof FileError && error.why === 'missing') return null;
    throw makeStateError('cannot be read');
  }
  const state = parseJson(text);
  if (!isObject(state) || state['schema'] !== schema) throw makeStateError('is no sandbox state');
  const { virtualMs, twins } = state;
  if (typeof virtualMs !== 'number' || !isObject(twins)) throw makeStateError('is damaged');
  return { virtualMs, twins };
}

/** Returns the UserError (exit 6) about a state file that cannot be used. */
export const makeStateError = (why: string): Error =>
  unusable({
    code: 'sandbox.state',
    message: `The sandbox's state file ${why}.`,
    hint: 'Name another file with --state, or delete this one to start with an empty sandbox.',
  });

/**
 * Keeps a file equal to a changing state: whole, replaced by rename, synced before `save` resolves.
 * Callers that arrive during a write share the next one.
 */
export class StateFile {
  #running: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly path: string,
    private readonly snapshot: () => SandboxState,
    private readonly onProblem: () => void,
  ) {}

  /** Resolves when everything up to this call is on disk; rejects where the file system refuses. */
  save(): Promise<void> {
    if (this.#queued) return this.#queued;
    const begin = (): Promise<void> => {
      this.#queued = null;
      return this.#write();
    };
    this.#queued = this.#running.then(begin, begin);
    this.#running = this.#queued;
    return this.#queued;
  }

  /** Saves within 200 ms; a failure goes to `onProblem`. */
  saveSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.save().catch(this.onProblem);
    }, laterMs).unref();
  }

  /** The last save. */
  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.save();
  }

  async #write(): Promise<void> {
    const { virtualMs, twins } = this.snapshot();
    const state: Json = { schema, virtualMs, twins };
    // Leads are personal data: nobody but the user reads them.
    await files.writeWhole(this.path, writeJson(state), { mode: 'private', replace: true });
  }
}
