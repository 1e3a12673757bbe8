import { temporary } from '../../../src/core/errors.js';
import { claimMaxAgeMs } from '../../../src/core/ledger.js';
import { OutgoingNumber, type Cleared } from '../../../src/core/number.js';
import {
  type Outcome,
  type RowOutcome,
  type SendResult,
  forAll,
  type DoubtfulRow,
  type Sighting,
  unclear,
} from '../../../src/core/outcome.js';
import type { Sender } from '../../../src/core/vendor.js';
import type { Process, World } from './world.js';

/** What the vendor and the way to it do to a request. */
export type Fate =
  | 'answered'
  | 'refused-connection'
  | 'no-connection'
  | 'lost-before'
  | 'lost-after'
  | 'truncated'
  | 'error-before'
  | 'error-after'
  | 'queued'
  | 'slow'
  | 'rate-limited'
  | 'credentials'
  | 'refused'
  | 'mixed';

/** A request whose first byte has left. */
export interface Letter {
  readonly no: number;
  readonly run: string;
  readonly process: Process;
  readonly rows: readonly Cleared[];
  readonly fate: Fate;
  /** When its first byte left: time and step. */
  readonly left: { readonly at: number; readonly step: number };
  /** What the client made of it; null while it waits for the answer. */
  heard: RowOutcome[] | null;
  /** What an honest answer says; null until the vendor decided. */
  answer: RowOutcome[] | null;
  /** Rows that may still be applied. */
  pending: boolean;
}

export interface Contact {
  readonly letter: Letter;
  readonly row: Cleared;
  /** The lead's own number, E.164: whom the vendor turns to. */
  readonly phone: string;
  /** Every number it may dial for that, the lead's own among them. */
  readonly dialled: readonly string[];
  readonly at: number;
  readonly step: number;
}

/** Who watches the vendor. */
export interface Watcher {
  leaves(letter: Letter): void;
  contacts(contact: Contact): void;
}

/** Longest an answer is waited for, in ms. */
export const timeoutMs = 8_000;

const troubles: readonly (readonly [Fate, number])[] = [
  ['refused-connection', 4],
  ['no-connection', 3],
  ['lost-before', 7],
  ['lost-after', 6],
  ['truncated', 3],
  ['error-before', 5],
  ['error-after', 4],
  ['queued', 5],
  ['slow', 3],
  ['rate-limited', 5],
  ['credentials', 1],
  ['refused', 3],
  ['mixed', 6],
];

/** The vendor, and the network in front of it. It keeps the list of who was contacted, which nobody else may touch. */
export class Vendor {
  readonly contacts: Contact[] = [];
  readonly letters: Letter[] = [];
  /** Requests that look for a connection: since when, by whom. */
  readonly connecting = new Map<Cleared, { readonly since: number; readonly process: Process }>();
  #byRef = new Map<string, Contact>();

  constructor(
    private readonly world: World,
    /** Share of requests that meet trouble. */
    public trouble: number,
    /** Whether it refuses a reference it has. */
    private readonly dedupes: boolean,
    /** Whether it may apply a request long after the client gave up. */
    private readonly queues: boolean,
    private readonly watcher: Watcher,
  ) {}

