import { describeMapping } from '../../core/mapping.js';
import type { PreparedInput } from './prepare.js';

/** The whole mapping, a line a column: for a dry run. */
export function mappingLines({ mapping }: PreparedInput): string[] {
  if (!mapping) return [];
  return describeMapping(mapping).map(
    ({ field, from, how }) => `  ${from} -> ${field ?? 'stays here'} (${how})`,
  );
}

/** The mapping in a sentence: for a push, which must say what it takes for what and which columns travel unasked. */
export function mappingSentence({ mapping }: PreparedInput): string | null {
  if (!mapping) return null;
  const lines = describeMapping(mapping);
  const named = lines.filter(({ how }) => how !== 'free' && how !== 'ignored');
  const free = lines.filter(({ how }) => how === 'free').map(({ field }) => field);
  const ignored = lines
    .filter(({ how }) => how === 'ignored')
    .map(({ from }) => from.replace(/^column /, ''));
  return [
    named.map(({ field, from }) => `${field} from ${from}`).join(', '),
    ...(free.length > 0 ? [`as free data: ${free.join(', ')}`] : []),
    ...(ignored.length > 0 ? [`not sent: ${ignored.join(', ')}`] : []),
  ].join('; ');
}
