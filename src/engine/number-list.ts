import { UserError } from '../core/errors.js';
import { plainText, readableText } from '../core/json.js';
import { countryColumns } from '../core/mapping.js';
import { isKeptAsWritten, isRounded, type PhoneRule } from '../core/phone-key.js';
import { readPhone } from '../core/phone.js';
import type { InputRow, InputSource, SourceFacts } from '../core/row.js';
import { conceptsOf } from '../core/synonyms.js';
import {
  digitsIn,
  digitsLost,
  fewestDigits,
  isBare,
  isNumberCell,
  noNumber,
  readingsOf,
  scientific,
  spellingsOf,
  unitsIn,
  type Unit,
} from './number-text.js';
import { readCountries } from './row-countries.js';

/**
 * Lists of numbers, as people write them down who no longer want to be contacted. Nothing in them is refused: each number is
 * read in every way it could be meant, one that no rule can read is kept as it is written, and what holds no number is
 * named and spoils nothing else.
 */

/** A number of a list. */
export interface ListedNumber {
  /** Where it stands: `line 3`. */
  readonly place: string;
  /** As it is written there; null where it is not certain which digits belong to it. */
  readonly text: string | null;
  /** Entries of the do-not-call list: every number it could mean, in E.164, or its digits as they are written. */
  readonly entries: readonly string[];
  /** The one number that the rules read it as; null where there is none, or several. */
  readonly declared: string | null;
}

/** Something of a list in which no number was found. */
export interface UnreadLine {
  readonly place: string;
  /** Never quotes the line. */
  readonly why: string;
  /** True where what could be read of it is among the numbers: one that a spreadsheet has rounded. */
  readonly kept?: true;
}

export interface NumberList {
  readonly numbers: readonly ListedNumber[];
  readonly unread: readonly UnreadLine[];
  /** What people should know of the columns. */
  readonly notes: readonly string[];
}

/** How a cell is read. */
interface Reading {
  readonly rules: readonly PhoneRule[];
  /** True where the row's country is not known: then a national number may be of any. */
  readonly anyCountry: boolean;
}

class ListReader {
  readonly numbers: ListedNumber[] = [];
  readonly unread: UnreadLine[] = [];

  /** @returns whether there was a number in it */
  read(place: string, text: string, reading: Reading): boolean {
    const { units, rounded, lost } = unitsIn(text, reading.rules);
    for (const unit of units) this.#add(place, unit, reading);
    for (const entry of rounded) this.numbers.push({ place, text: null, entries: [entry], declared: null });
    if (rounded.length > 0) this.unread.push({ place, why: digitsLost, kept: true });
    if (lost) this.unread.push({ place, why: lost });
    return units.length > 0 || rounded.length > 0;
  }

  #add(place: string, unit: Unit, { rules, anyCountry }: Reading): void {
    const countries = [...new Set(rules.map(({ country }) => country))];
    const read = unit.texts.flatMap((text) => readingsOf(text, countries));
    const kept = read.length === 0 || anyCountry ? unit.texts.flatMap(spellingsOf) : [];
    const entries = [...new Set([...read, ...kept])];
    if (entries.length === 0) this.unread.push({ place, why: noNumber });
    else this.numbers.push({ place, text: textOf(unit), entries, declared: declaredOf(unit, rules) });
  }
}

const textOf = ({ texts: [text, ...others] }: Unit): string | null =>
  others.length > 0 ? null : (text ?? null);

function declaredOf({ texts }: Unit, rules: readonly PhoneRule[]): string | null {
  const [text, ...more] = texts;
  if (text === undefined || more.length > 0) return null;
  const found = new Set<string>();
  for (const rule of rules) {
    const reading = readPhone(text, rule);
    if (reading.ok) found.add(reading.e164);
  }
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}

/** The numbers of command-line arguments; one argument may hold several. */
export function readNumbers(args: readonly string[], rules: readonly PhoneRule[]): NumberList {
  const reader = new ListReader();
  for (const [index, text] of args.entries())
    reader.read(`argument ${index + 1}`, text, { rules, anyCountry: false });
  return { ...reader, notes: [] };
}

/**
 * Reads a list: a table in which every phone column counts and the country of a row decides its national numbers, or one
 * number a line. What is no sound table is read line by line.
 */
export async function readNumberList(source: InputSource, rules: readonly PhoneRule[]): Promise<NumberList> {
  const { columns } = source;
  if (source.lines === undefined) return readRows(source, columns, rules);
  if (columns !== null && !isHeader(columns)) return readLines(source, rules);
  try {
    if (columns !== null) for await (const { broken } of source.rows()) if (broken) throw new NoTable();
    return await readRows(source, columns, rules);
  } catch (error) {
    if (!(error instanceof NoTable) && !(error instanceof UserError && tableFaults.has(error.code)))
      throw error;
    return readLines(source, rules);
  }
}

