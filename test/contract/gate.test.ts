/** Every push of every vendor of the program, with every number it may ring, at three moments: see gate.ts. */
import { describe, expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.js';
import { gateVendors } from './gate/cases.js';
import {
  casesOf,
  moments,
  playBlocked,
  playStops,
  reachesNobody,
  reachesSomebody,
  uncovered,
} from './gate.js';

const cases = casesOf(gateVendors);
const named = (list: typeof cases) => list.map((one) => [one.name, one] as const);

describe('the cases of the gate', () => {
  it('are there for every operation of every vendor', async () => {
    const all = await Promise.all(vendors.map(async ({ load }) => (await load()).default));
    expect(uncovered(all, gateVendors)).toEqual([]);
    expect(uncovered(all, [])).toHaveLength(all.flatMap(({ operations }) => operations).length);
  });

  it('try each of them one way or the other', () => {
    expect(
      cases.filter((one) => !reachesSomebody(one) && !reachesNobody(one)).map(({ name }) => name),
    ).toEqual([]);
  });
});

describe.each(moments)('a number that is put on the list %s', (moment) => {
  it.concurrent.each(named(cases.filter(reachesSomebody)))(
    'keeps its rows from leaving: %s',
    async (_name, one) => expect(await playBlocked(one, moment)).toEqual([]),
    180_000,
  );

  it.concurrent.each(named(cases.filter(({ stops }) => stops)))(
    'never keeps a stop: %s',
    async (_name, one) => expect(await playStops(one, moment, 'open')).toEqual([]),
    180_000,
  );
});

describe('what nobody hears of', () => {
  it.concurrent.each(named(cases.filter(({ stops }) => stops)))(
    'leaves at any hour and whatever list is missing: %s',
    async (_name, one) => expect(await playStops(one, 'before planning', 'closed')).toEqual([]),
    180_000,
  );

  it.concurrent.each(named(cases.filter((one) => !one.stops && reachesNobody(one))))(
    'leaves about a listed person: %s',
    async (_name, one) => expect(await playStops(one, 'before planning', 'open')).toEqual([]),
    180_000,
  );
});
