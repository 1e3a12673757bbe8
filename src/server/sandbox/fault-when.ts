import { seeded } from '../../core/seeded.js';

/** Whether a request is hit, by its number among those the fault could befall, counted from 1. */
export type When = (number: number) => boolean;

/** How `@…` may be written, for messages. */
export const whenForms = '@3, @3-5, @3-, @1,4,7-9, @every:10, @5%, @50/1000 or @20pm (per mille)';

/**
 * Reads what stands behind `@`; null for what it does not understand. Which requests a share hits follows from `seed`,
 * `name` and their numbers alone.
 */
export function readWhen(text: string | null, seed: number, name: string): When | null {
  if (text === null) return () => true;
  const every = /^every:([1-9]\d{0,6})$/.exec(text)?.[1];
  if (every !== undefined) return (number) => number % Number(every) === 0;
  const share = readShare(text);
  if (share === null) return readNumbers(text);
  if (!(share > 0 && share <= 1)) return null;
  return (number) => seeded('fault', seed, name, number).next() < share;
}

/** `5%`, `50/1000`, `20pm`, `20‰`; null for other forms, whatever the size. */
function readShare(text: string): number | null {
  const [, whole, of] = /^(\d{1,7})\/(\d{1,7})$/.exec(text) ?? [];
  if (whole !== undefined) return Number(whole) / Number(of);
  const [, count, unit] = /^(\d{1,7}(?:\.\d{1,4})?)(%|pm|‰)$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) / (unit === '%' ? 100 : 1000);
}

function readNumbers(text: string): When | null {
  const spans = text.split(',').map((part) => {
    const [, from, to] = /^([1-9]\d{0,6})(-(?:[1-9]\d{0,6})?)?$/.exec(part) ?? [];
    if (from === undefined) return null;
    const last = to === undefined ? Number(from) : to === '-' ? Infinity : Number(to.slice(1));
    return last < Number(from) ? null : { first: Number(from), last };
  });
  const good = spans.filter((span) => span !== null);
  if (good.length < spans.length) return null;
  return (number) => good.some(({ first, last }) => number >= first && number <= last);
}
