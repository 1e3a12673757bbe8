import type { Mapping } from './mapping-types.js';
import { PhoneNumber } from './number.js';

/** A line of the mapping for people: what the vendor gets, from where, and why. */
export interface MappingLine {
  /** Field or free name; null for a column that is not sent. */
  readonly field: string | null;
  readonly from: string;
  readonly how: 'map' | 'set' | 'name' | 'synonym' | 'free' | 'ignored';
}

/** The whole mapping as lines: fields, then free data, then what stays at home. Phone constants are masked. */
export function describeMapping(mapping: Mapping): MappingLine[] {
  const fields = mapping.fields.map(({ field, column, constant, how }): MappingLine => {
    const text = constant instanceof PhoneNumber ? constant.masked() : JSON.stringify(constant);
    return { field: field.name, from: column === null ? `constant ${text}` : `column ${column}`, how };
  });
  const free = mapping.free.map(({ column, name, constant }): MappingLine => ({
    field: name,
    from: column === null ? `constant ${JSON.stringify(constant)}` : `column ${column}`,
    how: 'free',
  }));
  const ignored = mapping.ignored.map((column): MappingLine => ({
    field: null,
    from: `column ${column}`,
    how: 'ignored',
  }));
  return [...fields, ...free, ...ignored];
}