/** A list without some columns of its table. */
export function withoutColumns(source: InputSource, names: readonly string[]): InputSource {
  if (names.length === 0 || source.columns === null || !isHeader(source.columns)) return source;
  const left = source.columns.filter((column) => !names.includes(column));
  if (left.length === source.columns.length) return source;
  const at = source.columns.flatMap((column, index) => (names.includes(column) ? [] : [index]));
  return {
    facts: source.facts,
    columns: left,
    warnings: source.warnings,
    async *rows() {
      for await (const row of source.rows())
        yield row.broken
          ? row
          : { ...row, columns: left, values: at.map((index) => row.values[index] ?? null) };
    },
    ...(source.lines ? { lines: () => source.lines?.() ?? source.rows() } : {}),
    close: () => source.close(),
  };
}

class NoTable extends Error {}

/** What makes a table unreadable as one, while its lines can be read. */
const tableFaults = new Set([
  'input.unclosed-quote',
  'input.bad-quote',
  'input.oversize',
  'input.bad-json',
  'input.ragged',
]);

async function readRows(
  source: Pick<InputSource, 'rows'>,
  columns: readonly string[] | null,
  rules: readonly PhoneRule[],
): Promise<NumberList> {
  const countries = await readCountries({ columns, rows: () => source.rows() });
  const reader = new ListReader();
  for await (const row of source.rows()) {
    const place = columns === null || row.line === null ? `row ${row.row}` : `line ${row.line}`;
    const at = row.columns.flatMap((column, index) => (isPhoneColumn(column) ? [index] : []));
    if (row.broken || at.length === 0) {
      const reading = { rules, anyCountry: true };
      const found = row.values.map((value) => readLoose(reader, place, plainText(value), reading));
      if (!found.includes(true)) reader.unread.push({ place, why: noNumber });
      continue;
    }
    const country = countries.of({ countries: countryColumns(row.columns) }, row);
    const known = country !== null && country !== 'unknown' ? country : null;
    const reading: Reading = {
      rules: known ? rules.map((rule) => ({ ...rule, ...known })) : rules,
      anyCountry: country === 'unknown',
    };
    for (const index of at) readCell(reader, place, readableText(row.values[index]), reading);
  }
  return { numbers: reader.numbers, unread: reader.unread, notes: countries.notes };
}

function readCell(reader: ListReader, place: string, text: string, reading: Reading): void {
  if (!/^[\s.\-–—/]*$/u.test(text)) reader.read(place, text, reading);
}

/** Reads what holds a number for certain; the rest of a row that is no table row is no reason to name it. */
function readLoose(reader: ListReader, place: string, text: string, reading: Reading): boolean {
  return isNumberCell(text) && reader.read(place, text, reading);
}

/** Cells that stand apart in a line, quotes heeded where they are closed. */
function cellsOf(line: string, delimiter: string): string[] {
  const cells = [''];
  let quoted = false;
  for (const char of line) {
    if (char === '"') quoted = !quoted;
    else if (char === delimiter && !quoted) cells.push('');
    else cells[cells.length - 1] += char;
  }
  return (quoted ? line.replaceAll('"', '').split(delimiter) : cells).map((cell) => cell.trim());
}

const delimiters = [';', '\t', ',', '|'];

interface Header {
  readonly columns: readonly string[];
  readonly delimiter: string;
}

/** The header that a line is, if any. */
function headerIn(line: string): Header | null {
  for (const delimiter of delimiters) {
    const columns = cellsOf(line, delimiter);
    if ((columns.length > 1 || delimiter === ',') && isHeader(columns)) return { columns, delimiter };
  }
  return null;
}

/** A line of names of which one means a phone: no number is among them. */
const isHeader = (columns: readonly string[]): boolean =>
  columns.some(isPhoneColumn) && columns.every((column) => digitsIn(column) < fewestDigits);

/** `Telefon 3` and `Mobil_4` mean what `Telefon` and `Mobil` mean. */
function isPhoneColumn(column: string): boolean {
  const concepts = [...conceptsOf(column), ...conceptsOf(column.replace(/[\s_.-]*\d{1,2}\s*$/u, ''))];
  return concepts.includes('phone') || concepts.includes('other-phone');
}

