import type { Reaches } from '../../src/core/gate.js';
import type { FieldSpec, OptionValues, PushOperation, Vendor } from '../../src/core/vendor.js';
import { fictitious } from '../support/leads.js';
import { Desk, finished, type Finished } from '../support/program.js';
import { WireRecorder, type Answerer, type Recorded } from './wire/recorder.js';

/**
 * What is checked is what is sent. Every push of a vendor is tried with the built program and a real server: each number
 * that a vendor may ring because of a row stands on the do-not-call list, from one of three moments on, and no byte of the
 * row may reach the server. The other way round: what stops a contact always leaves, for a listed person above all. Which
 * rows are tried follows from the fields of the operation. Each play returns its faults, `kind: what`, without a number.
 */

/** A lead as the vendor has it, for operations that name a person by the vendor's id. */
export interface KnownLead {
  readonly id: string;
  /** E.164 by the names of `numbersOfRecord`. */
  readonly numbers: Readonly<Record<string, string>>;
}

/** What must be known of a vendor to try its pushes. */
export interface GateVendor {
  readonly vendor: Vendor;
  /** Pairs of its part of a profile, as YAML, without address and rate. `env:TEST_SECRET` is set. */
  readonly settings: string;
  /** A stand-in that takes everything and has these leads. */
  standIn(leads: readonly KnownLead[]): Answerer;
  isRead(request: Recorded): boolean;
  /** Fields of the vendor's own record of a lead that hold a number. */
  readonly numbersOfRecord?: readonly string[];
  /** An id as the vendor makes them, one for each n. */
  id?(n: number): string;
  /** By operation: every kind of call that reaches other people, or columns of its own. */
  readonly operations: Readonly<Record<string, readonly Variant[]>>;
}

/** A way to call an operation. */
export interface Variant {
  readonly flags?: readonly string[];
  /** The options the operation reads from these flags and columns: they say whom it reaches, and whether it stops. */
  readonly options?: OptionValues;
  /** Cells that cannot be made up from the fields. */
  cells?(marker: string, number: string): Readonly<Record<string, string>>;
  /** Rows come as JSON, where they bring their own keys. */
  readonly json?: true;
}

/** When the numbers are put on the list. */
export const moments = ['before planning', 'after planning', 'during the claim'] as const;
export type Moment = (typeof moments)[number];

/** A build of the program; null for the one of the repository. */
export type Program = string | null;

/** One push to be tried. */
export interface GateCase {
  readonly name: string;
  readonly of: GateVendor;
  readonly operation: PushOperation;
  readonly variant: Variant;
  readonly reaches: Reaches;
  readonly stops: boolean;
}

export function casesOf(vendors: readonly GateVendor[]): GateCase[] {
  return vendors.flatMap((of) =>
    of.vendor.operations.flatMap((operation) =>
      (of.operations[operation.id] ?? []).map((variant): GateCase => {
        const options = variant.options ?? {};
        const words = [
          of.vendor.id,
          operation.id,
          ...(variant.flags ?? []),
          ...(variant.json ? ['JSON'] : []),
        ];
        return {
          name: [...words, ...Object.keys(variant.cells?.('', '') ?? {})].join(' '),
          of,
          operation,
          variant,
          reaches: operation.reaches(options),
          stops: operation.stops?.(options) ?? false,
        };
      }),
    ),
  );
}

/** Operations of the vendors without a case, and cases of operations that are none. */
export function uncovered(vendors: readonly Vendor[], cases: readonly GateVendor[]): string[] {
  const names = (of: GateVendor | undefined): string[] => Object.keys(of?.operations ?? {});
  return vendors.flatMap((vendor) => {
    const of = cases.find((one) => one.vendor.id === vendor.id);
    const ids = vendor.operations.map(({ id }) => id);
    const missing = ids.filter((id) => (of?.operations[id] ?? []).length === 0);
    const unknown = names(of).filter((id) => !ids.includes(id));
    return [...missing, ...unknown].map((id) => `${vendor.id} ${id}`);
  });
}

