import type { Carrying } from './push.js';
import { ask } from '../ask.js';

/** After the canary's rows: asks whether the rest may follow. Without a terminal the answer is no. */
export async function confirmCanary(
  { app, progress, ledger, run }: Carrying,
  sent: number,
): Promise<boolean> {
  if (!app.interactive) return false;
  progress.stop();
  const counts = await ledger.counts(run.id);
  const { default: inquirer } = await import('inquirer');
  const { goOn } = await ask(() =>
    inquirer.prompt<{ goOn: boolean }>([
      {
        type: 'confirm',
        name: 'goOn',
        default: false,
        message: `${sent} rows went out (${counts.delivered} delivered, ${counts.rejected} rejected, ${counts['in-doubt']} in doubt). Send the other ${counts.ready}?`,
      },
    ]),
  );
  return goOn;
}
