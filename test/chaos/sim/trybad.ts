import { SharedDatabase } from './database.js';
import * as plots from './plot.js';
import { tell } from './seed.js';
import { requeuesTheDead } from '../wrong/requeues-the-dead.js';
import { forgetsTheDead } from '../wrong/forgets-the-dead.js';
import { takesOverTheLiving } from '../wrong/takes-over-the-living.js';
import { claimsTheListed } from '../wrong/claims-the-listed.js';
import { addDoesNotWait } from '../wrong/add-does-not-wait.js';
import { neverTooOld } from '../wrong/never-too-old.js';
import { forgetsTheEpoch } from '../wrong/forgets-the-epoch.js';
import { doubtsRunOut } from '../wrong/doubts-run-out.js';
import { oneFileAtATime } from '../wrong/one-file-at-a-time.js';
import { looksThenPlans } from '../wrong/looks-then-plans.js';
import { forgetsTheAbandoned } from '../wrong/forgets-the-abandoned.js';
import { givesBackWhatLeft } from '../wrong/gives-back-what-left.js';
import { hurries } from '../wrong/hurries.js';
const clients = { requeuesTheDead, forgetsTheDead, takesOverTheLiving, claimsTheListed, addDoesNotWait, neverTooOld, forgetsTheEpoch, doubtsRunOut, oneFileAtATime, looksThenPlans, forgetsTheAbandoned, givesBackWhatLeft, hurries, good: {} };
const most = Number(process.argv[2] ?? 150);
const only = process.argv[3]?.split(',');
for (const [name, client] of Object.entries(clients)) {
  if (only && !only.includes(name)) continue;
  for (const plotName of ['anything', 'addAndPush', 'pushAndPush', 'sleepers', 'afterwards'] as const) {
    const db = await SharedDatabase.open((client as any).prepare);
    const seen = new Map<string, number[]>();
    const b = performance.now();
    let bad = 0;
    for (let s = 1; s <= most; s++) {
      const t = await tell(db, s, plots[plotName], client, false);
      if (t.failures.length) bad++;
      for (const f of t.failures) seen.set(f, [...(seen.get(f) ?? []), s]);
    }
    console.log(name, plotName, `${bad}/${most}`, Math.round((performance.now() - b) / most), 'ms', [...seen].map(([f, s]) => `${s.length}× ${f} (${s.slice(0, 3)})`).join(' | '));
    await db.close();
  }
}
