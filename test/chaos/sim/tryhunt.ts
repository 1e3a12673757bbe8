import { knownBad } from '../known-bad.js';
import { hunt } from './hunt.js';
for (const { id, caught } of knownBad) {
  if (caught.by !== 'simulation') continue;
  const b = performance.now();
  const prey = await hunt(caught.client, caught.plot, Number(process.argv[2] ?? caught.from));
  console.log(id, caught.plot, prey?.seed, prey?.failures.some((f) => caught.as.includes(f)), prey?.failures, Math.round(performance.now() - b));
}