/** A row and what must become of it. */
interface TriedRow {
  readonly what: string;
  readonly cells: Readonly<Record<string, string>>;
  /** Stands in every request that carries the row, but in none of another row. */
  readonly marker: string;
  /** E.164; null for nobody on the list. */
  readonly listed: string | null;
  /** Code with which the row is blocked; null where it must leave. */
  readonly code: string | null;
}

interface Trial {
  readonly rows: readonly TriedRow[];
  readonly leads: readonly KnownLead[];
}

/** Makes up rows, each with numbers and a marker of its own. */
class RowMaker {
  readonly rows: TriedRow[] = [];
  readonly leads: KnownLead[] = [];
  #numbers = 0;
  readonly #idField: FieldSpec | undefined;

  constructor(private readonly tried: GateCase) {
    const { operation, of } = tried;
    this.#idField = of.id ? operation.fields.find(({ concept }) => concept === 'vendor-id') : undefined;
  }

  /** Whether rows name a lead that the vendor has. */
  get hasRecord(): boolean {
    return this.#idField !== undefined;
  }

  /** A number nobody else has. */
  #number(): string {
    return fictitious((this.#numbers += 1));
  }

  /**
   * @param dialled the phone field whose number is listed; null for none
   * @param ofRecord the number of the vendor's record that is listed; null for none
   * @param isOther whether the number is listed that the case has for its own cells
   * @param isKnown whether the vendor shows a record
   */
  add(
    what: string,
    code: string | null,
    {
      dialled = null,
      ofRecord = null,
      isOther = false,
      isKnown = true,
    }: { dialled?: FieldSpec | null; ofRecord?: string | null; isOther?: boolean; isKnown?: boolean } = {},
  ): void {
    const { of, operation, variant } = this.tried;
    const n = this.rows.length + 1;
    const marker = `Zeile${String(n).padStart(3, '0')}x`;
    const cells: Record<string, string> = {};
    const numbers = new Map<string, string>();
    for (const field of operation.fields) {
      if (!field.required && field !== dialled) continue;
      if (field.kind === 'phone') numbers.set(field.name, this.#number());
      else cells[field.name] = field.kind === 'email' ? `${marker}@example.com` : marker;
    }
    if (operation.freeColumn) cells['Merkmal'] = marker;
    for (const [name, number] of numbers) cells[name] = national(number);
    const other = this.#number();
    Object.assign(cells, variant.cells?.(marker, national(other)));
    let listed = dialled ? (numbers.get(dialled.name) ?? null) : null;
    if (isOther) listed = other;
    let id: string | null = null;
    if (this.#idField) {
      id = of.id?.(n) ?? '';
      cells[this.#idField.name] = id;
      const own = Object.fromEntries((of.numbersOfRecord ?? []).map((name) => [name, this.#number()]));
      if (isKnown) this.leads.push({ id, numbers: own });
      if (ofRecord !== null) listed = own[ofRecord] ?? null;
    }
    const isMarked = Object.values(cells).some((cell) => cell.includes(marker));
    const own = id ?? significant([...numbers.values()][0] ?? other);
    this.rows.push({ what, cells, marker: isMarked ? marker : own, listed, code });
  }
}

/** As somebody in Germany types it. */
const national = (e164: string): string => `0${e164.slice(3, 6)} / ${e164.slice(6)}`;

/** What every notation of a number has in common, once it holds no marks. */
const significant = (e164: string): string => e164.slice(3);

/**
 * Rows of which somebody listed would hear, by each field and by the vendor's record, between two that go. Null where
 * nobody is dialled by the operation at all.
 */
function rowsThatReach(tried: GateCase): Trial | null {
  const { operation, reaches, of } = tried;
  const dialled = operation.fields.filter(({ dials }) => dials);
  if (dialled.length === 0 && reaches === 'nobody') return null;
  const maker = new RowMaker(tried);
  maker.add('somebody else', null);
  for (const field of dialled) maker.add(field.name, 'dnc.listed', { dialled: field });
  if (reaches === 'by-id') {
    for (const name of of.numbersOfRecord ?? [])
      maker.add(`${name} of the record`, 'dnc.listed', { ofRecord: name });
    maker.add('somebody the vendor does not show', 'phone.unknown', { isKnown: false });
  }
  maker.add('somebody else again', null);
  return maker;
}

/** Rows of an operation nobody hears of, each about a listed person. Null where the vendor may ring one of their numbers. */
function rowsOfListed(tried: GateCase): Trial | null {
  const { operation, reaches, of } = tried;
  if (reaches !== 'nobody' || operation.fields.some(({ dials, required }) => dials && required)) return null;
  const maker = new RowMaker(tried);
  const main = operation.fields.find(({ kind, dials }) => kind === 'phone' && !dials) ?? null;
  const ofRecord = maker.hasRecord ? (of.numbersOfRecord?.[0] ?? null) : null;
  const isOther = main === null && ofRecord === null;
  for (let n = 0; n < 3; n += 1) maker.add('a listed person', null, { dialled: main, ofRecord, isOther });
  return maker;
}

/** Plays the push; faults where a row left that must not, or one was kept that must leave. Empty where nobody is dialled. */
export async function playBlocked(
  tried: GateCase,
  moment: Moment,
  program: Program = null,
): Promise<string[]> {
  const trial = rowsThatReach(tried);
  return trial ? play(tried, trial, moment, '', program) : [];
}

/** Whether there is something to play. */
export const reachesSomebody = (tried: GateCase): boolean => rowsThatReach(tried) !== null;
export const reachesNobody = (tried: GateCase): boolean => rowsOfListed(tried) !== null;

/** Plays the push for listed persons of whom nobody hears; faults where a row did not leave. */
export async function playStops(
  tried: GateCase,
  moment: Moment,
  profile: 'open' | 'closed',
  program: Program = null,
): Promise<string[]> {
  const trial = rowsOfListed(tried);
  return trial ? play(tried, trial, moment, profile === 'open' ? '' : closedProfile(), program) : [];
}

/** Lines of a profile under which nobody may be contacted now: outside its hours, and without the list it asks for. */
function closedProfile(): string {
  const inThreeDays = (new Date().getUTCDay() + 3) % 7;
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][inThreeDays];
  return `    window: "${day} 09:00-10:00"\n    timezone: UTC\n    dnc: { maxAge: 1h }\n`;
}

const secrets = { TEST_SECRET: 'test-secret-0001' };

async function play(
  tried: GateCase,
  trial: Trial,
  moment: Moment,
  profile: string,
  program: Program,
): Promise<string[]> {
  const desk = await Desk.open(program ?? undefined);
  const answer = tried.of.standIn(trial.leads);
  const server = await WireRecorder.start(answer);
  try {
    const url = `${server.url}/`;
    const pairs = [`url: "${url}"`, tried.of.settings, 'rate: 1000/s'].filter((pair) => pair !== '');
    await desk.write(
      '.salesqrc',
      `profiles:\n  acme:\n    country: DE\n${profile}    vendors:\n      ${tried.of.vendor.id}: { ${pairs.join(', ')} }\n`,
    );
    const said = await actOut(desk, server, tried, trial, moment);
    return [...said, ...(await judge(desk, server.requests, tried, trial))];
  } finally {
    await server.close();
    await desk.close();
  }
}

/** Pushes, and puts the numbers on the list at the moment; faults where a command failed altogether. */
async function actOut(
  desk: Desk,
  server: WireRecorder,
  tried: GateCase,
  { rows }: Trial,
  moment: Moment,
): Promise<string[]> {
  const { operation, variant, of } = tried;
  const file = await writeRows(desk, rows, variant.json === true);
  const words = [of.vendor.id, ...operation.id.split(' '), ...(operation.argumentField ? ['--from'] : [])];
  const single = operation.limits.items > 1 ? ['--batch-size', '1'] : [];
  const args = [...words, file, ...(variant.flags ?? []), ...single, '-q'];
  const run = (more: readonly string[]): Promise<Finished> => desk.run(more, { env: secrets });
  const listed = rows.flatMap((row) => row.listed ?? []);
  const list = (): Promise<Finished> => run(['dnc', 'add', ...listed, '--reason', 'asked', '-q']);
  if (moment === 'before planning') return faultsOf([await list(), await run(args)]);
  if (moment === 'after planning')
    return faultsOf([
      await run([...args, '--limit', '1']),
      await list(),
      await run(['runs', 'resume', 'last', '-q']),
    ]);
  const hold = server.hold((request) => !of.isRead(request));
  const pushing = finished(desk.start(args, { env: secrets }));
  await Promise.race([hold.reached, pushing]);
  const listing = await list();
  hold.release();
  return faultsOf([listing, await pushing]);
}

/** Rows that are blocked, and a pause at a limit, are no failure. */
const faultsOf = (ends: readonly Finished[]): string[] =>
  ends
    .filter(({ code }) => code === null || ![0, 3, 8].includes(code))
    .map(
      ({ code, stderr }) => `failed: exit ${code}: ${stderr.replace(/\d{6,}/g, '<digits>').slice(0, 300)}`,
    );

async function writeRows(desk: Desk, rows: readonly TriedRow[], json: boolean): Promise<string> {
  if (json) {
    await desk.write('rows.json', JSON.stringify(rows.map(({ cells }) => cells)));
    return 'rows.json';
  }
  const columns = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
  const lines = rows.map(({ cells }) => columns.map((column) => cells[column] ?? '').join(';'));
  await desk.write('rows.csv', [columns.join(';'), ...lines, ''].join('\n'));
  return 'rows.csv';
}

interface ShownRow {
  readonly state: string;
  readonly code: string | null;
}

async function judge(
  desk: Desk,
  requests: readonly Recorded[],
  { of }: GateCase,
  { rows }: Trial,
): Promise<string[]> {
  const { document } = await desk.json<{ rows?: readonly ShownRow[] }>(['runs', 'rows', 'last'], {
    env: secrets,
  });
  const shown = document.rows ?? [];
  const texts = requests.map((request) => ({ text: bareText(request), writes: !of.isRead(request) }));
  const faults = rows.flatMap((row, index) => {
    const { state, code } = shown[index] ?? { state: 'not there', code: null };
    const carries = texts.filter(({ text, writes }) => writes && text.includes(row.marker));
    const named = `${row.what} is ${state}${code === null ? '' : ` (${code})`}`;
    if (row.code === null)
      return [
        ...(carries.length > 1 ? [`repeated: ${named} and left ${carries.length} times`] : []),
        ...(carries.length === 1 && state === 'delivered' ? [] : [`kept: ${named}`]),
      ];
    const number = row.listed === null ? null : significant(row.listed);
    const holdsNumber = texts.some(({ text }) => number !== null && text.includes(number));
    return [
      ...(carries.length === 0 ? [] : [`left: ${named}`]),
      ...(holdsNumber ? [`left: the number of ${named}`] : []),
      ...(state === 'blocked' && code === row.code ? [] : [`not blocked: ${named}`]),
    ];
  });
  return shown.length === rows.length ? faults : [`failed: ${shown.length} rows are shown`, ...faults];
}

/** What a request says, without the marks that part a number. */
function bareText({ target, body }: Recorded): string {
  const text = `${target}\n${body.toString('utf8')}`.replaceAll('+', ' ');
  return text
    .replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/[^0-9a-z]/gi, '');
}
