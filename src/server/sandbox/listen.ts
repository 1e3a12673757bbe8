import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { unusable, usageError } from '../../core/errors.js';

/** True for an address only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** Throws UserError (exit 2) for a host others could reach: a sandbox holds real leads and asks for no password. */
export function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw usageError({
    code: 'sandbox.not-loopback',
    message: 'The sandbox listens on this machine only.',
    hint: 'Use --host 127.0.0.1.',
  });
}

/** Listens and gives the base URL; throws UserError (exit 6) where the port is not to be had. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    throw unusable({
      code: code === 'EADDRINUSE' ? 'sandbox.port-in-use' : 'sandbox.port-refused',
      message: `The sandbox cannot listen on ${host}:${port}.`,
      hint: 'Choose another port with --port, or stop the program that has it.',
    });
  }
  const address = app.server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}
