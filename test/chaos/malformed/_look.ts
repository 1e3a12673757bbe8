import { seeded } from '../../../src/core/seeded.js';
import { tableCase } from './tables.js';
import { jsonCase } from './json.js';
import { mapCase, configCase, scriptCase, flagCase } from './documents.js';
import { Stage } from './world.js';
const stage = await Stage.open();
const kinds: any = {
  table: tableCase,
  json: jsonCase,
  map: mapCase,
  config: configCase,
  script: scriptCase,
  flags: flagCase,
};
for (const id of process.argv.slice(2)) {
  const [kind] = id.split(':') as [string];
  if (id.endsWith('*')) {
    const counts = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const one = kinds[kind](seeded('malformed', 1, `${kind}:${i}`), `${kind}:${i}`);
      const r = await stage.play(one);
      let key = String(r.code);
      try {
        key += ' ' + (JSON.parse(r.stdout).error?.code ?? '');
      } catch {}
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    console.log(
      kind,
      [...counts].sort((a, b) => b[1] - a[1]),
    );
    continue;
  }
  const one = kinds[kind](seeded('malformed', 1, id), id);
  const r = await stage.play(one);
  console.log(
    id,
    one.what,
    one.args,
    r.code,
    r.stdout.slice(0, 1500),
    r.stderr.slice(0, 1500),
    r.received.map((x) => [x.url, x.body.slice(0, 300)]),
  );
}
process.exit(0);
