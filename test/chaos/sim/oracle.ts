import { sharedNumber } from '../../../src/core/gate.js';
import type {
  Claim,
  Claiming,
  Ledger,
  LedgerRow,
  Lock,
  PlannedRow,
  PlanPolicy,
  Run,
} from '../../../src/core/ledger.js';
import { claimMaxAgeMs } from '../../../src/core/ledger.js';
import { numbersIn as numbersOf, textOfKey } from '../../../src/core/number.js';
import { type RowState, rowStates } from '../../../src/core/life.js';
import { type Contact, type Letter, type Vendor, type Watcher, numbersIn, retryAfterOf } from './vendor.js';
import { mayFollow, type Story } from './story.js';
import type { Process, World } from './world.js';

interface Listing {
  /** Since when `dnc add` has returned for the number (step); null while it has not. */
  clear: number | null;
}

const isClear = (listing: Listing | undefined): listing is { clear: number } =>
  listing !== undefined && listing.clear !== null;

const idOf = (run: string, row: number): string => `${run}/${row}`;

/** Watches the vendor and the ledger, and knows the promises. */
export class Oracle implements Watcher {
  readonly failures: string[] = [];
  readonly stories = new Map<string, Story>();
  readonly policies = new Map<string, { readonly policy: PlanPolicy; readonly plan: number }>();
  /** Numbers on the do-not-call list now. */
  readonly listed = new Map<string, Listing>();
  readonly everListed = new Set<string>();
  /** Some wall clock was set: waits that go by it prove nothing. */
  jumped = false;
  /** The ledger failed to note a pause. */
  vendor: Vendor | null = null;
  #letters = new Map<string, Letter[]>();
  #blind = new Map<Process, { readonly heard: number; readonly until: number }>();

  constructor(
    private readonly world: World,
    private readonly holds: (lock: Lock) => boolean,
  ) {}

  fail(what: string): void {
    this.world.say({ name: 'ORACLE' }, what);
    if (!this.failures.includes(what)) this.failures.push(what);
  }

  // What the vendor sees.

  leaves(letter: Letter): void {
    for (const cleared of letter.rows) {
      const { row, ref } = cleared;
      const story = this.stories.get(idOf(letter.run, row));
      if (!story) this.fail('a row left that was never planned');
      const known = this.#letters.get(ref) ?? [];
      this.#letters.set(ref, [...known, letter]);
      const claim = story?.claims.at(-1);
      if (!claim || claim.process !== letter.process || claim.settled)
        if (!story?.claims.some((one) => one.process === letter.process && !one.settled))
          this.fail('a request left for a row that its sender had not claimed');
      const promised = numbersIn(cleared).some((phone) => isClear(this.listed.get(phone)));
      if (promised && !this.#overtaken(story, letter))
        this.fail('a request left for a number after dnc add had returned');
    }
    this.#tooEarly(letter);
  }

  /** A clock that was set made a living sender look dead: its request, just leaving, is what no client can call back. */
  #overtaken(story: Story | undefined, letter: Letter): boolean {
    const claim = story?.claims.findLast(({ process }) => process === letter.process);
    return this.jumped && claim !== undefined && this.world.time - claim.at < 2 * claimMaxAgeMs;
  }

