/** Digits of a number as the vendor got it. `07…` and `447…` stay two: the document tells of no conversion. */
export const digitsOf = (phone: string): string => phone.replace(/\D/g, '');

/** The document asks for "a valid phone number" and defines none: phone characters, 7 to 15 digits. */
export function looksLikePhone(phone: string): boolean {
  const count = digitsOf(phone).length;
  return /^[\d\s()+/.-]+$/.test(phone) && count >= 7 && count <= 15;
}

/**
 * Who answers when the dialler, which stands in the United Kingdom, rings these digits, with the country code first:
 * `07…`, `+44 7…`, `0044 7…` and `+44 (0)7…` ring the same phone.
 */
export const personOf = (digits: string): string =>
  digits.replace(/^00/, '').replace(/^(?:440?|0)(?=\d{9,10}$)/, '44');
