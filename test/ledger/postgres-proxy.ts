import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What happens to the next commit: its connection breaks before the server hears of it, or before its answer comes back. */
export type Cut = 'before' | 'after';

/** Stands between a ledger and its server, and breaks connections at the moment a test needs. */
export class Proxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #cut: Cut | null = null;
  #refusing = false;
  /** Whether nothing gets through any more once the cut was made. */
  thenRefuse = false;
  cuts = 0;

  private constructor(readonly target: number) {
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(target: number): Promise<Proxy> {
    const proxy = new Proxy(target);
    await new Promise<void>((done) => proxy.#server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cutNextCommit(cut: Cut, thenRefuse = false): void {
    this.#cut = cut;
    this.thenRefuse = thenRefuse;
  }

  /** Breaks every connection, and lets no new one through until `allow`. */
  refuse(): void {
    this.#refusing = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  allow(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #join(near: Socket): void {
    if (this.#refusing) {
      near.destroy();
      return;
    }
    const far = connect(this.target, '127.0.0.1');
    let cutting = false;
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    const cutNow = (): void => {
      this.cuts += 1;
      near.destroy();
      far.destroy();
      if (this.thenRefuse) this.refuse();
    };
    near.on('data', (chunk) => {
      if (this.#cut === null || !chunk.includes('commit\0')) {
        far.write(chunk);
        return;
      }
      const cut = this.#cut;
      this.#cut = null;
      cutting = true;
      if (cut === 'before') cutNow();
      else far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (cutting) cutNow();
      else near.write(chunk);
    });
  }
}
