import type { Random } from '../../../src/core/twin.js';

/** A file of a case: its name and its bytes. */
export interface Given {
  readonly name: string;
  readonly content: Buffer;
}

/** One command line with one damaged thing in it. */
export interface Case {
  /** `csv:17`: kind and number; with the seed it makes the same bytes again. */
  readonly id: string;
  /** What is damaged, and how: for the failure. */
  readonly what: string;
  readonly args: readonly string[];
  readonly files: readonly Given[];
  readonly stdin?: Buffer;
  /** The input whose digits alone may be sent; null where nothing may be sent at all. */
  readonly leads: Buffer | null;
  /** True where the file is broken as a file, and nothing says to set its broken rows aside. */
  readonly mustRefuse?: boolean;
  /** Names that an error (exit 6) may speak of: one of them must stand in it. */
  readonly named: readonly string[];
}

export type MakeCase = (random: Random, id: string) => Case;

/** A text that stands in every row and belongs in no message. */
export const whisper = 'Zgeheimniskraemer';

/** A number nobody else in the file has; loopback alone ever hears of it. */
export const phoneOf = (index: number): string => `+49171392${String(10_000 + index).slice(-4)}`;

export interface Operation {
  readonly args: readonly string[];
  readonly header: readonly string[];
  row(index: number): readonly string[];
}

const name = (index: number): string => `${whisper}${index}`;

/** Operations a file of leads can be given to. */
export const operations: readonly [Operation, ...Operation[]] = [
  {
    args: ['sales-q', 'import'],
    header: ['Telefon', 'Vorname', 'Nachname', 'Ort'],
    row: (index) => [phoneOf(index), 'Zoë', name(index), 'Görlitz'],
  },
  {
    args: ['comunik8', 'add', '--type', 'motor-trade'],
    header: ['Telefon', 'Vorname', 'Nachname', 'E-Mail'],
    row: (index) => [phoneOf(index), 'Zoë', name(index), `e${index}@example.com`],
  },
  {
    args: ['comunik8', 'cancel', '--type', 'motor-trade'],
    header: ['Mobile'],
    row: (index) => [phoneOf(index)],
  },
  {
    args: ['calltouch', 'comment'],
    header: ['callId', 'comment'],
    row: (index) => [String(700_000 + index), `Für ${name(index)}`],
  },
  {
    args: ['mmdial', 'leads', 'add'],
    header: ['Telefon', 'Vorname', 'Nachname', 'Ort'],
    row: (index) => [phoneOf(index), 'Zoë', name(index), 'Görlitz'],
  },
  {
    args: ['mmdial', 'leads', 'edit'],
    header: ['leadid', 'notices'],
    row: (index) => [String(10_000 + index), name(index)],
  },
  { args: ['mmdial', 'dnc', 'add', '--from'], header: ['number'], row: (index) => [phoneOf(index)] },
  {
    args: ['sales-q', 'remove', '--from'],
    header: ['id'],
    row: (index) => [String(index).padStart(24, '5')],
  },
];

export const pick = <T>(random: Random, list: readonly T[]): T =>
  list[random.between(0, list.length - 1)] as T;
export const chance = (random: Random, part: number): boolean => random.next() < part;
