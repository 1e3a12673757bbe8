import { seeded, shuffled } from '../../src/core/twin.js';
import { readPhone } from '../../src/core/phone.js';
import { exampleSpellings } from '../core/phone-checks.js';
import { pushExcel, pushSpellings } from './phones/pushes.js';
import { readingOf } from './phones/reading.js';
import type { PartReport, PartRequest } from './support/part.js';
import { wrongRules } from './wrong/phones.js';

export const name = 'phones';

/** Further numbers of each region, and regions whose spellings go through a push. */
const sizes = { reduced: [0, 6], ci: [10, 245], full: [60, 245] } as const;

/** 245 regions in eight spellings have no wrong key and no merged person; no Excel form is ever sent. */
export async function run({ seed, budget, log }: PartRequest): Promise<PartReport> {
  const random = seeded('phones', seed);
  const [perRegion, pushed] = sizes[budget.scale];
  const reading = readingOf(readPhone, random, perRegion);
  const regions = [...new Set(exampleSpellings().map(({ region }) => region))];
  log(`${reading.spellings} spellings read, now pushed`);
  const excel = await pushExcel();
  const spellings = await pushSpellings(shuffled(regions, random).slice(0, budget.points ?? pushed));
  const caught = wrongRules.filter(({ read }) => readingOf(read, seeded('phones', seed), 0).wrong.length > 0);
  const missed = wrongRules.filter((rule) => !caught.includes(rule));
  const faults = [
    ...reading.wrong,
    ...excel.faults,
    ...spellings.faults,
    ...missed.map(({ id, idea }) => `the wrong rule ${id} was not caught (${idea})`),
  ];
  return {
    name,
    figures: {
      regions: reading.regions,
      spellings: reading.spellings,
      right: reading.right,
      'refused or held': reading.refused,
      'wrong keys or merges': reading.wrong.length + spellings.faults.length,
      'Excel forms': reading.excel,
      'Excel cells pushed': excel.cells,
      'of them sent': excel.sent,
      'wrong rules caught': `${caught.length} of ${wrongRules.length}`,
    },
    failures: faults.map((what) => ({ what, replay: '' })),
  };
}
