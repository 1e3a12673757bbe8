import type { PhoneFormat } from '../core/phone.js';
import { isCountryCode } from '../core/phone-key.js';
import { parseDuration, parseRate, parseRecontact, parseWindow } from '../core/units.js';
import { secretProblem, textProblem } from './secret-source.js';
import { urlProblem } from './url.js';

/** How a text setting must look: null, or what is wrong with it as the end of a sentence that never quotes it. */
export type Form = (text: string) => string | null;

const form =
  (expected: string, test: (text: string) => boolean): Form =>
  (text) =>
    textProblem(text) ?? (test(text) ? null : `must be ${expected}`);

const phoneFormats = ['e164', 'intl-digits', 'national', 'auto'] as const satisfies readonly PhoneFormat[];

function isTimezone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const ledgerSchemes = /^postgres(ql)?:\/\//;

/** True for a ledger that is a database server, not a file. */
export const isLedgerServer = (text: string): boolean => ledgerSchemes.test(text);

export const forms = {
  country: form('a country of two letters, like DE', isCountryCode),
  phoneFormat: form(`one of ${phoneFormats.join(', ')}`, (text) =>
    phoneFormats.some((name) => name === text),
  ),
  timezone: form('a time zone, like Europe/Berlin', isTimezone),
  duration: form('a duration: 500ms, 30s, 5m, 24h or 90d', (text) => (parseDuration(text) ?? 0) > 0),
  rate: form('a rate: 5/s, 60/m or 0.5/s', (text) => parseRate(text) !== null),
  recontact: form('never, always or after:90d', (text) => parseRecontact(text) !== null),
  window: form('a calling window, like Mon-Fri 09:00-20:00', (text) => parseWindow(text) !== null),
  ledger: form('a file or a postgres:// address', (text) => {
    return (
      text.trim() !== '' && (isLedgerServer(text) ? URL.canParse(text) : !/^[A-Za-z][\w+.-]*:\/\//.test(text))
    );
  }),
  account: form('a name on one line', (text) => text.trim() !== '' && !/\p{Cc}/u.test(text)),
  name: textProblem,
  url: (text) => textProblem(text) ?? urlProblem(text),
  secret: secretProblem,
} as const satisfies Record<string, Form>;

/** Profile names travel in file names, messages and `--live <profile>`. */
export const isProfileName = (text: string): boolean =>
  /^[A-Za-z0-9][\w.-]{0,63}$/.test(text) && text !== '__proto__';