  fate(): Fate {
    const { random } = this.world;
    if (random.next() >= this.trouble) return 'answered';
    const all = troubles.filter(([fate]) => this.queues || fate !== 'queued');
    let at = random.next() * all.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [fate, weight] of all) if ((at -= weight) < 0) return fate;
    return 'answered';
  }

  has(ref: string): Contact | null {
    return this.#byRef.get(ref) ?? null;
  }

  /** Whether anything that left, or is about to, can still reach somebody with this reference. */
  mayStillApply(ref: string): boolean {
    const holds = ({ rows }: { rows: readonly Cleared[] }) => rows.some((row) => row.ref === ref);
    if (this.letters.some((letter) => letter.pending && holds(letter))) return true;
    return [...this.connecting].some(
      ([row, { since, process }]) =>
        row.ref === ref && process.alive && this.world.time - since < claimMaxAgeMs,
    );
  }

  /** The first byte leaves: from here on the vendor has it, whatever becomes of the client. */
  post(process: Process, run: string, rows: readonly Cleared[], fate: Fate, over: () => void): Letter {
    const { time, steps } = this.world;
    const no = this.letters.length + 1;
    const left = { at: time, step: steps };
    const letter: Letter = { no, run, process, rows, fate, left, heard: null, answer: null, pending: true };
    this.letters.push(letter);
    this.world.say(
      process,
      `request ${no} leaves: ${rows.map(({ row }) => `row ${row}`).join(', ')} (${fate})`,
    );
    this.watcher.leaves(letter);
    void this.#handle(letter, over);
    return letter;
  }

  async #handle(letter: Letter, over: () => void): Promise<void> {
    const { world } = this;
    const { random } = world;
    await world.sleep(null, random.between(1, 60), `request ${letter.no} arrives`);
    const applies = !['lost-before', 'error-before', 'rate-limited', 'credentials', 'refused'].includes(
      letter.fate,
    );
    if (letter.fate === 'queued')
      await world.sleep(null, random.between(500, 180_000), `request ${letter.no} leaves the queue`);
    letter.answer = letter.rows.map((row) => ({ row: row.row, outcome: this.#decide(letter, row, applies) }));
    letter.pending = false;
    if (letter.fate === 'slow')
      await world.sleep(null, random.between(timeoutMs / 2, timeoutMs * 2), 'answers slowly');
    else await world.sleep(null, random.between(1, 40), `request ${letter.no} is answered`);
    over();
  }

  #decide(letter: Letter, row: Cleared, applies: boolean): Outcome {
    const refused: Outcome = { kind: 'rejected', code: 'vendor.refused', reason: 'Refused.' };
    if (!applies) return refused;
    const mixed = letter.fate === 'mixed' ? this.world.random.next() : 0;
    if (mixed > 0.8) return refused;
    const known = this.#byRef.get(row.ref);
    const vendorId = `v-${row.ref}`;
    if (known && this.dedupes) return { kind: 'already', code: 'vendor.known', reason: 'Known.', vendorId };
    const dialled = numbersIn(row);
    const phone = dialled[0] ?? '';
    this.#contact({ letter, row, phone, dialled, at: this.world.time, step: this.world.steps });
    // One the answer does not speak of: missing from the list of ids.
    if (mixed > 0.6) return { kind: 'in-doubt', code: 'vendor.no-id', reason: 'Not spoken of.' };
    return { kind: 'delivered', vendorId };
  }

  #contact(contact: Contact): void {
    this.contacts.push(contact);
    if (!this.#byRef.has(contact.row.ref)) this.#byRef.set(contact.row.ref, contact);
    this.world.say(
      null,
      `contacts ${contact.dialled.join(' and ')} (request ${contact.letter.no}, row ${contact.row.row})`,
    );
    this.watcher.contacts(contact);
  }
}

/** The numbers a row was sent with, E.164; the lead's own comes first. */
export function numbersIn({ payload }: Cleared): string[] {
  const { Phone, Second } = payload;
  if (!(Phone instanceof OutgoingNumber)) throw new Error('a row left without its number');
  return [Phone.e164(), ...(Second instanceof OutgoingNumber ? [Second.e164()] : [])];
}

/** The vendor as an honest client sees it: triage by what left and by what came back whole, never by hope. */
export class SimulatedSender implements Sender {
  constructor(
    private readonly vendor: Vendor,
    private readonly process: Process,
    /** The run a row of this reference belongs to. */
    private readonly runOf: (ref: string) => string,
    /** Aborts when the program is told to stop a second time. */
    private readonly cut: AbortSignal,
    private readonly heard: (letter: Letter) => void,
  ) {}

  async send(rows: readonly Cleared[]): Promise<SendResult> {
    const { vendor, process } = this;
    for (const row of rows) vendor.connecting.set(row, { since: process.clock.monotonic(), process });
    try {
      return await this.#exchange(rows);
    } finally {
      for (const row of rows) vendor.connecting.delete(row);
    }
  }

