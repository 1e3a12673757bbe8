// Tells stories in a process of its own: a request by IPC for each batch of seeds.
import { plots } from './plot.js';
import { SharedDatabase } from './database.js';
import { tell } from './seed.js';

const database = await SharedDatabase.open();
process.on('message', async ({ plot, from, count }) => {
  const failures = [];
  let contacts = 0;
  let steps = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const told = await tell(database, seed, plots[plot]);
    contacts += told.contacts;
    steps += told.steps;
    for (const what of told.failures) failures.push({ seed, what });
  }
  process.send({ plot, count, contacts, steps, failures });
});
process.on('disconnect', () => void database.close().then(() => process.exit(0)));
process.send('ready');
