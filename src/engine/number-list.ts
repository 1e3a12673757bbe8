import { plainText, readableText } from '../core/json.js';
import { countryColumns } from '../core/mapping.js';
import { keptAsWritten, partsOf, type PhoneRule } from '../core/phone-key.js';
import { readInternational, readNational } from '../core/phone-metadata.js';
import { isCountry, readPhone, tidyPhone } from '../core/phone.js';
import type { InputRow, InputSource } from '../core/row.js';
import { UserError } from '../core/errors.js';
import { conceptsOf } from '../core/synonyms.js';
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
    const { units, lost } = unitsIn(text, reading.rules);
    for (const unit of units) this.#add(place, unit, reading);
    if (lost) this.unread.push({ place, why: lost });
    return units.length > 0;
  }

  #add(place: string, unit: Unit, { rules, anyCountry }: Reading): void {
    const countries = [...new Set(rules.map(({ country }) => country))];
    const read = unit.texts.flatMap((text) => readingsOf(text, countries));
    const kept = read.length === 0 || anyCountry ? unit.texts.flatMap(spellingsOf) : [];
    const entries = [...new Set([...read, ...kept])];
    if (entries.length === 0) this.unread.push({ place, why: noNumber });
    else this.numbers.push({ place, entries, declared: declaredOf(unit, rules) });
  }
}

const noNumber = 'there is no number in it';
const digitsLost =
  'the number is in scientific notation, its last digits are lost; export the column as text';

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

/** Fewer digits are no phone number but a piece of one, a count or an extension. */
const fewestDigits = 5;

const digitsIn = (text: string): number => tidyPhone(text).replace(/\D/g, '').length;

const isDate = (text: string): boolean => {
  const reading = readPhone(text, anyRule);
  return !reading.ok && reading.problem.code === 'phone.date';
};
const anyRule: PhoneRule = { format: 'auto', country: null };

const isBare = (cell: string): boolean => !/\p{L}/u.test(cell) && digitsIn(cell) > 0 && !isDate(cell);
const isNumberCell = (cell: string): boolean => isBare(cell) && digitsIn(cell) >= fewestDigits;

/** One number as it is written; several texts where it could be meant in several ways (with an extension, without). */
interface Unit {
  readonly texts: readonly string[];
}

const scientific =
  /[+-]?\d+(?:[.,]\d*)?\s*(?:[eEеЕεΕ\u23E8]\s*[+-]?|[x×·⋅*хХ]\s*10\s*\^\s*[+-]?|[×·⋅]\s*10)\s*\d{1,3}(?!\d)/gu;
