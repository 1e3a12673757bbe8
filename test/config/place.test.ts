import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeOf } from '../../src/config/index.js';
import { makeRoom, type Room } from './helpers.js';
import { placeChecks } from './place-checks.js';
import { threeRules } from './wrong/three-rules.js';

let room: Room;
beforeEach(async () => {
  room = await makeRoom();
});
afterEach(() => rm(room.root, { recursive: true }));

describe('a place', () => {
  it.each(placeChecks)('$name', (check) => check.run(room, placeOf));
});

describe('the checks of a place', () => {
  it('fail where ledger, run and numbers follow three rules', async () => {
    const failed: string[] = [];
    for (const check of placeChecks) {
      const own = await makeRoom();
      await check.run(own, threeRules).catch(() => failed.push(check.name));
      await rm(own.root, { recursive: true });
    }
    expect(failed).toEqual(placeChecks.slice(0, 4).map(({ name }) => name));
  });
});
