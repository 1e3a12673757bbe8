import { isIP } from 'node:net';
import { unusable } from './errors.js';

/** True for an address only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** An HTTP server that is not listening yet. */
interface IdleServer {
  listen(at: { readonly host: string; readonly port: number }): PromiseLike<unknown>;
  close(): PromiseLike<unknown>;
  readonly server: { address(): string | { readonly port: number } | null };
}

/**
 * Starts to listen and returns the base URL. Throws UserError (exit 6) `….port-in-use` or `….port-refused`; `code` is
 * the first part of these codes, `name` the server's name in a sentence.
 */
export async function listen(
  app: IdleServer,
  host: string,
  port: number,
  { code: prefix, name }: { readonly code: string; readonly name: string },
): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code ?? '')) throw error;
    throw unusable({
      code: code === 'EADDRINUSE' ? `${prefix}.port-in-use` : `${prefix}.port-refused`,
      message: `${name} cannot listen on ${host}:${port}.`,
      hint: 'Choose another port with --port, or stop the program that has it.',
    });
  }
  const address = app.server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}
