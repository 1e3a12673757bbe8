import { randomBytes } from 'node:crypto';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeLength = 10;

function crockford(value: bigint, length: number): string {
  let text = '';
  for (let rest = value, left = length; left > 0; left -= 1, rest >>= 5n)
    text = digits[Number(rest & 31n)] + text;
  return text;
}

const timeOf = (id: string): number =>
  [...id.slice(0, timeLength)].reduce((sum, digit) => sum * 32 + digits.indexOf(digit), 0);

/**
 * A new run id: 26 characters of Crockford's base 32, ten of time and sixteen of chance, like a ULID.
 * It sorts after `latest`, even where the clock stands still or jumped back, so that ids tell the order of runs.
 */
export function newRunId(now: number, latest: string | null): string {
  const chance = BigInt(`0x${randomBytes(10).toString('hex')}`);
  const time = latest === null ? now : Math.max(now, timeOf(latest) + 1);
  return crockford(BigInt(Math.max(0, Math.floor(time))), timeLength) + crockford(chance, 16);
}
