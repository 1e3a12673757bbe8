import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { NetCode } from '../core/http.js';

/**
 * The evidence of one request: a fresh socket that is connected (TLS: handshake done, certificate accepted)
 * **before** the request is given it. While `phase` is not `open` the request has no socket, so none of its
 * bytes can have been written, whatever error is reported and however many addresses were tried.
 */
export interface Connection {
  readonly phase: Phase;
  /** Errno the socket reported after it was open; empty while it reported none. */
  readonly socketErrno: string;
  /** Destroys the socket; one still connecting is never handed over after this. */
  destroy(): void;
}

interface ConnectionEvents {
  /** Called just before the socket is handed over; false keeps every byte here. */
  mayOpen(): boolean;
  /** From now on the socket belongs to the request. */
  opened(socket: Socket): void;
  /** Never became open: the request was not sent. */
  failed(error: unknown): void;
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Parses the certificates to trust besides the well-known ones; takes tens of milliseconds. */
export const makeTrust = (extraCa: readonly string[]): SecureContext =>
  createSecureContext({ ca: [...rootCertificates, ...extraCa] });

function openSocket(url: URL, trust: SecureContext | undefined): Socket {
  const host = hostOf(url);
  if (url.protocol !== 'https:') return connectTcp({ host, port: Number(url.port || 80) });
  return connectTls({
    host,
    port: Number(url.port || 443),
    ALPNProtocols: ['http/1.1'],
    // Set here so that NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment cannot switch the check off.
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(trust ? { secureContext: trust } : {}),
  });
}

/** Connects to the host of an http: or https: URL. Calls exactly one of `opened` and `failed`, or none after `destroy`. */
export function openConnection(
  url: URL,
  trust: SecureContext | undefined,
  events: ConnectionEvents,
): Connection {
  const secure = url.protocol === 'https:';
  const socket = openSocket(url, trust);
  let phase: Phase = 'connecting';
  let socketErrno = '';
  let over = false;

  const fail = (error: unknown): void => {
    if (over || phase === 'open') return;
    over = true;
    events.failed(error);
  };
  const open = (): void => {
    if (over) return;
    if (!events.mayOpen()) {
      socket.destroy();
      return;
    }
    phase = 'open';
    events.opened(socket);
  };
  // Stays attached for good: a socket error without a listener ends the process.
  socket.on('error', (error) => {
    if (phase === 'open') socketErrno ||= findErrno(error) || 'UNKNOWN';
    fail(error);
  });
  socket.once('close', () => fail(null));
  socket.once('connect', () => {
    if (secure) phase = 'handshake';
    else open();
  });
  if (secure) socket.once('secureConnect', open);

  return {
    get phase() {
      return phase;
    },
    get socketErrno() {
      return socketErrno;
    },
    destroy: () => {
      over = true;
      socket.destroy();
    },
  };
}

/** How far a connection came. The request's bytes are handed over only on entering `open`. */
export type Phase = 'connecting' | 'handshake' | 'open';

const codeByErrno: Readonly<Record<string, NetCode>> = {
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

/** Returns the `code` of a foreign error; of an AggregateError (one per address tried) that of its first part. */
export function findErrno(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errors' in error && Array.isArray(error.errors) ? findErrno(error.errors[0]) : '';
}

/** Names why a connection was not made. Whether bytes were sent is known from the phase alone. */
export function nameConnectFailure(error: unknown, phase: Phase): NetCode {
  const errno = findErrno(error);
  if (phase === 'handshake') return errno === 'ETIMEDOUT' ? 'net.timeout-connect' : 'net.tls';
  return codeByErrno[errno] ?? (errno.startsWith('EAI_') ? 'net.dns' : 'net.failed');
}

/**
 * Names why an answer did not arrive whole on an open connection.
 *
 * @param socketErrno errno the socket itself reported; empty where the server closed in good order
 */
export function nameExchangeFailure(error: unknown, socketErrno: string, status: number | null): NetCode {
  const errno = findErrno(error);
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

const notSentReasons: Readonly<Record<NetCode, string>> = {
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

const lostReasons: Readonly<Record<NetCode, string>> = {
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

/** Returns a sentence of our own for a code: foreign error texts hold URLs, and URLs hold keys. */
export const explainFailure = (kind: 'not-sent' | 'lost', code: NetCode): string =>
  (kind === 'lost' ? lostReasons : notSentReasons)[code];