  async #exchange(rows: readonly Cleared[]): Promise<SendResult> {
    const { vendor, process, cut } = this;
    const { world } = process;
    const fate = vendor.fate();
    const since = process.clock.monotonic();
    const connects = fate === 'no-connection' ? timeoutMs : world.random.between(0, 30);
    await world.sleep(process, connects, 'is connected', cut);
    if (cut.aborted) return notSent(rows, 'net.aborted');
    if (fate === 'refused-connection') return notSent(rows, 'net.refused');
    // As src/http does it: a connection that came too late is not used.
    if (process.clock.monotonic() - since >= Math.min(timeoutMs, claimMaxAgeMs))
      return notSent(rows, 'net.timeout-connect');
    const over = new AbortController();
    const letter = vendor.post(process, this.runOf(rows[0]?.ref ?? ''), rows, fate, () => over.abort());
    for (const row of rows) vendor.connecting.delete(row);
    await world.sleep(process, timeoutMs, 'hears of its request', AbortSignal.any([over.signal, cut]));
    const result = read(letter, over.signal.aborted);
    letter.heard = [...result.outcomes];
    this.heard(letter);
    world.say(
      process,
      `request ${letter.no} is over: ${result.outcomes.map(({ outcome }) => outcome.kind).join(', ')}`,
    );
    return result;
  }
}

const outcome = (rows: readonly Cleared[], one: Outcome, stop: SendResult['stop'] = null): SendResult => ({
  outcomes: forAll(rows, one),
  stop,
});

const notSent = (rows: readonly Cleared[], code: string): SendResult =>
  outcome(rows, { kind: 'not-sent', code, reason: 'No connection.' });

const doubt = (rows: readonly Cleared[], code: string): SendResult =>
  outcome(rows, { kind: 'in-doubt', code, reason: 'No whole answer.' });

/** How long a rate limit of the simulation lasts, by request. */
export const retryAfterOf = ({ no }: Letter): number | null => [null, 1_000, 4_000][no % 3] ?? null;

function read(letter: Letter, came: boolean): SendResult {
  const { rows, fate, answer } = letter;
  if (!came || answer === null) return doubt(rows, 'net.timeout-after-send');
  switch (fate) {
    case 'lost-before':
    case 'lost-after':
      return doubt(rows, 'net.reset');
    case 'truncated':
      return doubt(rows, 'net.truncated');
    case 'error-before':
    case 'error-after':
      return doubt(rows, 'vendor.server-error');
    case 'rate-limited':
      return outcome(rows, {
        kind: 'deferred',
        code: 'vendor.rate-limited',
        reason: 'Slower.',
        retryAfterMs: retryAfterOf(letter),
      });
    case 'credentials':
      return outcome(
        rows,
        { kind: 'deferred', code: 'vendor.credentials', reason: 'Refused.', retryAfterMs: null },
        { cause: 'credentials', code: 'vendor.credentials', message: 'Refused.', hint: 'Look.' },
      );
    case 'answered':
    case 'refused':
    case 'mixed':
    case 'queued':
    case 'slow':
    case 'refused-connection':
    case 'no-connection':
      return { outcomes: answer, stop: null };
  }
}

/** Asks the vendor for its list. It may be out of reach, and what is still queued is not in it. */
export async function lookFor(
  vendor: Vendor,
  process: Process,
  rows: readonly DoubtfulRow[],
): Promise<Sighting[]> {
  const { world } = process;
  await world.sleep(process, world.random.between(5, 80), 'reads the vendor back');
  if (world.chance(vendor.trouble / 3))
    throw temporary({ code: 'vendor.unavailable', message: 'Out of reach', hint: 'Later' });
  return rows.map((row): Sighting => {
    if (world.chance(vendor.trouble / 3)) return unclear(row, 'readback.unreadable', 'A page came back');
    const found = vendor.has(row.ref);
    const evidence = { asked: 'ref' };
    return found
      ? { row: row.row, seen: 'found', vendorId: `v-${row.ref}`, evidence }
      : { row: row.row, seen: 'absent', evidence };
  });
}
