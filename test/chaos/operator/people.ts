/** The made-up people of a session, and the ways in which their numbers are written. */

export type Country = 'DE' | 'AT' | 'GB';

const codes: Readonly<Record<Country, string>> = { DE: '49', AT: '43', GB: '44' };

/** A number as the telephone network knows it. */
export interface Line {
  readonly country: Country;
  /** Without trunk zero. */
  readonly national: string;
}

export interface Person {
  readonly name: string;
  readonly main: Line;
  readonly second: Line | null;
}

export const e164 = ({ country, national }: Line): string => `+${codes[country]}${national}`;

const line = (country: Country, national: string): Line => ({ country, national });

const mainOf = (index: number): Line => {
  if (index % 6 === 4) return line('AT', `66412345${60 + index}`);
  if (index % 6 === 5) return line('GB', `7700900${200 + index}`);
  return line('DE', index % 2 === 0 ? `17139200${40 + index}` : `176040690${50 + index}`);
};

/** Some have no second number, some one abroad, some that of somebody else: a family's. */
const secondOf = (index: number): Line | null => {
  if (index % 6 === 3) return mainOf(index - 3);
  if (index % 3 === 1) return line('DE', `171392${4610 + index}`);
  if (index % 6 === 0) return line('DE', `3023125${700 + index}`);
  return index % 12 === 2 ? line('AT', `67612345${60 + index}`) : null;
};

const size = 24;

/** Everybody there is: who is rung and is not among them is a stranger. */
export const people: readonly Person[] = Array.from({ length: size }, (_, index) => ({
  name: `Muster ${String.fromCharCode(65 + index)}`,
  main: mainOf(index),
  second: secondOf(index),
}));

export const lines: readonly Line[] = people.flatMap(({ main, second }) =>
  second ? [main, second] : [main],
);

/** What a vendor makes of digits: whose they are, written internationally or with a trunk zero. */
const owners: ReadonlyMap<string, string> = new Map(
  lines.flatMap((one): [string, string][] => {
    const number = e164(one);
    const digits = number.slice(1);
    return [
      [digits, number],
      [`00${digits}`, number],
      [`0${one.national}`, number],
    ];
  }),
);

/** The number that is rung for a text a vendor got; null for a stranger's. */
export const rungBy = (text: string): string | null => owners.get(text.replace(/\D/g, '')) ?? null;

/** The number that is rung for a national text and a calling code beside it; null for a stranger's. */
export function rungWithin(code: string, text: string): string | null {
  const digits = text.replace(/\D/g, '');
  if (text.trim().startsWith('+') || digits.startsWith('00')) return rungBy(text);
  const whole = `+${code}${digits.replace(/^0/, '')}`;
  return lines.some((one) => e164(one) === whole) ? whole : null;
}

/** How somebody writes a number. */
export const styles = {
  plus: (one: Line) => e164(one),
  plusBlanks: (one: Line) => `+${codes[one.country]} ${grouped(one)}`,
  plusZero: (one: Line) => `+${codes[one.country]} (0)${grouped(one)}`,
  plusTrunk: (one: Line) => `+${codes[one.country]}0${one.national}`,
  idd: (one: Line) => `00${codes[one.country]}${one.national}`,
  iddBlanks: (one: Line) => `00 ${codes[one.country]} ${grouped(one)}`,
  digits: (one: Line) => `${codes[one.country]}${one.national}`,
  nbsp: (one: Line) => `+${codes[one.country]}\u00a0${grouped(one).replaceAll(' ', '\u00a0')}`,
  national: (one: Line) => `0${one.national}`,
  slash: (one: Line) => `0${one.national.slice(0, 3)}/${one.national.slice(3)}`,
  dash: (one: Line) => `0${one.national.slice(0, 3)}-${one.national.slice(3)}`,
  bracket: (one: Line) => `(0${one.national.slice(0, 3)}) ${one.national.slice(3)}`,
  labelled: (one: Line) => `Tel. 0${grouped(one)}`,
  bare: (one: Line) => one.national,
  extension: (one: Line) => `0${one.national} (2)`,
} as const;

export type Style = keyof typeof styles;

const grouped = ({ national }: Line): string =>
  `${national.slice(0, 3)} ${national.slice(3, 6)} ${national.slice(6)}`;

/** Styles that say the country themselves; the others need to be told. */
export const international: readonly [Style, ...Style[]] = [
  'plus',
  'plusBlanks',
  'plusZero',
  'plusTrunk',
  'idd',
  'iddBlanks',
  'nbsp',
  'digits',
];

export const nationalStyles: readonly [Style, ...Style[]] = [
  'national',
  'slash',
  'dash',
  'bracket',
  'labelled',
  'bare',
  'extension',
];
