import { Exit, UserError, usageError } from '../core/errors.js';
import type { App } from './app.js';
import { ask } from './ask.js';

/**
 * A question ("take these numbers off the list?"): `--yes` answers it, a terminal is asked, and where
 * nobody can answer it is exit 2. A no is exit 8: nothing was sent.
 */
export async function checkAsked(app: App, question: string | null): Promise<void> {
  if (question === null || app.flags.yes) return;
  if (!app.interactive) {
    throw usageError({ code: 'usage.unanswered', message: question, hint: 'Answer with --yes' });
  }
  const { default: inquirer } = await import('inquirer');
  const { yes } = await ask(() =>
    inquirer.prompt<{ yes: boolean }>([{ type: 'confirm', name: 'yes', default: false, message: question }]),
  );
  if (yes) return;
  throw new UserError({ code: 'gate.declined', message: 'Declined; nothing was sent', exit: Exit.stopped });
}
