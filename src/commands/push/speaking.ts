import type { Progress } from '../../output/progress.js';
import { openProgress } from '../../output/progress.js';
import type { App } from '../app.js';
import { PushPrinter } from './printer.js';

/** How a push speaks: rows and summary on stdout, one progress line on stderr. */
export interface Speech {
  readonly printer: PushPrinter;
  readonly progress: Progress;
}

/** Opens both for some work and leaves the terminal clean, whatever becomes of it. */
export async function speaking<T>(app: App, work: (speech: Speech) => Promise<T>): Promise<T> {
  const progress = await openProgress(app.terminal, app.clock);
  const printer = new PushPrinter(app);
  try {
    return await work({ printer, progress });
  } catch (error) {
    progress.stop();
    await printer.close();
    throw error;
  } finally {
    progress.stop();
  }
}
