import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly timeoutMs: number;
}

/** How a command ended; its stderr is nowhere. */
export type CommandEnd =
  | { readonly kind: 'done'; readonly code: number | null; readonly stdout: string }
  | { readonly kind: 'timeout' | 'not-there' | 'too-long' };

const maxOutputBytes = 64 * 1024;

/**
 * Runs a program (args null: a shell line) without input, and gives what it wrote to stdout. Never throws. After
 * `timeoutMs` the program is killed and not waited for, whatever its children do.
 */
export function runCommand(
  program: string,
  args: readonly string[] | null,
  options: CommandOptions,
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args ?? [], {
      shell: args === null,
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (result: CommandEnd): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.kill('SIGKILL');
      child.unref();
      resolve(result);
    };
    const timer = setTimeout(() => {
      end({ kind: 'timeout' });
    }, options.timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxOutputBytes) end({ kind: 'too-long' });
    });
    child.on('error', () => {
      end({ kind: 'not-there' });
    });
    child.on('close', (code) => {
      end({ kind: 'done', code, stdout: Buffer.concat(chunks).toString('utf8') });
    });
  });
}
