import type { Reaches } from '../../../src/core/gate.js';
import type { OptionValues, PushOperation, Vendor } from '../../../src/core/vendor.js';
import type { Field } from '../../../src/core/value.js';
import { fictitious } from '../../support/leads.js';
import type { Answerer, Recorded } from '../wire/recorder.js';

/** Which pushes the gate contract tries, and with which rows: both follow from the fields of the operations. */

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
  /** Flags under which rows that did not arrive become ready again when the vendor is asked; left out where none does. */
  readonly readBack?: { readonly push?: readonly string[]; readonly reconcile?: readonly string[] };
}

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

/** Columns that are no field of any operation. */
export const freeColumns = ['Merkmal', 'Merkmal2'] as const;

/** The stand-ins have people of their own, with some of the numbers before. */
const firstNumber = 20;

/** A row and what must become of it. */
export interface TriedRow {
  readonly what: string;
  readonly cells: Readonly<Record<string, string>>;
  /** Stands in every request that carries the row, but in none of another row. */
  readonly marker: string;
  /** E.164; null for nobody on the list. */
  readonly listed: string | null;
  /** Code with which the row is blocked; null where it must leave. */
  readonly code: string | null;
  /** E.164 of a number that stands in a free column, and must leave with the row as any other text; null for none. */
  readonly free: string | null;
  /** Whether a number of its own decides what becomes of the row before it is sent. */
  readonly hasNumber: boolean;
}

export interface Trial {
  readonly rows: readonly TriedRow[];
  readonly leads: readonly KnownLead[];
}

/** Makes up rows, each with numbers and a marker of its own. */
class RowMaker {
  readonly rows: TriedRow[] = [];
  readonly leads: KnownLead[] = [];
  #numbers = 0;
  readonly #idField: Field | undefined;

  /** @param write how numbers are written in the file */
  constructor(
    private readonly tried: GateCase,
    private readonly write: (e164: string) => string,
  ) {
    const { operation, of } = tried;
    this.#idField = of.id
      ? operation.fields.find(({ column }) => column?.concept === 'vendor-id')
      : undefined;
  }

  /** Whether rows name a lead that the vendor has. */
  get hasRecord(): boolean {
    return this.#idField !== undefined;
  }

  /** A number nobody else has. */
  #number(): string {
    return fictitious(firstNumber + (this.#numbers += 1));
  }

  /**
   * @param dialled the phone field whose number is listed; null for none
   * @param ofRecord the number of the vendor's record that is listed; null for none
   * @param isOther whether the number is listed that the case has for its own cells
   * @param isFree whether the number is listed that stands in a free column, where it is text
   * @param isKnown whether the vendor shows a record
   */
  add(
    what: string,
    code: string | null,
    {
      dialled = null,
      ofRecord = null,
      isOther = false,
      isFree = false,
      isKnown = true,
    }: {
      dialled?: Field | null;
      ofRecord?: string | null;
      isOther?: boolean;
      isFree?: boolean;
      isKnown?: boolean;
    } = {},
  ): void {
    const { of, operation, variant } = this.tried;
    const n = this.rows.length + 1;
    const marker = `Zeile${String(n).padStart(3, '0')}x`;
    const cells: Record<string, string> = {};
    const numbers = new Map<string, string>();
    for (const field of operation.fields) {
      if (!field.required && field !== dialled) continue;
      if (field.type.kind === 'phone') numbers.set(field.name, this.#number());
      else cells[field.name] = field.type.kind === 'email' ? `${marker}@example.com` : marker;
    }
    if (operation.freeColumn) cells[freeColumns[0]] = marker;
    for (const [name, number] of numbers) cells[name] = this.write(number);
    const other = this.#number();
    Object.assign(cells, variant.cells?.(marker, this.write(other)));
    const free = isFree ? this.#number() : null;
    if (free !== null) cells[freeColumns[1]] = national(free);
    let listed = dialled ? (numbers.get(dialled.name) ?? null) : null;
    if (isOther) listed = other;
    if (free !== null) listed = free;
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
    const row = { what, cells, marker: isMarked ? marker : own, listed, code, free };
    this.rows.push({ ...row, hasNumber: numbers.size > 0 });
  }
}

/** As somebody in Germany types it. */
const national = (e164: string): string => `0${e164.slice(3, 6)} / ${e164.slice(6)}`;

/** Digits that may begin with the country code, or may not: held until somebody says so. */
export const doubtful = (e164: string): string => e164.slice(1);

/** What every notation of a number has in common, once it holds no marks. */
export const significant = (e164: string): string => e164.slice(3);

/**
 * Rows of which somebody listed would hear, by each field and by the vendor's record, between two that go; one more that
 * goes has a listed number in a free column, by which nobody is rung. Null where nobody is dialled by the operation at all.
 */
export function rowsThatReach(tried: GateCase, write = national): Trial | null {
  const { operation, reaches, of } = tried;
  const dialled = operation.fields.filter(({ dials }) => dials);
  if (dialled.length === 0 && reaches === 'nobody') return null;
  const maker = new RowMaker(tried, write);
  maker.add('somebody else', null);
  for (const field of dialled) maker.add(field.name, 'dnc.listed', { dialled: field });
  if (reaches === 'by-id') {
    for (const name of of.numbersOfRecord ?? [])
      maker.add(`${name} of the record`, 'dnc.listed', { ofRecord: name });
    maker.add('somebody the vendor does not show', 'phone.unknown', { isKnown: false });
  }
  if (operation.freeColumn) maker.add('a number in a free column', null, { isFree: true });
  maker.add('somebody else again', null);
  return maker;
}

/** Rows of an operation nobody hears of, each about a listed person. Null where the vendor may ring one of their numbers. */
export function rowsOfListed(tried: GateCase, write = national): Trial | null {
  const { operation, reaches, of } = tried;
  if (reaches !== 'nobody' || operation.fields.some(({ dials, required }) => dials && required)) return null;
  const maker = new RowMaker(tried, write);
  const main = operation.fields.find(({ type, dials }) => type.kind === 'phone' && !dials) ?? null;
  const ofRecord = maker.hasRecord ? (of.numbersOfRecord?.[0] ?? null) : null;
  const isOther = main === null && ofRecord === null;
  for (let n = 0; n < 3; n += 1) maker.add('a listed person', null, { dialled: main, ofRecord, isOther });
  return maker;
}
