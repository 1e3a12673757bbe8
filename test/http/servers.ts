import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/test-only-${name}.pem`, import.meta.url), 'utf8');

/** A loopback server that can misbehave, and remembers every request byte it was given. */
export interface RawServer {
  readonly port: number;
  readonly connections: () => number;
  /** Connections the client has not given up. */
  readonly open: () => number;
  /** Request bytes received so far, decrypted for TLS, over all connections. */
  readonly received: () => string;
  close(): Promise<void>;
}

/** What a server does with a connection; `request` resolves when a whole request has come in. */
export type Behaviour = (socket: Socket, request: Promise<string>) => void;

const isWhole = (text: string): boolean => {
  const [head, body] = text.split('\r\n\r\n', 2);
  const length = /content-length: (\d+)/i.exec(head ?? '')?.[1];
  return body !== undefined && body.length >= Number(length ?? 0);
};

export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function track(server: Server, event: string, behave: Behaviour): Omit<RawServer, 'port'> {
  const sockets = new Set<Socket>();
  const open = new Set<Socket>();
  const received: string[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    open.add(socket);
    socket.once('end', () => open.delete(socket)).once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on(event, (socket: Socket) => {
    let text = '';
    const request = new Promise<string>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        const part = chunk.toString('latin1');
        received.push(part);
        text += part;
        if (isWhole(text)) resolve(text);
      });
    });
    socket.on('error', () => undefined);
    behave(socket, request);
  });
  return {
    connections: () => sockets.size,
    open: () => open.size,
    received: () => received.join(''),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export async function rawServer(behave: Behaviour, host = '127.0.0.1'): Promise<RawServer> {
  // Half open, as a web server is: the answer may come after the client's FIN.
  const server = createServer({ allowHalfOpen: true });
  const tracked = track(server, 'connection', behave);
  return { port: await listen(server, host), ...tracked };
}

/** Speaks TLS with one of the test-only certificates. */
export async function tlsServer(
  behave: Behaviour,
  certificate: string,
  options: TlsOptions = {},
): Promise<RawServer> {
  const server = createTlsServer({ key: fixture('key'), cert: fixture(certificate), ...options });
  server.on('tlsClientError', () => undefined);
  const tracked = track(server, 'secureConnection', behave);
  return { port: await listen(server), ...tracked };
}

/** A port of 127.0.0.1 where nobody listens. */
export async function freePort(): Promise<number> {
  const server = await rawServer(() => undefined);
  await server.close();
  return server.port;
}

/** Answers every whole request with these bytes, then closes. */
export const replying =
  (...parts: (string | Uint8Array)[]): Behaviour =>
  (socket, request) => {
    void request.then(() => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
  };

/** A complete answer with its content-length. */
export function answer(status: string, body: string | Uint8Array = '', headers = ''): Uint8Array {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\ncontent-length: ${bytes.length}\r\n${headers}\r\n`, 'latin1'),
    bytes,
  ]);
}
