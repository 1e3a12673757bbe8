import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { draftMapping, makeMapping, type MappingRequest } from '../../src/core/mapping.js';
import type { PushOperation } from '../../src/core/vendor.js';
import { vendors } from '../../src/vendors/index.js';

const operations = (
  await Promise.all(
    vendors.map(async ({ load }) => {
      const { default: vendor } = await load();
      return vendor.operations.map((operation) => ({ name: `${vendor.id} ${operation.id}`, operation }));
    }),
  )
).flat();

const cases = operations.flatMap(({ name, operation }) =>
  Object.keys(operation.parameters ?? {}).map((parameter) => ({
    name: `${name}: ${parameter}`,
    operation,
    parameter,
  })),
);

const requestOf = (
  operation: PushOperation,
  columns: readonly string[],
  more: Partial<MappingRequest> = {},
) => ({
  columns,
  fields: operation.fields,
  freeColumn: operation.freeColumn,
  parameters: operation.parameters,
  mapFile: null,
  set: {},
  phone: { country: 'DE', format: 'auto' } as const,
  ...more,
});

/** A name as people write it: other case, blanks and hyphens for the marks, blanks around it. */
const spellings = (name: string): string[] => [
  name,
  name.toUpperCase(),
  name.replaceAll('_', ' '),
  name.replaceAll('_', '-'),
  ` ${name} `,
];

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'taken';
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
};

describe('a column named as a parameter of the vendor', () => {
  it('is known to every operation that takes free columns', () => {
    const without = operations.filter(({ operation }) => operation.freeColumn && !operation.parameters);
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  describe.each(cases)('$name', ({ operation, parameter }) => {
    const required = operation.fields.filter((field) => field.required).map((field) => field.name);

    it('is no field of a row', () => {
      expect(operation.fields.map((field) => field.name)).not.toContain(parameter);
    });

    it.each(spellings(parameter))(
      'is refused as %j, in a table and in a row with keys of its own',
      (column) => {
        const request = requestOf(operation, [...required, column]);
        expect(codeOf(() => makeMapping(request))).toBe('field.parameter');
        const { mapping } = draftMapping(request);
        expect(mapping.problems.map(({ code }) => code)).toContain('field.parameter');
      },
    );

    it('is refused under a wildcard too, and left out where it is named', () => {
      const ignoring = (ignore: readonly string[]) => ({ mapFile: { fields: {}, free: {}, ignore } });
      const columns = [...required, parameter];
      expect(codeOf(() => makeMapping(requestOf(operation, columns, ignoring(['*']))))).toBe(
        'field.parameter',
      );
      const { free, ignored } = makeMapping(requestOf(operation, columns, ignoring([parameter])));
      expect([free.length, ignored]).toEqual([0, [parameter]]);
    });

    it('is refused as the new name of a column, and as a constant', () => {
      if (!operation.freeColumn) return;
      const renamed = { mapFile: { fields: {}, free: { Merkmal: parameter }, ignore: [] } };
      expect(codeOf(() => makeMapping(requestOf(operation, [...required, 'Merkmal'], renamed)))).toBe(
        'field.parameter',
      );
      expect(codeOf(() => makeMapping(requestOf(operation, required, { set: { [parameter]: '1' } })))).toBe(
        'field.parameter',
      );
    });
  });
});
