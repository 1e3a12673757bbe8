import type { CommandDefinition } from '../app.js';
import { keepLock } from '../lock.js';
import { sendOptions } from '../push/flags.js';
import { withRun } from './find.js';
import { goOn } from './resume.js';

/**
 * Works on a run beside others, on this machine or another that shares the ledger: each has a lease of its own, claims
 * rows nobody else has, keeps one pace with all, and takes over what a dead one left.
 */
const work: CommandDefinition = {
  args: '<run>',
  options: sendOptions.filter(({ flags }) => !flags.startsWith('--wait-lock')),
  more: [
    '<run> is an id, a unique prefix, or "last". Start it on as many machines as you like, with the same --ledger postgres://…;',
    "each ends when no row is left, its own or a dead worker's. The vendor sees one pace, whoever sends.",
  ],
  run: (app, invocation) =>
    withRun(app, invocation.args[0] ?? 'last', (found) =>
      goOn(app, found, 'runs work', invocation, async ({ run, ledger }) =>
        keepLock(app, ledger, await ledger.join(run.id, await app.ports.owner())),
      ),
    ),
};

export default work;
