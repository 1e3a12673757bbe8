import { Exit, UserError, usageError } from '../core/errors.js';
import type { App } from './app.js';

/** Runs a question; Ctrl-C at it is a clean stop (exit 130), like Ctrl-C anywhere else. */
export async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExitPromptError')) throw error;
    throw new UserError({
      code: 'run.interrupted',
      message: 'Stopped at the question; nothing more was sent',
      hint: 'Run the same command again, or: salesq runs resume last',
      exit: Exit.sigint,
    });
  }
}

/**
 * A question ("take these numbers off the list?"): `--yes` answers it, a terminal is asked, and where
 * nobody can answer it is exit 2. A no is exit 8: nothing was sent.
 */
export async function askYes(app: App, question: string | null): Promise<void> {
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
