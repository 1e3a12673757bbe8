import { gateClosed } from '../../core/errors.js';
import type { App } from '../app.js';
import { ask } from '../ask.js';

interface LiveProfile {
  readonly name: string;
  readonly live: boolean;
}

/**
 * The gate of a live profile: confirmed by `--live <name>`, or by typing the name where somebody is there to type.
 * Called once before anything is planned (`before`: refuses what could never be confirmed) and once with the number of
 * rows about to leave. Throws UserError (exit 10).
 */
export async function checkLive(
  app: App,
  profile: LiveProfile,
  confirmed: string | null,
  moment: 'before' | { readonly ready: number; log(): void },
): Promise<void> {
  if (!profile.live || confirmed === profile.name) return;
  if (confirmed !== null)
    throw refused(profile.name, `--live names "${confirmed}", but the profile is "${profile.name}"`);
  if (!app.interactive)
    throw refused(profile.name, `Profile "${profile.name}" is live and nobody is there to confirm`);
  if (moment === 'before') return;
  moment.log();
  const { default: inquirer } = await import('inquirer');
  const { answer } = await ask(() =>
    inquirer.prompt<{ answer: string }>([
      {
        type: 'input',
        name: 'answer',
        message: `${moment.ready} rows are about to reach real people. Type the profile's name to go on:`,
      },
    ]),
  );
  if (answer.trim() !== profile.name) throw refused(profile.name, 'The live profile was not confirmed');
}

const refused = (name: string, message: string): Error =>
  gateClosed({ code: 'gate.live-not-confirmed', message, hint: `Confirm with --live ${name}` });