/** Lines, with a header or without; rows that fit the header are read as those of a table. */
async function readLines(source: InputSource, rules: readonly PhoneRule[]): Promise<NumberList> {
  const reader = new ListReader();
  const table: InputRow[] = [];
  let header: Header | null = null;
  for await (const row of source.lines?.() ?? source.rows()) {
    const line = plainText(row.values[0]).replaceAll('\0', '').trim();
    const place = `line ${row.line ?? row.row}`;
    if (line === '' || /^sep=.$/i.test(line)) continue;
    if (line.startsWith('#')) {
      const commented = !/\p{L}/u.test(line) && digitsIn(line) >= fewestDigits;
      if (commented) reader.unread.push({ place, why: 'it is a comment, its number was passed over' });
      continue;
    }
    if (header === null && reader.numbers.length === 0) {
      header = headerIn(line);
      if (header) continue;
    }
    const cells = header ? cellsOf(line, header.delimiter) : [];
    if (header && cells.length === header.columns.length && cells.length > 1)
      table.push({ ...row, columns: header.columns, values: cells });
    else readLine(reader, place, line, { rules, anyCountry: header !== null && hasCountry(header) });
  }
  // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, the rows are at hand
  const rows = async function* (): AsyncIterable<InputRow> {
    yield* table;
  };
  const read = await readRows({ rows }, header?.columns ?? [], rules);
  return {
    numbers: [...reader.numbers, ...read.numbers],
    unread: [...reader.unread, ...read.unread],
    notes: read.notes,
  };
}

const hasCountry = ({ columns }: Header): boolean => countryColumns(columns).length > 0;

/** A line that is no row of a table: a number, several, or numbers among other cells. */
function readLine(reader: ListReader, place: string, line: string, reading: Reading): void {
  if (line.search(scientific) >= 0 || !/[;\t|,]/.test(line)) {
    reader.read(place, line, reading);
    return;
  }
  const parted = line.replace(/[\t|]/g, ';');
  const cells = cellsOf(parted, parted.includes(';') ? ';' : ',');
  const filled = cells.filter((cell) => digitsIn(cell) > 0);
  const numbers = filled.filter(isNumberCell);
  if (filled.length === cells.length && filled.every((cell) => isBare(cell)))
    reader.read(place, parted.replaceAll('"', ''), reading);
  else if (numbers.length > 0) for (const cell of numbers) reader.read(place, cell, reading);
  else reader.read(place, filled.find(isBare) ?? line, reading);
}

/** What a vendor is asked with each number of a list. */
export interface Telling {
  /** The field of the operation that holds a number. */
  readonly field: string;
  /** `add`: every number that could be meant. `remove`: only what means one number for certain. */
  readonly how: 'add' | 'remove';
  /** How the operation will read a number that is given as it is written. */
  readonly reads: PhoneRule;
}

/** The numbers of a list as rows of a push; what cannot be told to a vendor is a broken row, and named with the others. */
export function numberSource(
  facts: SourceFacts,
  { numbers, unread }: NumberList,
  telling: Telling,
): InputSource {
  const columns = [telling.field];
  const told = [
    ...numbers.flatMap((number) => valuesFor(number, telling)),
    ...unread.filter(({ kept }) => kept !== true).map(({ place, why }) => ({ why: `${place}: ${why}` })),
  ];
  const rows = told.map((one, index): InputRow => {
    const broken = 'why' in one ? { code: 'phone.invalid', message: one.why } : null;
    const values = 'why' in one ? [''] : [one.value];
    return { row: index + 1, line: null, columns, values, broken };
  });
  return {
    facts,
    columns,
    warnings: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous, the rows are at hand
    async *rows() {
      yield* rows;
    },
    close: () => Promise.resolve(),
  };
}

type ToldNumber = { readonly value: string } | { readonly why: string };

/** A number is told in its own notation where that is read as it was here. */
function valuesFor({ place, text, entries, declared }: ListedNumber, { how, reads }: Telling): ToldNumber[] {
  const whole = entries.filter((entry) => !isKeptAsWritten(entry) && !isRounded(entry));
  const [only, ...others] = declared === null ? whole : [declared];
  if (only !== undefined && others.length === 0) {
    const reading = text === null ? null : readPhone(text, reads);
    return [{ value: reading?.ok && reading.e164 === only && text !== null ? text : only }];
  }
  if (how === 'remove') {
    const why = only === undefined ? 'no rule reads it' : 'it can be read as several numbers';
    return [{ why: `${place}: ${why}, so it is not taken off; write the one that is meant with +` }];
  }
  if (only === undefined)
    return [{ why: `${place}: no rule reads it: it is on the list here, the vendor cannot be told` }];
  return whole.map((value) => ({ value }));
}
