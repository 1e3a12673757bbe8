/** Builds with a wrong idea about the do-not-call list: the gate contract finds each of them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWrong } from '../chaos/support/apart.js';
import { gateVendors } from './gate/cases.js';
import { casesOf } from './gate/rows.js';
import { playBlocked, playStops } from './gate.js';
import { wrongGates } from './wrong/builds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-gate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cases = new Map(casesOf(gateVendors).map((one) => [one.name, one]));

describe('the gate contract', { tags: ['long'] }, () => {
  it.concurrent.each(wrongGates.map((wrong) => [wrong.name, wrong] as const))(
    'catches a build that believes in %s',
    async (_name, wrong) => {
      const program = path.join(path.dirname(await buildWrong(wrong, folder)), 'bin/salesq.js');
      for (const { of, moment, caughtAs } of wrong.plays) {
        const tried = cases.get(of);
        if (!tried) throw new Error(`there is no case "${of}"`);
        const faults =
          caughtAs === 'left'
            ? await playBlocked(tried, moment, program)
            : await playStops(tried, moment, 'open', program);
        const kinds = faults.map((fault) => fault.split(':')[0]);
        expect(kinds, `${of}, ${moment}`).toContain(caughtAs);
        expect(kinds, `${of}, ${moment}`).not.toContain('failed');
      }
    },
    180_000,
  );
});
