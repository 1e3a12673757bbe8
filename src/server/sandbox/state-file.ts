import { unusable } from '../../core/errors.js';
import { FileError } from '../../core/files.js';
import type { Json, JsonObject } from '../../core/json.js';
import { isObject, parseJson } from '../../core/json.js';
import { files } from '../../files.js';

const schema = 'salesq/sandbox-state@1';

/** How long a change that nobody waits for may stay in memory. */
const laterMs = 150;

/** What a sandbox keeps between two starts. */
export interface SandboxState {
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
    throw stateProblem('cannot be read');
  }
  const state = parseJson(text);
  if (!isObject(state) || state['schema'] !== schema) throw stateProblem('is no sandbox state');
  const { virtualMs, twins } = state;
  if (typeof virtualMs !== 'number' || !isObject(twins)) throw stateProblem('is damaged');
  return { virtualMs, twins };
}

/** The state file cannot be used, and why. */
export const stateProblem = (why: string): Error =>
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
    await files.writeWhole(this.path, JSON.stringify(state), { mode: 'private', replace: true });
  }
}
