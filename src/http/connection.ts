import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { errnoOf, type Phase } from './codes.js';

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

export interface ConnectionEvents {
  /** Asked at the last moment before handing over: false keeps the bytes here. */
  mayOpen(): boolean;
  /** The socket is the request's from now on. */
  opened(socket: Socket): void;
  /** Never became open: the request was not sent. */
  failed(error: unknown): void;
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** Certificates to trust besides the well-known ones, parsed once: it takes tens of milliseconds. */
export const trustAlso = (extraCa: readonly string[]): SecureContext =>
  createSecureContext({ ca: [...rootCertificates, ...extraCa] });

function dial(url: URL, trust: SecureContext | undefined): Socket {
  const host = hostOf(url);
  if (url.protocol !== 'https:') return connectTcp({ host, port: Number(url.port || 80) });
  return connectTls({
    host,
    port: Number(url.port || 443),
    ALPNProtocols: ['http/1.1'],
    // Said aloud: NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment must not switch checking off.
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(trust ? { secureContext: trust } : {}),
  });
}

/** Connects to the host of an http: or https: URL. `events` hears exactly one of opened and failed, or none after destroy(). */
export function openConnection(
  url: URL,
  trust: SecureContext | undefined,
  events: ConnectionEvents,
): Connection {
  const secure = url.protocol === 'https:';
  const socket = dial(url, trust);
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
    if (phase === 'open') socketErrno ||= errnoOf(error) || 'UNKNOWN';
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
