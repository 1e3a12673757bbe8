import { Exit, UserError } from '../../core/errors.js';
import type { App } from '../app.js';

/** A signal came before the plan was whole: nothing of it may be sent. */
export const interruptedWhilePlanning = (app: App): UserError =>
  new UserError({
    code: 'run.interrupted',
    message: 'Stopped while the plan was being made; nothing was sent',
    hint: 'Run the same command again',
    exit: app.signal() === 'SIGTERM' ? Exit.sigterm : Exit.sigint,
  });
