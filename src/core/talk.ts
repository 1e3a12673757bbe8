import type { HttpRequest, HttpResult } from './http.js';
import { answerWithoutSecrets, type Secret } from './secret.js';
import type { VendorContext } from './vendor.js';

/** A request of a vendor's client: address, login and body are the vendor's, the rest is decided here. */
export interface TalkRequest extends Omit<HttpRequest, 'signal'> {
  /** The usual time for the request, in ms; the profile's `timeout` goes before it. */
  readonly timeoutMs: number;
  /** The answer is a file or a list of leads that is passed on byte for byte: nothing of it is told as a reason. */
  readonly asItIs?: true;
}

export interface Talk {
  /**
   * Sends a request once. Secrets are blotted out of the answer before anybody reads it, for vendors repeat what they
   * were sent. Stops with the program's signal.
   */
  send(request: TalkRequest): Promise<HttpResult>;
}

export interface TalkOptions {
  /** What else must never be told: a password as the login writes it. */
  readonly alsoSecret?: readonly Secret[];
  /** A row can need several requests: where the profile sets a rate, each of them waits for its turn. */
  readonly everyRequestPaced?: boolean;
}

/** The only way a vendor's client sends a request. */
export function talkTo(context: VendorContext, options: TalkOptions = {}): Talk {
  const { settings, http, clock, signal } = context;
  const secrets = [...Object.values(settings.secrets), ...(options.alsoSecret ?? [])];
  let nextTurn = 0;
  const waitForTurn = async (perSecond: number): Promise<void> => {
    const now = clock.monotonic();
    const at = Math.max(now, nextTurn);
    nextTurn = at + 1000 / perSecond;
    if (at > now) await clock.sleep(at - now, signal);
  };
  return {
    async send({ asItIs, ...request }) {
      if (options.everyRequestPaced && settings.perSecond !== null) await waitForTurn(settings.perSecond);
      const timeoutMs = settings.timeoutMs ?? request.timeoutMs;
      const result = await http.send({ ...request, timeoutMs, signal });
      return asItIs ? result : answerWithoutSecrets(result, secrets);
    },
  };
}
