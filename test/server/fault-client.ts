import { connect } from 'node:net';

/** What a bare connection saw. */
export interface Seen {
  /** Everything that came, head and body. */
  readonly text: string;
  readonly status: number | null;
  readonly body: string;
  /** How it ended: the other side's regular end, its reset, a refused connection, or our patience. */
  readonly end: 'end' | 'ECONNRESET' | 'ECONNREFUSED' | 'patience';
  readonly ms: number;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly patienceMs?: number;
}

/** Sends one request on a connection of its own and watches what becomes of it. */
export function watch(
  url: string,
  { method = 'POST', headers = {}, body = '', patienceMs = 5_000 }: Sent,
): Promise<Seen> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const lines = Object.entries({
    host,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const began = Date.now();
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  return new Promise((resolve) => {
    const done = (end: Seen['end']): void => {
      clearTimeout(timer);
      socket.destroy();
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      const at = text.indexOf('\r\n\r\n');
      const seen = {
        text,
        end,
        status: status === undefined ? null : Number(status),
        ms: Date.now() - began,
      };
      resolve({ ...seen, body: at < 0 ? '' : text.slice(at + 4) });
    };
    const timer = setTimeout(() => done('patience'), patienceMs);
    socket.once('end', () => done('end'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => done(code as Seen['end']));
  });
}
