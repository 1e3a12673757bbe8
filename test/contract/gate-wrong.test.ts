/** Builds with a wrong idea about the do-not-call list: the gate contract finds each of them out. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWrong } from '../chaos/support/apart.js';
import { gateVendors } from './gate/cases.js';
import { casesOf, type GateCase } from './gate/rows.js';
import { playBlocked, playReleased, playStops, type Program } from './gate.js';
import { wrongGates, type WrongPlay } from './wrong/builds.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-gate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cases = new Map(casesOf(gateVendors).map((one) => [one.name, one]));

function faultsIn(wrong: WrongPlay, tried: GateCase, program: Program): Promise<string[]> {
  switch (wrong.play) {
    case 'blocked':
      return playBlocked(tried, wrong.moment, program);
    case 'stops':
      return playStops(tried, wrong.moment, 'open', program);
    case 'released':
      return playReleased(tried, wrong.release, program);
  }
}

describe('the gate contract', { tags: ['long'] }, () => {
  it.concurrent.each(wrongGates.map((wrong) => [wrong.name, wrong] as const))(
    'catches a build that believes in %s',
    async (_name, wrong) => {
      const program = path.join(path.dirname(await buildWrong(wrong, folder)), 'bin/salesq.js');
      for (const wrongPlay of wrong.plays) {
        const { of, caughtAs } = wrongPlay;
        const tried = cases.get(of);
        if (!tried) throw new Error(`there is no case "${of}"`);
        const faults = await faultsIn(wrongPlay, tried, program);
        const kinds = faults.map((fault) => fault.split(':')[0]);
        expect(kinds, JSON.stringify(wrongPlay)).toContain(caughtAs);
        expect(kinds, JSON.stringify(wrongPlay)).not.toContain('failed');
      }
    },
    180_000,
  );
});
