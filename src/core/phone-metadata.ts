import parsePhoneNumber from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import metadata from 'libphonenumber-js/max/metadata';

/** E.164 allows 15 digits; libphonenumber alone would take German numbers of 17. */
const longest = 15;

/** A numbering plan with its expressions compiled once; libphonenumber compiles them again for every number. */
interface Plan {
  readonly callingCode: string;
  readonly idd: RegExp;
  readonly general: RegExp;
  readonly lengths: ReadonlySet<number>;
  /** Trunk prefix where it is plain digits; empty where there is none; null where the rule is more than that. */
  readonly trunk: string | null;
  readonly leading: RegExp | null;
  /** How national numbers are written, first match first. */
  readonly forms: readonly {
    readonly leading: RegExp | null;
    readonly pattern: RegExp;
    /** What is written before a national number: `0`, `8`; empty where nothing is. */
    readonly prefix: string;
  }[];
  readonly types: readonly { readonly pattern: RegExp; readonly lengths: ReadonlySet<number> }[] | null;
}

/** Positions in the library's minified plans (its METADATA.md). The test holds this reading against the library's. */
type Minified = readonly unknown[];
const at = {
  callingCode: 0,
  idd: 1,
  general: 2,
  lengths: 3,
  forms: 4,
  trunk: 5,
  prefixForm: 6,
  trunkRule: 7,
  leading: 10,
  types: 11,
} as const;

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const start = (pattern: string): RegExp => new RegExp(`^(?:${pattern})`);

function compile(plan: Minified): Plan {
  const lengths = new Set(plan[at.lengths] as number[]);
  const trunk = (plan[at.trunkRule] || plan[at.trunk] || '') as string;
  const types = (plan[at.types] || []) as ([string, number[]?] | 0 | undefined)[];
  const forms = (plan[at.forms] || []) as [string, string, string[]?, (string | 0)?][];
  const described = types.flatMap((type) => {
    if (!type || !type[0]) return [];
    return [{ pattern: whole(type[0]), lengths: type[1] ? new Set(type[1]) : lengths }];
  });
  return {
    callingCode: plan[at.callingCode] as string,
    idd: start(plan[at.idd] as string),
    general: whole(plan[at.general] as string),
    lengths,
    trunk: /^\d*$/.test(trunk) ? trunk : null,
    forms: forms.map(([pattern, , leading, prefixForm]) => ({
      leading: leading?.length ? start(leading.at(-1) as string) : null,
      pattern: whole(pattern),
      prefix: /^[^\d$]*(\d+)/.exec(prefixForm || ((plan[at.prefixForm] || '') as string))?.[1] ?? '',
    })),
    leading: plan[at.leading] ? start(plan[at.leading] as string) : null,
    types: types.length > 0 ? described : null,
  };
}

const compiled = new Map<string, Plan>();

function planOf(country: string): Plan {
  const known = compiled.get(country);
  if (known) return known;
  const plan = compile(metadata.countries[country as CountryCode] as Minified);
  compiled.set(country, plan);
  return plan;
}

const fits = (plan: Plan, national: string): boolean =>
  plan.general.test(national) &&
  (plan.types === null ||
    plan.types.some(({ lengths, pattern }) => lengths.has(national.length) && pattern.test(national)));

/** Whether a national significant number is assigned in any country of a calling code, as the library decides it. */
function assigned(callingCode: string, national: string): boolean {
  const countries = metadata.country_calling_codes[callingCode];
  if (!countries) return false;
  for (const country of countries) {
    const plan = planOf(country);
    if (countries.length > 1 && plan.leading) {
      if (plan.leading.test(national)) return fits(plan, national);
    } else if (fits(plan, national)) return true;
  }
  return false;
}

const knownCode = (digits: string): string | undefined =>
  [1, 2, 3]
    .map((length) => digits.slice(0, length))
    .find((code) => Object.hasOwn(metadata.country_calling_codes, code));

/** Without the library where nothing can be stripped; undefined where that is not sure. */
function quickInternational(digits: string): string | null | undefined {
  const code = knownCode(digits);
  const main = code === undefined ? undefined : metadata.country_calling_codes[code]?.[0];
  if (code === undefined || main === undefined) return undefined;
  const { trunk } = planOf(main);
  const national = digits.slice(code.length);
  if (trunk === null || (trunk !== '' && national.startsWith(trunk))) return undefined;
  return assigned(code, national) ? `+${digits}` : null;
}

