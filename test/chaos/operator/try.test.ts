import { it } from 'vitest';
import { play } from './play.js';
import { sessionOf } from './session.js';
import { Vendors } from './vendors.js';

it('tries', { timeout: 3_000_000 }, async () => {
  const vendors = await Vendors.open();
  const [from, count] = [Number(process.env['SEED'] ?? 1), Number(process.env['COUNT'] ?? 1)];
  const began = Date.now();
  const exits = new Map<number, number>();
  let [commands, contacts] = [0, 0];
  for (let seed = from; seed < from + count; seed += 1) {
    const played = await play(vendors, sessionOf(seed), '/dev/shm');
    commands += played.commands;
    contacts += played.contacts;
    for (const exit of played.exits) exits.set(exit, (exits.get(exit) ?? 0) + 1);
    if (count === 1 || played.faults.length > 0)
      console.log(
        `seed ${seed}\n${(count === 1 ? played.trace : played.trace.slice(-3)).join('\n')}\n${played.faults.map(({ kind, what }) => `>>> ${kind}: ${what}`).join('\n')}`,
      );
  }
  console.log({ ms: Date.now() - began, commands, contacts, exits: [...exits].sort((a, b) => a[0] - b[0]) });
  await vendors.close();
});
