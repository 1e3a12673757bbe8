import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { unusable } from '../core/errors.js';

/** True for an address only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** Who listens: the first part of its error codes, and its name in a sentence. */
export interface Listener {
  readonly code: string;
  readonly name: string;
}

/** Listens and gives the base URL; throws UserError (exit 6) `….port-in-use` or `….port-refused`. */
export async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  { code: prefix, name }: Listener,
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
