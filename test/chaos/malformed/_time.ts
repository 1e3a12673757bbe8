import { seeded } from '../../../src/core/seeded.js';
import { tableCase } from './tables.js';
import { jsonCase } from './json.js';
import { mapCase, configCase, scriptCase, flagCase } from './documents.js';
import { Stage } from './world.js';
const stage = await Stage.open();
for (const [k, make] of Object.entries({ table: tableCase, json: jsonCase, map: mapCase, config: configCase, script: scriptCase, flags: flagCase })) {
  const times: [number, string, number][] = [];
  const c0 = process.cpuUsage();
  const t0 = performance.now();
  const codes: Record<string, number> = {};
  for (let i = 0; i < 60; i++) {
    const one = make(seeded('malformed', 1, `${k}:${i}`), `${k}:${i}`);
    const t = process.cpuUsage();
    const r = await stage.play(one);
    codes[String(r.code)] = (codes[String(r.code)] ?? 0) + 1;
    if (k === 'table') { try { const e = JSON.parse(r.stdout).error?.code; if (e) codes[e] = (codes[e] ?? 0) + 1; } catch {} }
    const d = process.cpuUsage(t);
    times.push([(d.user + d.system) / 1000, one.what, r.code ?? -1]);
  }
  const c = process.cpuUsage(c0);
  console.log(k, 'cpu/case', ((c.user + c.system) / 60000).toFixed(1), 'wall/case', ((performance.now() - t0) / 60).toFixed(1), codes);
  times.sort((a, b) => b[0] - a[0]);
  for (const x of times.slice(0, 4)) console.log('   ', x);
}
process.exit(0);
