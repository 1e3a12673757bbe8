import type { Stage } from './stage.js';

/** `sales-q listen`, running as a program of its own beside the demo. */
export interface Listener {
  /** Where the vendor is to post to. */
  readonly url: string;
  /** The command, as a reader would type it. */
  readonly command: string;
  /** What it printed so far: a line for each delivery it stored. */
  lines(): readonly string[];
  stop(): Promise<void>;
}

const args = ['sales-q', 'listen', '--port', '0', '-o', 'ndjson'];

export async function startListener(stage: Stage): Promise<Listener> {
  const child = stage.background(args);
  let output = '';
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const found = /(http:\/\/\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error('the listener ended before it listened')));
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    url,
    command: 'salesq sales-q listen -o ndjson',
    lines: () => output.split('\n').filter((line) => line !== ''),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
