import { type Clock, isoTime } from '../core/clock.js';
import { usageError } from '../core/errors.js';
import { type JsonObject, writeJson } from '../core/json.js';
import { isLoopback } from '../core/http.js';
import type { Twin, TwinDelivery } from '../core/twin.js';

/** Where each vendor's deliveries go, by its id. */
export type Webhooks = Readonly<Record<string, string>>;

/** A finished delivery. */
export interface Posted extends JsonObject {
  readonly vendor: string;
  readonly id: string;
  /** Real time, RFC 3339. */
  readonly at: string;
  readonly attempts: number;
  /** HTTP status of the last answer; 0 where none came. */
  readonly status: number;
}

interface PostmanOptions {
  readonly webhooks: Webhooks;
  /** Returns the twin with this id, advanced to the present. */
  readonly findTwin: (id: string) => Twin | undefined;
  readonly clock: Clock;
  /** Resolves when the twins' states are on disk. */
  readonly save: () => Promise<void>;
}

/** Real time between two checks for due deliveries, in ms. */
const checkMs = 200;
/** Real pauses before each further attempt, in ms. No vendor documents how often it tries. */
const pausesMs = [250, 500, 1_000, 2_000, 4_000, 8_000];
const answerMs = 10_000;
const maxAtOnce = 8;
const remembered = 1_000;

/**
 * Posts the twins' deliveries to their webhooks as virtual time passes. One that got a 2xx, or has failed too often,
 * is never sent again, a restart included; one cut off by the end of the sandbox is.
 */
export class Postman {
  readonly #options: PostmanOptions;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #posted: Posted[] = [];

  constructor(options: PostmanOptions) {
    checkWebhooks(options);
    this.#options = options;
  }

  start(): void {
    if (Object.keys(this.#options.webhooks).length === 0) return;
    this.#timer ??= setInterval(() => this.postDue(), checkMs).unref();
  }

  /** The last deliveries, oldest first. */
  get posted(): readonly Posted[] {
    return this.#posted;
  }

  /** Starts to post the deliveries that are due. */
  postDue(): void {
    for (const [vendor, url] of Object.entries(this.#options.webhooks)) {
      for (const delivery of this.#options.findTwin(vendor)?.outgoing?.() ?? []) {
        if (this.#stop.signal.aborted || this.#busy.size >= maxAtOnce) return;
        const key = `${vendor} ${delivery.id}`;
        if (this.#busy.has(key)) continue;
        const carried = this.#deliver(vendor, url, delivery).finally(() => this.#busy.delete(key));
        this.#busy.set(key, carried);
        // A state that cannot be written makes the delivery come again; the next save tells of it.
        carried.catch(() => undefined);
      }
    }
  }

  /** Ends: what is under way is cut off. */
  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#stop.abort();
    await Promise.allSettled(this.#busy.values());
  }

  async #deliver(vendor: string, url: string, delivery: TwinDelivery): Promise<void> {
    const { clock, findTwin, save } = this.#options;
    let attempts = 0;
    let status = 0;
    for (const pause of [0, ...pausesMs]) {
      if (pause > 0) await clock.sleep(pause, this.#stop.signal);
      status = await this.#post(url, delivery);
      if (this.#stop.signal.aborted && !isTaken(status)) return;
      attempts += 1;
      if (isTaken(status)) break;
    }
    findTwin(vendor)?.delivered?.(delivery.id);
    this.#posted.push({ vendor, id: delivery.id, at: isoTime(clock.now()), attempts, status });
    this.#posted = this.#posted.slice(-remembered);
    await save();
    this.postDue();
  }

  async #post(url: string, { body }: TwinDelivery): Promise<number> {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: writeJson(body),
        redirect: 'manual',
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(answerMs)]),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }
}

const isTaken = (status: number): boolean => status >= 200 && status < 300;

/** Throws UserError (exit 2) for a vendor without deliveries, and for an address off this machine: they hold real leads. */
function checkWebhooks({ webhooks, findTwin }: PostmanOptions): void {
  for (const [vendor, url] of Object.entries(webhooks)) {
    const address = URL.canParse(url) ? new URL(url) : null;
    const good = address?.protocol === 'http:' && isLoopback(address.hostname) && address.username === '';
    if (good && findTwin(vendor)?.outgoing) continue;
    throw usageError({
      code: 'sandbox.bad-webhook',
      message: good
        ? `${vendor} calls no webhook.`
        : `The webhook of ${vendor} is no address on this machine.`,
      hint: 'For example: --webhook sales-q=http://127.0.0.1:8787/hook',
    });
  }
}
