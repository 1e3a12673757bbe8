import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { FaultSpec } from '../../src/rehearsal/faults.js';
import { readFault } from '../../src/rehearsal/faults.js';
import type { FaultVendor } from '../../src/rehearsal/faults.js';
import { faultHelp } from '../../src/rehearsal/faults.js';
import { faultKinds } from '../../src/rehearsal/fault-kinds.js';
import { vendors as registry } from '../../src/vendors/index.js';

const vendors: readonly FaultVendor[] = await Promise.all(
  registry.map(async (entry) => (await entry.load()).default.twin()),
);

const read = (text: string, seed = 1): FaultSpec => readFault(text, vendors, seed);

const problemOf = (text: string): UserError => {
  try {
    read(text);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`"${text}" was taken`);
};

/** Numbers up to `most` that are hit. */
const hits = (text: string, most: number, seed = 1): number[] => {
  const { hits } = read(text, seed);
  return Array.from({ length: most }, (_, index) => index + 1).filter(hits);
};

/** Endpoints a fault counts, as targets. */
const befallen = (text: string): string[] => {
  const spec = read(text);
  return vendors.flatMap(({ id, endpoints }) => [
    ...endpoints.filter((endpoint) => spec.matches(id, endpoint)).map(({ name }) => `${id}/${name}`),
    ...(spec.matches(id, null) ? [`${id}/?`] : []),
  ]);
};

describe('which requests', () => {
  it.each([
    ['sales-q:500', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['sales-q:500@3', [3]],
    ['sales-q:500@3-5', [3, 4, 5]],
    ['sales-q:500@7-', [7, 8, 9]],
    ['sales-q:500@1,4,7-8', [1, 4, 7, 8]],
    ['sales-q:500@every:4', [4, 8]],
    ['sales-q:500@100%', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])('%s', (text, numbers) => {
    expect(hits(text, 9)).toEqual(numbers);
  });

  it.each(['5%', '50/1000', '50pm', '50‰'])('%s is 50 of 1000, the same ones for the same seed', (share) => {
    const found = hits(`*:500@${share}`, 20_000);
    expect(found.length).toBeGreaterThan(850);
    expect(found.length).toBeLessThan(1150);
    expect(hits(`*:500@${share}`, 20_000)).toEqual(found);
    expect(hits(`*:500@${share}`, 20_000, 2)).not.toEqual(found);
  });

  it.each(['0', '-3', '5-3', '3-5-7', 'every:0', 'every', '0%', '101%', '5/0', '1,', 'x', '1e3', '3@4'])(
    'does not take @%s',
    (when) => {
      expect(problemOf(`sales-q:500@${when}`)).toMatchObject({ code: 'sandbox.fault-when', exit: 2 });
    },
  );
});

describe('where', () => {
  it.each([
    ['sales-q/import:reset', ['sales-q/import']],
    ['comunik8/add:reset', ['comunik8/lead/add']],
    ['comunik8/lead/add:reset', ['comunik8/lead/add']],
    ['calltouch/lead/add:reset', ['calltouch/comment/lead/add']],
    ['calltouch/lead-service/v1/api/comment/lead/add:reset', ['calltouch/comment/lead/add']],
    ['mmdial/dncadd:reset', ['mmdial/dncadd']],
    ['mmdial/voice:reset', ['mmdial/files/voice']],
    ['sales-q:reset', ['sales-q/import', 'sales-q/remove', 'sales-q/update', 'sales-q/?']],
    ['*:missing-ids', ['sales-q/import', 'calltouch/comment/lead/add']],
    ['sales-q:wrong-types', ['sales-q/import', 'sales-q/remove', 'sales-q/update']],
  ])('%s', (text, places) => {
    expect(befallen(text)).toEqual(places);
  });

  it('knows every endpoint of every vendor by its name, and counts none twice', () => {
    for (const { id, endpoints } of vendors) {
      for (const { name } of endpoints) expect(befallen(`${id}/${name}:reset`)).toEqual([`${id}/${name}`]);
    }
    expect(befallen('*:reset')).toHaveLength(3 + 2 + 1 + 19 + vendors.length);
  });
});

describe('what', () => {
  it.each([
    ['reset', false],
    ['reset-before', false],
    ['reset-after', true],
    ['timeout=30s', false],
    ['timeout-after', true],
    ['503-after=30s', true],
    ['429=30s', false],
    ['truncate=10', true],
    ['drip=5ms', true],
    ['missing-ids=3', true],
  ])('%s, carried out: %s', (kind, applied) => {
    expect(read(`sales-q/import:${kind}@3`)).toMatchObject({ applied });
  });

  it.each([
    ['', 'form', 'sales-q/import:reset-after@3'],
    ['reset-after@3', 'form', 'sales-q/import:reset-after@3'],
    ['sales-q/import', 'form', 'sales-q/import:reset-after@3'],
    ['salesq:500', 'vendor', 'sales-q, comunik8, calltouch, mmdial'],
    ['*/import:500', 'vendor', '* is all of them'],
    ['sales-q/imports:500', 'endpoint', 'import, remove, update'],
    ['sales-q/port:500', 'endpoint', 'import, remove, update'],
    ['sales-q:explode', 'kind', 'reset, timeout, 500 … 599'],
    ['sales-q:404', 'kind', 'reset, timeout'],
    ['sales-q:429-after', 'kind', 'without -after'],
    ['sales-q:drip-before', 'kind', 'without -before'],
    ['sales-q:reset=3', 'value', 'reset'],
    ['sales-q:timeout=30', 'value', 'timeout=30s'],
    ['sales-q:timeout=900d', 'value', '24h'],
    ['sales-q/import:missing-ids=0', 'value', 'missing-ids'],
    ['sales-q:redirect=304', 'value', 'redirect'],
    ['sales-q:down', 'target', '*:down'],
    ['sales-q/update:missing-ids', 'target', 'sales-q/import, calltouch/comment/lead/add'],
    ['comunik8:missing-ids', 'target', 'sales-q/import, calltouch/comment/lead/add'],
    ['mmdial/dncget:wrong-types', 'target', 'mmdial/dnccheck'],
  ])('%j is refused and says what there is', (text, code, hint) => {
    const problem = problemOf(text);
    expect(problem).toMatchObject({ code: `sandbox.fault-${code}`, exit: 2 });
    expect(problem.hint).toContain(hint);
  });

  it('lists every kind and every endpoint in the help', () => {
    const help = faultHelp(vendors).join('\n');
    for (const { name, about } of faultKinds) {
      expect(help).toContain(name);
      expect(help).toContain(about);
    }
    for (const { endpoints } of vendors) for (const { name } of endpoints) expect(help).toContain(name);
  });
});