const marks = /^["'`´‘’=\s]+|["'`´‘’\s]+$/gu;
const bullet = /^(?:[1-9]\d{0,3}[.)]\s+|[-•*·–]\s*)(?=[+(0-9])/u;
const between = /[;,|&\n\r\t]|\s(?:und|oder|and|or|и|или)\s|(?=\+)|\s\/\s/iu;
const crowd = /\s+(?=[0+(])/u;
const mostDigits = 15;

interface Units {
  readonly units: readonly Unit[];
  /** Why something of the text was not read; null for nothing. */
  readonly lost: string | null;
}

/** The numbers that a text holds. */
function unitsIn(text: string, rules: readonly PhoneRule[]): Units {
  const written = tidyPhone(text).replace(marks, '').replace(bullet, '');
  const sound = written.replace(scientific, ' ');
  const lost = sound === written ? null : digitsLost;
  if (digitsIn(sound) === 0) return { units: [], lost: lost ?? noNumber };
  if (isDate(sound)) return { units: [], lost: 'it holds a date, no number' };
  const units = isReadable(sound, rules) ? [{ texts: [sound] }] : apart(sound, rules);
  return { units, lost: units.length === 0 ? (lost ?? noNumber) : lost };
}

const isReadable = (text: string, rules: readonly PhoneRule[]): boolean =>
  [...rules, anyRule].some((rule) => readPhone(text, rule).ok);

function apart(text: string, rules: readonly PhoneRule[]): Unit[] {
  const extended = extensionOf(text);
  if (extended) return [extended];
  const [, base, tail] = /^([^\p{L}]*\d)\s*\/\s*(\d{1,4})$/u.exec(text) ?? [];
  if (base !== undefined && tail !== undefined && digitsIn(base) >= 7 && digitsIn(base) <= mostDigits)
    // `0171 3920611 / 12`: another number that ends so, or an extension.
    return [{ texts: [base, text, base.slice(0, -tail.length) + tail] }];
  const pieces = text.split(between).filter((piece) => digitsIn(piece) > 0);
  if (pieces.length > 1) {
    const whole = pieces.filter((piece) => digitsIn(piece) >= fewestDigits);
    if (whole.length === pieces.length) return whole.flatMap((piece) => apartOrWhole(piece, rules));
    // Pieces too short for a number belong to the one beside them, or are something else: both are meant.
    const units = whole.flatMap((piece) => apartOrWhole(piece, rules));
    const [first, ...more] = units;
    if (/\p{L}/u.test(text)) return units;
    if (first === undefined || more.length > 0 || digitsIn(text) > mostDigits)
      return units.length > 0 ? units : [{ texts: [text] }];
    return [{ texts: [...first.texts, text] }];
  }
  if (/\p{L}/u.test(text)) return numbersAmongWords(text);
  const slash = text.split('/').map((piece) => piece.trim());
  if (slash.length > 1 && slash.every((piece) => digitsIn(piece) >= 7))
    return slash.map((piece) => ({ texts: [piece] }));
  if (digitsIn(text) > mostDigits) {
    const crowded = text.split(crowd).filter((piece) => digitsIn(piece) > 0);
    if (crowded.length > 1 && crowded.every((piece) => digitsIn(piece) >= 7))
      return crowded.map((piece) => ({ texts: [piece] }));
  }
  return [{ texts: [text] }];
}

const apartOrWhole = (piece: string, rules: readonly PhoneRule[]): Unit[] => {
  const trimmed = piece.trim();
  if (isDate(trimmed)) return [];
  return isReadable(trimmed, rules) ? [{ texts: [trimmed] }] : apart(trimmed, rules);
};

/** A number with an extension means the number behind it and the one it hangs on. */
function extensionOf(text: string): Unit | null {
  const reading = readPhone(text, anyRule);
  if (reading.ok || reading.problem.code !== 'phone.extension') return null;
  const [, base, tail] = /^(.*?\d)\D+(\d{1,7})\D*$/su.exec(text) ?? [];
  if (base === undefined || tail === undefined || digitsIn(base) < fewestDigits) return null;
  const number = /[+(]?\d[\d\s().\x2F-]*$/u.exec(base)?.[0] ?? base;
  return { texts: [number, `${number}${tail}`] };
}

const numbersAmongWords = (text: string): Unit[] =>
  [...text.matchAll(/[+(]{0,2}\d(?:[\d\s().\x2F-]*\d)?/gu)]
    .map(([run]) => run.trim())
    .filter((run) => digitsIn(run) >= fewestDigits && !isDate(run))
    .map((run) => ({ texts: [run] }));

/** The digits of a text, and those without a zero in brackets: some countries keep it. */
function digitForms(text: string): { readonly plus: boolean; readonly forms: readonly string[] } {
  const tidy = tidyPhone(text);
  const forms = [tidy, tidy.replace(/(\d\s*)\(0\)/u, '$1')].map((form) => form.replace(/\D/g, ''));
  return { plus: tidy.includes('+'), forms: [...new Set(forms)] };
}

/** Every number that a text could mean, by any way of writing and in each of these countries. */
function readingsOf(text: string, countries: readonly (string | null)[]): string[] {
  const { plus, forms } = digitForms(text);
  const found = forms
    .filter((digits) => digits.length >= fewestDigits && digits.length <= mostDigits + 4)
    .flatMap((digits) => {
      if (plus) return [readInternational(digits)];
      const international = digits.startsWith('00') ? digits.slice(2) : digits;
      const dialled = countries.flatMap((country) => {
        if (country === null || !isCountry(country)) return [];
        const bare = digits.startsWith('0') ? [] : [readNational(`0${digits}`, country)];
        return [readNational(digits, country), ...bare];
      });
      return [international.startsWith('0') ? null : readInternational(international), ...dialled];
    });
  return [...new Set(found.filter((number) => number !== null))];
}

/** A text that no rule can read, as it is kept: with a country code also without the zero that is not dialled after it. */
function spellingsOf(text: string): string[] {
  const { plus, forms } = digitForms(text);
  return forms.flatMap((digits) => {
    const written = keptAsWritten(digits);
    if (written === null) return [];
    if (!plus && !digits.startsWith('00')) return [written];
    const { code, national } = partsOf(digits.replace(/^0+/, ''));
    return [written, keptAsWritten(`${code}${national.replace(/^0+/, '')}`) ?? written];
  });
}
