import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answering = (request: Received, response: ServerResponse, socket: Socket) => void | Promise<void>;

/** A real server that answers as a test says, and keeps what it received. */
export class VendorServer {
  readonly received: Received[] = [];
  answer: Answering;
  readonly #server;

  private constructor(answer: Answering) {
    this.answer = answer;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(answer: Answering): Promise<VendorServer> {
    const server = new VendorServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  bodies<T>(): T[] {
    return this.received.filter(({ body }) => body !== '').map(({ body }) => JSON.parse(body) as T);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    this.received.push(received);
    await this.answer(received, response, request.socket);
  }
}

export const sendJson = (response: ServerResponse, value: unknown, status = 200, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};
