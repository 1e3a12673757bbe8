/** Every push of every vendor of the program, with every number it may ring, at three moments: see gate.ts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.js';
import { buildWrong } from '../chaos/support/apart.js';
import { gateVendors } from './gate/cases.js';
import { uncovered } from './gate/rows.js';
import { gateContract, withoutWaits } from './gate.js';

let folder: string;
let hasty: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-hasty-'));
  const dist = await buildWrong({ name: 'hasty', edits: withoutWaits }, folder);
  hasty = path.join(path.dirname(dist), 'bin/salesq.js');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('the gate is tried for every operation of every vendor', async () => {
  const all = await Promise.all(vendors.map(async ({ load }) => (await load()).default));
  expect(uncovered(all, gateVendors)).toEqual([]);
  expect(uncovered(all, [])).toHaveLength(all.flatMap(({ operations }) => operations).length);
});

describe('the gate', () => gateContract(gateVendors, () => hasty));
