import parsePhoneNumber from 'libphonenumber-js/max';
import type { CountryCode } from 'libphonenumber-js/max';
import type { PhoneReading, PhoneRule } from '../../../src/core/phone.js';

/** Wrong on purpose: every number is parsed with the default country. The checks in phone-checks.ts must catch it. */
export function readPhone(text: string, rule: PhoneRule): PhoneReading {
  const number = parsePhoneNumber(text, (rule.country ?? 'DE') as CountryCode);
  return number?.isValid()
    ? { ok: true, e164: number.number }
    : { ok: false, state: 'invalid', problem: { code: 'phone.invalid', message: 'not valid' } };
}
