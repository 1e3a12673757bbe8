// What is known of phones without their numbering plans: loading this costs nothing.

declare const phoneKey: unique symbol;

/** What one person's number is known by; compares as text, and shows none. */
export interface PhoneKey {
  readonly [phoneKey]: true;
}

/**
 * How the numbers of a column are written.
 *
 * - `e164`: `+` and country code
 * - `intl-digits`: country code first; `+` or `00` before it may stand or not
 * - `national`: as dialled in the rule's country; `+` and `00` still mean what they say. Digits that begin with that
 *   country's own code and are valid with it are held: `491788046563` in DE is a mobile, and the landline 0491788046563
 * - `auto`: whatever has one reading only; everything else is held
 */
export const phoneFormats = ['e164', 'intl-digits', 'national', 'auto'] as const;
export type PhoneFormat = (typeof phoneFormats)[number];

export interface PhoneRule {
  readonly format: PhoneFormat;
  /** ISO 3166 alpha-2 in capitals, the country national numbers are of; null where it is not known. */
  readonly country: string | null;
}

/**
 * The text a person's number is compared by. Argentina's mobiles are written with a 9 after the country code and without:
 * both are one person.
 */
export const personOf = (e164: string): string => e164.replace(/^\+549(\d{10})$/u, '+54$1');

/** For people: `+491788046563` → `+49178•••563`. At least four digits are hidden; what is no number is hidden whole. */
export function maskPhone(e164: string): string {
  const digits = /^\+?(\d{7,15})$/u.exec(e164)?.[1];
  if (digits === undefined) return '•••';
  const shown = Math.min(8, digits.length - 4, Math.floor((digits.length * 2) / 3));
  const tail = Math.min(3, Math.floor(shown / 2));
  const plus = e164.startsWith('+') ? '+' : '';
  return `${plus}${digits.slice(0, shown - tail)}•••${digits.slice(digits.length - tail)}`;
}

/** Country calling codes are prefix-free (ITU-T E.164): one or two digits for these zones, else three. */
const callingCode = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** An E.164 number in its parts, digits alone. */
export function partsOf(e164: string): { readonly code: string; readonly national: string } {
  const digits = phoneDigits(e164);
  const code = callingCode.exec(digits)?.[0] ?? '';
  return { code, national: digits.slice(code.length) };
}

/**
 * How a number that no rule can read stands on the do-not-call list: its digits as they were written, marked. Null for
 * text without any.
 */
export function keptAsWritten(text: string): string | null {
  const digits = text.replace(/\D/g, '').replace(/^0+/, '');
  return digits === '' ? null : `?${digits}`;
}

/** True for an entry of the do-not-call list that no rule could read. */
export const isKeptAsWritten = (entry: string): boolean => entry.startsWith('?');

/** Every entry that begins so sorts behind all others, whatever the database's order of letters. */
export const roundedMark = 'rounded:';

/**
 * How a number in scientific notation stands on the do-not-call list, of which a spreadsheet has cut off the last digits:
 * `4,91511E+11` as `rounded:4.91511E+11`. Null where it is not as long as a number.
 */
export function keptAsRounded(digits: string, exponent: number): string | null {
  const fits = digits !== '' && exponent >= 6 && exponent <= 14 && digits.length <= exponent;
  return fits ? roundedMark + scientific(digits, exponent) : null;
}

const scientific = (digits: string, exponent: number): string =>
  `${digits.slice(0, 1)}${digits.length > 1 ? `.${digits.slice(1)}` : ''}E+${exponent}`;

/** True for an entry of the do-not-call list that is a rounded number. */
export const isRounded = (entry: string): boolean => entry.startsWith(roundedMark);

/** An entry of the do-not-call list as people read it. */
export const shownEntry = (entry: string): string => entry.replace(/^(?:\?|rounded:)/, '');

/** What people of some countries dial before a national number, where it is more than zeros, by calling code. */
const trunkDigits: Readonly<Record<string, string>> = { '7': '8', '36': '6', '370': '8', '375': '80' };

/**
 * Every entry of the do-not-call list that means this number: itself, and its spellings kept as written. Who asks the list
 * for a number asks for all of these.
 */
export function listedAs(e164: string): string[] {
  if (isKeptAsWritten(e164) || isRounded(e164)) return [e164];
  const person = personOf(e164);
  const entries = spellingsOf(person)
    .map(keptAsWritten)
    .filter((entry) => entry !== null);
  return [...new Set([person, ...entries])];
}

/** The digits by which people and spreadsheets may write a number. */
function spellingsOf(person: string): string[] {
  const { code, national } = partsOf(person);
  const spellings = [code + national, national];
  const trunk = trunkDigits[code];
  if (trunk !== undefined) spellings.push(trunk + national);
  if (code === '54' && national.length === 10) spellings.push(`549${national}`, `9${national}`);
  return spellings;
}

/** Every entry of the do-not-call list whose rounded number this one may be, cut off or rounded up. */
export function roundedFrom(e164: string): string[] {
  if (isKeptAsWritten(e164) || isRounded(e164)) return [];
  const found = new Set<string | null>();
  for (const spelling of spellingsOf(personOf(e164))) {
    const digits = spelling.replace(/^0+/, '');
    const exponent = digits.length - 1;
    for (let kept = 1; kept <= exponent; kept += 1) {
      const cut = digits.slice(0, kept);
      found.add(keptAsRounded(cut, exponent));
      const up = String(Number(cut) + 1);
      found.add(keptAsRounded(up.slice(0, kept), up.length > kept ? exponent + 1 : exponent));
    }
  }
  return [...found].filter((entry) => entry !== null);
}

let codes: readonly string[] | null = null;
const callingCodes = (): readonly string[] =>
  (codes ??= Array.from({ length: 999 }, (_, index) => String(index + 1)).filter(
    (digits) => callingCode.exec(digits)?.[0] === digits,
  ));

/** The other way round: every number that an entry of the do-not-call list means, in E.164. */
export function numbersMeantBy(entry: string): string[] {
  if (!isKeptAsWritten(entry)) return [entry];
  const digits = shownEntry(entry);
  const nationals = [digits, `0${digits}`];
  const possible = callingCodes().flatMap((code) => {
    const trunk = trunkDigits[code];
    const own = trunk !== undefined && digits.startsWith(trunk) ? [digits.slice(trunk.length)] : [];
    return [...nationals, ...own].map((national) => `+${code}${national}`);
  });
  const fitting = [`+${digits}`, ...possible].filter(
    (number) => number.length <= 16 && listedAs(number).includes(entry),
  );
  return [...new Set(fitting.map(personOf))];
}

/** The digits alone, country code first: the form of every Sales_Q sample (docs/vendors/sales-q.md#import). */
export const phoneDigits = (e164: string): string => e164.replace(/\D/g, '');

/** Countries and territories that have phone numbers. A plain list: the phone metadata takes long to load. */
const countries = new Set(
  `AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC
  CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
  GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM
  KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY
  MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
  SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE
  VG VI VN VU WF WS XK YE YT ZA ZM ZW`.split(/\s+/),
);

/** True for two letters, upper or lower case, of a country that has phone numbers. */
export const isCountryCode = (text: string): boolean => countries.has(text.toUpperCase());
