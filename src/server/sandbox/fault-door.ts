import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How long to wait for a port that somebody else took meanwhile, in ms. */
const againMs = 500;

/** A server's listening socket, which can go away for a while and come back on the same port. */
export class Door {
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(private readonly server: Server) {}

  /** Cuts all connections and refuses new ones for so many milliseconds. Does nothing while it is shut. */
  shut(ms: number): void {
    const address = this.server.address() as AddressInfo | null;
    if (this.#timer || this.#closed || !address) return;
    this.server.close();
    this.server.closeAllConnections();
    this.#openIn(ms, address);
  }

  /** Stays as it is: what is shut does not open again. */
  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #openIn(ms: number, { address, port }: AddressInfo): void {
    this.#timer = setTimeout(() => {
      const taken = (): void => {
        if (!this.#closed) this.#openIn(againMs, { address, port, family: '' });
      };
      this.server.once('error', taken);
      this.server.listen({ host: address, port }, () => {
        this.server.off('error', taken);
        this.#timer = null;
      });
    }, ms);
  }
}
