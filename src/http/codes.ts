import type { NetCode } from '../core/http.js';

/** How far a connection came. The request's bytes are handed over only on entering `open`. */
export type Phase = 'connecting' | 'handshake' | 'open';

const byErrno: Readonly<Record<string, NetCode>> = {
  ECONNREFUSED: 'net.refused',
  ENOTFOUND: 'net.dns',
  ENODATA: 'net.dns',
  EAI_AGAIN: 'net.dns',
  EAI_FAIL: 'net.dns',
  EHOSTUNREACH: 'net.unreachable',
  ENETUNREACH: 'net.unreachable',
  EHOSTDOWN: 'net.unreachable',
  ENETDOWN: 'net.unreachable',
  EADDRNOTAVAIL: 'net.unreachable',
  ETIMEDOUT: 'net.timeout-connect',
  ERR_SOCKET_CONNECTION_TIMEOUT: 'net.timeout-connect',
  ECONNRESET: 'net.reset',
  ECONNABORTED: 'net.reset',
};

/** `code` of a foreign error; of an AggregateError (one per address tried) that of its first part. */
export function errnoOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errors' in error && Array.isArray(error.errors) ? errnoOf(error.errors[0]) : '';
}

/** Names why a connection was not made. Only a name: that nothing was sent is known from the phase. */
export function connectCode(error: unknown, phase: Phase): NetCode {
  const errno = errnoOf(error);
  if (phase === 'handshake') return errno === 'ETIMEDOUT' ? 'net.timeout-connect' : 'net.tls';
  return byErrno[errno] ?? (errno.startsWith('EAI_') ? 'net.dns' : 'net.failed');
}

/**
 * Names why an answer did not arrive whole on an open connection.
 *
 * @param socketErrno errno the socket itself reported; empty where the server closed in good order
 */
export function exchangeCode(error: unknown, socketErrno: string, status: number | null): NetCode {
  const errno = errnoOf(error);
  if (errno === 'HPE_HEADER_OVERFLOW') return 'net.too-large';
  if (errno.startsWith('HPE_') && errno !== 'HPE_INVALID_EOF_STATE') return 'net.failed';
  if (socketErrno.startsWith('ERR_SSL_') || socketErrno.startsWith('ERR_TLS_')) return 'net.tls';
  if (socketErrno === 'ETIMEDOUT') return 'net.timeout-after-send';
  if (socketErrno !== '') return 'net.reset';
  if (errno === 'ECONNRESET' || errno === 'HPE_INVALID_EOF_STATE') {
    return status === null ? 'net.reset' : 'net.truncated';
  }
  return 'net.failed';
}

const notSent: Readonly<Record<NetCode, string>> = {
  'net.refused': 'The server refused the connection.',
  'net.dns': 'The host name could not be resolved.',
  'net.unreachable': 'The host cannot be reached from here.',
  'net.tls': 'No trusted TLS connection could be made.',
  'net.timeout-connect': 'No connection was made in the time allowed.',
  'net.timeout-after-send': 'No connection was made in the time allowed.',
  'net.reset': 'The connection was reset before it was made.',
  'net.truncated': 'The connection could not be made.',
  'net.too-large': 'The connection could not be made.',
  'net.bad-encoding': 'The connection could not be made.',
  'net.aborted': 'Stopped before the connection was made.',
  'net.failed': 'The request could not be started.',
};

const lost: Readonly<Record<NetCode, string>> = {
  'net.refused': 'The connection failed after the request went out.',
  'net.dns': 'The connection failed after the request went out.',
  'net.unreachable': 'The host became unreachable after the request went out.',
  'net.tls': 'The TLS connection broke after the request went out.',
  'net.timeout-connect': 'No complete answer came in the time allowed.',
  'net.timeout-after-send': 'No complete answer came in the time allowed.',
  'net.reset': 'The connection was closed before a complete answer came.',
  'net.truncated': 'The answer was cut off before its end.',
  'net.too-large': 'The answer is larger than allowed.',
  'net.bad-encoding': 'The compression of the answer is broken or unknown.',
  'net.aborted': 'Stopped while waiting for the answer.',
  'net.failed': 'The exchange failed after the request went out.',
};

/** One sentence of our own for a code: foreign error texts hold URLs, and URLs hold keys. */
export const reasonOf = (kind: 'not-sent' | 'lost', code: NetCode): string =>
  (kind === 'lost' ? lost : notSent)[code];
