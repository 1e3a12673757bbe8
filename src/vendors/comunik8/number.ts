import { tidyPhone } from '../../core/phone-text.js';

/**
 * The number as it goes out: in the notation of the input, without spaces, brackets and marks between digits. The
 * dialler finds a lead again by this text (comunik8.txt, Removing Leads), so nothing is converted: `07…` stays `07…`.
 * A zero in brackets after a country code, and one that a spreadsheet lost, are put right: as they stand no number has
 * that form.
 */
export function sentNumber(raw: string | undefined, e164: string): string {
  const text = tidyPhone(raw ?? '')
    .replace(/(\d\s*)\(0\)/u, '$1')
    .replace(/[\s()./-]/g, '');
  if (!/^\+?\d+$/.test(text)) return e164;
  const lostZero = /^[1-9]/.test(text) && e164 === `+44${text}`;
  return lostZero ? `0${text}` : text;
}

/** True for a number of the United Kingdom, whose form alone the document shows. */
export const isBritish = (e164: string): boolean => e164.startsWith('+44');
