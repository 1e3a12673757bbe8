/** Every push of every vendor of the program, with every number it may ring, at three moments: see gate.ts. */
import { describe, expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.js';
import { gateVendors } from './gate/cases.js';
import { uncovered } from './gate/rows.js';
import { gateContract } from './gate.js';

it('the gate is tried for every operation of every vendor', async () => {
  const all = await Promise.all(vendors.map(async ({ load }) => (await load()).default));
  expect(uncovered(all, gateVendors)).toEqual([]);
  expect(uncovered(all, [])).toHaveLength(all.flatMap(({ operations }) => operations).length);
});

describe('the gate', () => gateContract(gateVendors));
