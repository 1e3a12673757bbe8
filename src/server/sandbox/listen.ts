import { usageError } from '../../core/errors.js';
import { isLoopback } from '../listen.js';

/** Throws UserError (exit 2) for a host others could reach: a sandbox holds real leads and asks for no password. */
export function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw usageError({
    code: 'sandbox.not-loopback',
    message: 'The sandbox listens on this machine only.',
    hint: 'Use --host 127.0.0.1.',
  });
}
