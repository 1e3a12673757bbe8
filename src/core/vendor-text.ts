/** Longest vendor text that goes into a reason, in characters. */
const longest = 300;

/** Seven or more digits however they are parted: a phone number, or something as private. */
const numberLike = /\+?\d(?:[\s()./-]{0,3}\d){6,}/g;

const addressLike = /[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/g;

/**
 * A vendor's own words, made fit to be stored and shown: one line, numbers and e-mail addresses masked (vendors repeat
 * what they were sent), cut. Empty for anything that is not text.
 */
export function vendorText(value: unknown): string {
  if (typeof value !== 'string') return '';
  const text = value
    .slice(0, 10 * longest)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(numberLike, '…')
    .replace(/\d{4,}/g, '…')
    .replace(addressLike, '…')
    .replace(/\s+/g, ' ')
    .trim();
  return [...text].slice(0, longest).join('');
}
