(globalThis as any).n = 0;
import { SharedDatabase } from './database.js';
import { anything } from './plot.js';
import { tell } from './seed.js';
const [from, count] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 1)];
const db = await SharedDatabase.open();
const b = performance.now();
const c = process.cpuUsage();
const seen = new Map<string, number[]>();
let contacts = 0,
  steps = 0;
for (let s = from; s < from + count; s++) {
  const t = await tell(db, s, anything, {}, count === 1);
  contacts += t.contacts;
  steps += t.steps;
  if (t.steps > 3000 || process.env.V) console.log(s, t.steps, Math.round(performance.now() - b));
  if (count === 1) console.log(t.trace.join('\n'));
  for (const f of t.failures) seen.set(f, [...(seen.get(f) ?? []), s]);
}
console.log(
  'wall ms/seed',
  (performance.now() - b) / count,
  'cpu',
  process.cpuUsage(c).user / 1000 / count,
  'contacts',
  contacts,
  'steps',
  steps / count,
);
for (const [f, s] of seen) console.log(s.length, f, s.slice(0, 8).join(' '));
await db.close();
