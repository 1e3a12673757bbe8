// usage: node --import ./test/chaos/support/typescript.mjs test/chaos/operator/one.tmp.mjs SEED [kind]
import { pathToFileURL } from 'node:url';
const at = (f) => pathToFileURL('/work/wt/operator/test/chaos/operator/' + f).href;
const { Vendors } = await import(at('vendors.ts'));
const { play } = await import(at('play.ts'));
const { sessionOf } = await import(at('session.ts'));
const { shortest } = await import(at('shrink.ts'));
const v = await Vendors.open();
const s = sessionOf(Number(process.argv[2]));
const p = await play(v, s, '/dev/shm');
console.log(s.ledger, p.faults);
if (p.faults[0]) {
  const { session, trace } = await shortest(v, s, process.argv[3] ?? p.faults[0].kind, '/dev/shm');
  console.log(trace.join('\n'));
  console.log(JSON.stringify(session));
} else console.log(p.trace.join('\n'));
await v.close();
