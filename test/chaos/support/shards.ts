import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs the `run` of a module in processes of their own, one for each request; what it resolves with comes back. */
export function inShards<Request extends object, Result>(
  module: URL,
  requests: readonly Request[],
  log: (line: string) => void,
): Promise<Result[]> {
  const hook = new URL('typescript.mjs', import.meta.url).href;
  const runner = fileURLToPath(new URL('run-part.mjs', import.meta.url));
  const one = (request: Request): Promise<Result> => {
    const child = fork(runner, [fileURLToPath(module)], {
      execArgv: ['--import', hook, '--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      child.on('message', (message: { log?: string; report?: Result; error?: string }) => {
        if (message.log !== undefined) log(message.log);
        if (message.report) resolve(message.report);
        if (message.error) reject(new Error(message.error));
      });
      child.on('close', (code, signal) =>
        reject(new Error(`a process of the part ended with ${signal ?? code}`)),
      );
      child.send(request);
    });
  };
  return Promise.all(requests.map(one));
}

/** Parts of a list, dealt out one by one. */
export const dealt = <T>(list: readonly T[], hands: number): T[][] =>
  Array.from({ length: Math.max(1, hands) }, (_, hand) =>
    list.filter((_item, at) => at % Math.max(1, hands) === hand),
  );
