import type { FaultKind } from './fault-kinds.js';
import { faultKinds } from './fault-kinds.js';
import type { FaultVendor } from './fault-spec.js';
import { placesOf } from './fault-spec.js';
import { whenForms } from './fault-when.js';

/** How `--fault` is written and every kind of it, one line each. */
export function faultHelp(vendors: readonly FaultVendor[]): readonly string[] {
  return [
    '--fault <vendor>[/<endpoint>]:<kind>[=<value>][@<when>], for example sales-q/import:reset-after@3',
    '  <vendor> may be * for all of them. Endpoints:',
    ...vendors.flatMap(({ id, endpoints }) =>
      wrapped(
        `    ${id}: `,
        endpoints.map(({ name }) => name),
      ),
    ),
    '  <when> is counted in requests of that target, from 1:',
    `    ${whenForms}; without it: every request`,
    '  <kind>, with -before (default: the vendor did not do it) or -after (it did, and it is kept):',
    ...lines(vendors, ({ applied }) => applied === 'either'),
    '  <kind>, always before (nothing is done):',
    ...lines(vendors, ({ applied }) => applied === 'never'),
    '  <kind>, always after (it is done):',
    ...lines(vendors, ({ applied }) => applied === 'always'),
  ];
}

function lines(vendors: readonly FaultVendor[], wanted: (kind: FaultKind) => boolean): string[] {
  const width = Math.max(...faultKinds.map((kind) => labelOf(kind).length));
  return faultKinds.filter(wanted).map((kind) => {
    const places = kind.needs === 'rows' ? ` (${placesOf(kind, vendors).join(', ')})` : '';
    return `    ${labelOf(kind).padEnd(width)}  ${kind.about}${places}`;
  });
}

const labelOf = ({ name, value }: FaultKind): string => (value === null ? name : `${name}[=${value}]`);

/** Words in lines of at most 110 characters, the first behind `head`. */
function wrapped(head: string, words: readonly string[]): string[] {
  const found: string[] = [];
  let line = head;
  for (const [index, word] of words.entries()) {
    const next = index < words.length - 1 ? `${word}, ` : word;
    if (line.length + next.length > 110) {
      found.push(line.trimEnd());
      line = ' '.repeat(head.length);
    }
    line += next;
  }
  return [...found, line];
}
