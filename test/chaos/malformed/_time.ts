import { seeded } from '../../../src/core/seeded.js';
import { tableCase } from './tables.js';
import { jsonCase } from './json.js';
import { mapCase, configCase, scriptCase, flagCase } from './documents.js';
import { Stage } from './world.js';
const stage = await Stage.open();
for (const [k, make] of Object.entries({ table: tableCase, json: jsonCase })) {
  const c0 = process.cpuUsage();
  for (let i = 0; i < 150; i++) {
    const one = make(seeded('malformed', 2, `${k}:${i}`), `${k}:${i}`);
    await stage.play(one);
  }
  const c = process.cpuUsage(c0);
  console.log(k, 'cpu/case', ((c.user + c.system) / 150000).toFixed(1));
}
for (let i = 0; i < 200; i++) {
  const one = scriptCase(seeded('malformed', 1, `script:${i}`), `script:${i}`);
  const r = await stage.play({ ...one, args: [...one.args, '-v'] });
  if (r.code === 1) {
    console.log(one.id, one.what, one.args, r.stderr);
    break;
  }
}
process.exit(0);