  #tooEarly({ process, rows, run }: Letter): void {
    const blind = this.#blind.get(process);
    if (!blind || this.world.time >= blind.until) return;
    const claimed = rows.every(({ row }) => {
      const claim = this.stories.get(idOf(run, row))?.claims.at(-1);
      return claim && claim.step > blind.heard;
    });
    if (claimed) this.fail("a request left before the vendor's Retry-After was over");
  }

  /** A client with one request at a time heard a rate limit. */
  told(letter: Letter): void {
    const wait =
      letter.fate === 'rate-limited' && letter.heard?.[0]?.outcome.kind === 'deferred'
        ? retryAfterOf(letter)
        : null;
    if (wait !== null)
      this.#blind.set(letter.process, { heard: this.world.steps, until: this.world.time + wait });
  }

  contacts(contact: Contact): void {
    const { letter, row, dialled } = contact;
    const story = this.stories.get(idOf(letter.run, row.row));
    for (const listing of dialled.map((one) => this.listed.get(one)))
      if (isClear(listing) && this.#unexpected(letter, listing.clear))
        this.fail('a number was contacted after dnc add had returned');
    for (const other of this.vendor?.contacts ?? []) {
      if (other === contact || !other.dialled.some((number) => dialled.includes(number))) continue;
      const before = this.stories.get(idOf(other.letter.run, other.row.row));
      if (story && before && !mayFollow(before, story, this.jumped ? Infinity : contact.at - other.at))
        this.fail(
          before === story
            ? 'one row was contacted twice'
            : 'somebody was contacted twice without a recontact that allows it',
        );
    }
  }

  /** Known beforehand, and said: a request whose answer was lost, or whose sender died, may come to be applied later. */
  #unexpected(letter: Letter, clear: number): boolean {
    if (letter.left.step > clear) return !this.jumped;
    return letter.heard === null && letter.process.alive && !this.jumped && letter.process.excuse === null;
  }

  // What the ledger is told, and says.

  observe(process: Process, name: string, args: readonly unknown[], result: unknown): void {
    if (name === 'addRows')
      this.#planned(args[0] as string, args[1] as PlannedRow[], args[2] as PlanPolicy, result as LedgerRow[]);
    if (name === 'claim') this.#claimed(process, args[1] as Lock, result as Claiming);
    if (name === 'settle') this.#settled(args[0] as Claim);
    if (name === 'block') this.#blocked(args[0] as { phone: string }[]);
    if (name === 'unblock') for (const phone of args[0] as string[]) this.listed.delete(phone);
    if (name === 'reconcile') this.#reconciled(result as LedgerRow[]);
  }

  #planned(run: string, wanted: readonly PlannedRow[], policy: PlanPolicy, rows: readonly LedgerRow[]): void {
    const plan = this.policies.get(run)?.plan ?? this.policies.size + 1;
    this.policies.set(run, { policy, plan });
    const payloads = new Map(wanted.map(({ row, payload }) => [row, payload]));
    for (const { row, key, ref, state, code } of rows) {
      const numbers = numbersOf(payloads.get(row) ?? null).map((one) => textOfKey(one.key));
      if (state === 'duplicate' && !this.#known(key, plan))
        this.fail('a row was called a duplicate of nobody');
      if (code === sharedNumber && !numbers.some((number) => number !== key && this.#known(number, plan)))
        this.fail('a row lost a second number that nobody had before');
      if (state === 'blocked' && !numbers.some((phone) => this.listed.has(phone)))
        this.fail('a row was blocked that is not on the list');
      if (state === 'ready' && numbers.some((phone) => isClear(this.listed.get(phone))))
        this.fail('a row was planned whose number is on the do-not-call list');
      const at = this.world.time;
      const story: Story = {
        run,
        row,
        key: key ?? '',
        numbers,
        ref,
        policy,
        plan,
        planned: state,
        code,
        at,
        claims: [],
        released: null,
      };
      this.stories.set(idOf(run, row), story);
    }
  }

  /** Whether a row with this number was planned to be sent. */
  #known(key: string | null, plan: number): boolean {
    return (
      [...this.stories.values()].some(
        (story) => hasNumber(story, key) && story.plan <= plan && story.planned === 'ready',
      ) || this.#repeated.has(key ?? '')
    );
  }

  /** Keys that appear twice in one file: the first of them may come in the same call. */
  readonly #repeated = new Set<string>();
  repeats(key: string): void {
    this.#repeated.add(key);
  }

  #claimed(process: Process, lock: Lock, { claim }: Claiming): void {
    if (claim && !this.holds(lock)) this.fail('rows were claimed by one who does not hold the lock');
    const { time, steps } = this.world;
    for (const { run, row, attempt } of claim?.rows ?? []) {
      const story = this.stories.get(idOf(run, row));
      story?.claims.push({ process, attempt, at: time, step: steps, settled: false });
      if (story?.numbers.some((phone) => this.listed.has(phone)))
        this.fail('a row was claimed whose number is on the do-not-call list');
    }
  }

  #settled({ rows }: Claim): void {
    for (const { run, row, attempt } of rows)
      for (const claim of this.stories.get(idOf(run, row))?.claims ?? [])
        if (claim.attempt === attempt) claim.settled = true;
  }

  #blocked(entries: readonly { readonly phone: string }[]): void {
    for (const { phone } of entries) {
      this.everListed.add(phone);
      if (!this.listed.has(phone)) this.listed.set(phone, { clear: null });
    }
  }

  /** `dnc add` returned; for all but these numbers it promises that nobody hears from us. */
  added(phones: readonly string[], but: ReadonlySet<string>): void {
    for (const phone of phones) {
      const listing = this.listed.get(phone);
      if (listing && !but.has(phone)) listing.clear ??= this.world.steps;
    }
  }

  #reconciled(rows: readonly LedgerRow[]): void {
    for (const { run, row, state } of rows) {
      const story = this.stories.get(idOf(run, row));
      if (story && (state === 'ready' || state === 'blocked')) story.released ??= this.world.steps;
    }
  }

  /** The run that planned a row of this reference. */
  runOf(ref: string): string {
    return [...this.stories.values()].find((story) => story.ref === ref)?.run ?? '';
  }

  /** Whether a living program holds a claim of the row that it may still act on. */
  heldYoung(ref: string): boolean {
    for (const story of this.stories.values()) {
      if (story.ref !== ref) continue;
      const claim = story.claims.at(-1);
      if (claim && !claim.settled && claim.process.alive && this.world.time - claim.at < claimMaxAgeMs)
        return true;
    }
    return false;
  }

  /** A program is over: what it was sending then, and never settled, is what a fault may leave in doubt. */
  left(process: Process, most: number): void {
    const open = [...this.stories.values()].filter(({ claims }) =>
      claims.some((claim) => claim.process === process && !claim.settled),
    );
    if (open.length > most) this.fail('a program left more rows in doubt than it can have been sending');
  }

  // At the end.

  async judge(ledger: Ledger, runs: readonly Run[]): Promise<void> {
    for (const { id, sealedAt } of runs) {
      // Of a plan that was never sealed nothing is sent; the next plan throws it away.
      if (sealedAt === null) continue;
      const rows: LedgerRow[] = [];
      for await (const row of ledger.rows(id)) rows.push(row);
      const counts = await ledger.counts(id);
      const planned = [...this.stories.values()].filter(({ run }) => run === id).length;
      const sum = rowStates.reduce((all, state) => all + counts[state], 0);
      if (sum !== planned || rows.length !== planned) this.fail('the states do not add up to the rows');
      for (const row of rows) this.#judgeRow(row);
    }
  }

  #judgeRow(row: LedgerRow): void {
    const story = this.stories.get(idOf(row.run, row.row));
    if (!story) return;
    if (row.state === 'ready' || row.state === 'sending')
      this.fail(`a row is still ${row.state} when all is quiet`);
    const contact = this.vendor?.contacts.find(
      ({ row: { ref }, letter }) => ref === story.ref && letter.run === story.run,
    );
    const last = (this.#letters.get(story.ref) ?? []).filter(({ run }) => run === story.run).at(-1);
    const said = last?.heard?.find((one) => one.row === row.row)?.outcome.kind ?? null;
    if (contact) this.#judgeContacted(row, story, contact);
    else if (row.state === 'delivered' && !last?.pending && !this.vendor?.mayStillApply(story.ref))
      this.fail('a row is delivered that never reached anybody');
    if (row.state === 'rejected' && said !== 'rejected')
      this.fail('a row is rejected that the vendor did not refuse');
    if (row.state === 'blocked' && !story.numbers.some((phone) => this.everListed.has(phone)))
      this.fail('a row is blocked that never was on the list');
    if (row.state === 'in-doubt') this.#judgeDoubt(row, story, said);
  }

  #judgeContacted(row: LedgerRow, story: Story, contact: Contact): void {
    const counted: readonly RowState[] = [
      'delivered',
      'already',
      'in-doubt',
      'sending',
      'withdrawn',
      'abandoned',
    ];
    if (counted.includes(row.state)) return;
    // Absence is no proof: a request that was queued came after the row was released, as its operation allows.
    if (story.released !== null && contact.step > story.released) return;
    this.fail(`a row that was contacted is ${row.state}`);
  }

  #judgeDoubt(row: LedgerRow, story: Story, said: string | null): void {
    const claim = story.claims.at(-1);
    if (!claim) return this.fail('a row is in doubt that nobody ever claimed');
    if (row.code !== 'run.interrupted') {
      if (said !== 'in-doubt' && said !== null) this.fail('a row is in doubt although the vendor was clear');
      return;
    }
    const { process } = claim;
    if (process.excuse === null && !this.jumped)
      this.fail('a row of an undisturbed worker was called interrupted');
  }
}

const hasNumber = ({ key, numbers }: Story, number: string | null): boolean =>
  key === number || (number !== null && numbers.includes(number));