/** Without the library where there is a plain trunk prefix or none; undefined where that is not sure. */
function quickNational(digits: string, country: string): string | null | undefined {
  const plan = planOf(country);
  if (plan.trunk === null || plan.idd.test(digits)) return undefined;
  const stripped = plan.trunk !== '' && digits.startsWith(plan.trunk);
  const national = stripped ? digits.slice(plan.trunk.length) : digits;
  const sure = !stripped && !digits.startsWith(plan.callingCode);
  if (!sure && !(plan.general.test(national) && plan.lengths.has(national.length))) return undefined;
  if (assigned(plan.callingCode, national)) return `+${plan.callingCode}${national}`;
  return sure ? null : undefined;
}

/**
 * Gabon's old 7-digit numbers are valid with and without a leading zero: one line with two keys, a hole in the
 * do-not-call list. They were withdrawn in 2019 and are refused.
 */
const hasTwoKeys = (e164: string): boolean => /^\+241[2-7]\d{6}$/.test(e164);

const fitting = (e164: string | null): string | null =>
  e164 !== null && e164.length <= longest + 1 && !hasTwoKeys(e164) ? e164 : null;

function withLibrary(text: string, country?: string): string | null {
  const number = parsePhoneNumber(
    text,
    country ? { defaultCountry: country as CountryCode, extract: false } : { extract: false },
  );
  return number?.isValid() ? number.number : null;
}

const known = (quick: string | null | undefined, slow: () => string | null): string | null =>
  quick === undefined ? slow() : quick;

/** True for a country libphonenumber knows, as ISO 3166 alpha-2 in capitals. */
export const isCountry = (text: string): boolean => Object.hasOwn(metadata.countries, text);

/** Calling code of a country libphonenumber knows, digits alone: `49`. */
export const callingCodeOf = (country: string): string => planOf(country).callingCode;

/** The country that stands for a calling code of digits alone; undefined where there is none. */
export const countryOfCallingCode = (code: string): string | undefined =>
  Object.hasOwn(metadata.country_calling_codes, code) ? metadata.country_calling_codes[code]?.[0] : undefined;

/** Reads digits that start with a country code. E.164, or null where it is no valid number. */
export function readInternational(digits: string): string | null {
  const dialled = withoutMexicanOne(digits);
  return fitting(known(quickInternational(dialled), () => withLibrary(`+${dialled}`)));
}

/** Mexico's mobiles had a 1 after the country code until 2019, and address books still have it. */
const withoutMexicanOne = (digits: string): string => digits.replace(/^521(\d{10})$/u, '52$1');

/**
 * Reads digits as somebody in that country would dial them, with or without trunk prefix, its own way of dialling
 * abroad included (`011…` in the US). E.164, or null where it is no valid number.
 */
export function readNational(digits: string, country: string): string | null {
  return fitting(known(quickNational(digits, country), () => withLibrary(digits, country)));
}

/** The country that stands for the calling code of a valid number, ISO 3166 alpha-2; null where there is none. */
export const mainCountryOf = (e164: string): string | null =>
  metadata.country_calling_codes[knownCode(e164.slice(1)) ?? '']?.[0] ?? null;

/** What people of its country write before this valid number when they dial it there: `0` in Germany, `8` in Russia; empty for nothing. */
export function nationalPrefixOf(e164: string): string {
  const code = knownCode(e164.slice(1)) ?? '';
  const main = metadata.country_calling_codes[code]?.[0];
  if (main === undefined) return '';
  const national = e164.slice(1 + code.length);
  const form = planOf(main).forms.find(
    ({ leading, pattern }) => (leading === null || leading.test(national)) && pattern.test(national),
  );
  return form?.prefix ?? '';
}

/** Whether this valid number is written with a leading zero in its country. */
export const isWrittenWithZero = (e164: string): boolean =>
  nationalPrefixOf(e164).startsWith('0') || nationalPartOf(e164).startsWith('0');

const nationalPartOf = (e164: string): string => e164.slice(1 + (knownCode(e164.slice(1)) ?? '').length);

/** Whether a valid number is a mobile one, or may be one. */
export function isMobile(e164: string): boolean {
  const type = parsePhoneNumber(e164)?.getType();
  return type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
}

/** The library's own reading, for the test that compares. */
export const slowly = {
  international: (digits: string): string | null => fitting(withLibrary(`+${digits}`)),
  national: (digits: string, country: string): string | null => fitting(withLibrary(digits, country)),
} as const;
