import { Exit, UserError } from '../core/errors.js';

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
