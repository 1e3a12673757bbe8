import { gzipSync } from 'node:zlib';
import type { NetCode } from '../../src/core/http.js';
import { answer, replying, type Behaviour } from './servers.js';

/** One way a server can fail a request, and what must be known of it afterwards. */
export interface Fault {
  readonly name: string;
  readonly behave: Behaviour;
  readonly codes: readonly NetCode[];
  /** Status that had arrived; null where none. */
  readonly status: number | null;
  /** True where the kernel may report the failure before it reports the connection: either kind is honest. */
  readonly early?: boolean;
  readonly timeoutMs?: number;
}

export const faultMaxBytes = 100_000;

const head = (...headers: string[]): string => `HTTP/1.1 200 OK\r\n${headers.join('\r\n')}\r\n\r\n`;
const html = '<html><body>wait';

/** Writes, leaves time to arrive, then resets. */
const thenReset =
  (text: string): Behaviour =>
  (socket, request) => {
    void request.then(() => {
      socket.write(text);
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
  };

const drip: Behaviour = (socket, request) => {
  void request.then(() => {
    socket.write(head('content-length: 5000'));
    const timer = setInterval(() => socket.write('x'), 20);
    socket.once('close', () => clearInterval(timer));
  });
};

const silent: Behaviour = () => undefined;
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
const packed = gzipSync('{"ids":[1,2,3]}'.repeat(50));
const gzip = 'content-encoding: gzip\r\n';

/** After all of these the request may have been applied: none may ever be called not-sent. */
export const faults: readonly Fault[] = [
  {
    name: 'reset as soon as accepted',
    behave: (socket) => void socket.resetAndDestroy(),
    codes: ['net.reset', 'net.failed'],
    status: null,
    early: true,
  },
  {
    name: 'reset before any byte of the answer',
    behave: (socket, request) => void request.then(() => socket.resetAndDestroy()),
    codes: ['net.reset'],
    status: null,
  },
  { name: 'closed without an answer', behave: replying(), codes: ['net.reset'], status: null },
  {
    name: 'closed within the head',
    behave: replying('HTTP/1.1 200 OK\r\nconte'),
    codes: ['net.reset'],
    status: null,
  },
  {
    name: 'reset after the head',
    behave: thenReset(head('content-length: 50')),
    codes: ['net.reset'],
    status: 200,
  },
  {
    name: 'reset within the body',
    behave: thenReset(head('content-length: 50') + html),
    codes: ['net.reset'],
    status: 200,
  },
  {
    name: 'reset in an answer without length',
    behave: thenReset(head('x: y') + html),
    codes: ['net.reset'],
    status: 200,
  },
  {
    name: 'content-length not reached',
    behave: replying(head('content-length: 50'), html),
    codes: ['net.truncated'],
    status: 200,
  },
  {
    name: 'chunked, never terminated',
    behave: replying(head('transfer-encoding: chunked'), '5\r\nhello\r\n'),
    codes: ['net.truncated'],
    status: 200,
  },
  {
    name: 'chunked, cut within a chunk',
    behave: replying(head('transfer-encoding: chunked'), '50\r\nhello'),
    codes: ['net.truncated'],
    status: 200,
  },
  { name: 'no HTTP', behave: replying('220 mail.example ESMTP\r\n'), codes: ['net.failed'], status: null },
  {
    name: 'broken chunk size',
    behave: replying(head('transfer-encoding: chunked'), 'zz\r\n'),
    codes: ['net.failed'],
    status: 200,
  },
  {
    name: 'two different lengths',
    behave: replying(head('content-length: 2', 'content-length: 3'), 'abc'),
    codes: ['net.failed'],
    status: null,
  },
  {
    name: 'endless head',
    behave: replying(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`),
    codes: ['net.too-large'],
    status: null,
  },
  { name: 'silence', behave: silent, codes: ['net.timeout-after-send'], status: null, timeoutMs: 150 },
  { name: 'slow drip', behave: drip, codes: ['net.timeout-after-send'], status: 200, timeoutMs: 200 },
  {
    name: 'only 100 Continue',
    behave: (s, r) => void r.then(() => s.write('HTTP/1.1 100 Continue\r\n\r\n')),
    codes: ['net.timeout-after-send'],
    status: null,
    timeoutMs: 150,
  },
  {
    name: 'switching protocols',
    behave: (s, r) =>
      void r.then(() =>
        s.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      ),
    codes: ['net.failed', 'net.reset', 'net.timeout-after-send'],
    status: null,
    timeoutMs: 300,
  },
  {
    name: 'declared too large',
    behave: (s, r) => void r.then(() => s.write(head('content-length: 9000000'))),
    codes: ['net.too-large'],
    status: 200,
  },
  {
    name: 'too large, undeclared',
    behave: replying(head('x: y'), 'z'.repeat(faultMaxBytes + 1)),
    codes: ['net.too-large'],
    status: 200,
  },
  {
    name: 'gzip bomb',
    behave: replying(answer('200 OK', bomb, gzip)),
    codes: ['net.too-large'],
    status: 200,
  },
  {
    name: 'bad gzip',
    behave: replying(answer('200 OK', 'not gzip at all', gzip)),
    codes: ['net.bad-encoding'],
    status: 200,
  },
  {
    name: 'gzip cut short',
    behave: replying(answer('200 OK', packed.subarray(0, -12), gzip)),
    codes: ['net.bad-encoding'],
    status: 200,
  },
  {
    name: 'unknown encoding',
    behave: replying(answer('200 OK', 'x', 'content-encoding: zstd\r\n')),
    codes: ['net.bad-encoding'],
    status: 200,
  },
  {
    name: 'encoding named like a property',
    behave: replying(answer('200 OK', 'x', 'content-encoding: constructor\r\n')),
    codes: ['net.bad-encoding'],
    status: 200,
  },
];
