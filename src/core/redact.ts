import type { HttpResult } from './http.js';
import { bodyText } from './http.js';
import type { Json } from './json.js';
import type { SendResult } from './outcome.js';
import type { Secret } from './settings.js';
import type { Sender } from './vendor.js';

/** A shorter one would be found in every other word, and blotting it would break the answer it stands in. */
const tellsSomething = (secret: string): boolean => secret.length >= 6;

/** Blots secrets out of a value at every depth, in every form a vendor may repeat what it was sent. */
export function withoutSecrets<T>(value: T, secrets: readonly Secret[]): T {
  const texts = secrets.filter((secret) => tellsSomething(secret.reveal())).flatMap(formsOf);
  if (texts.length === 0) return value;
  const clean = (inner: unknown): unknown => {
    if (typeof inner === 'string')
      return texts.reduce((text, secret) => text.replaceAll(secret, '[secret]'), inner);
    if (Array.isArray(inner)) return inner.map(clean);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([key, each]) => [clean(key) as string, clean(each)]),
    );
  };
  return clean(value) as T;
}

/**
 * The answer to a push with the secrets blotted out of its body, in every form a vendor may repeat them. To be done
 * before its texts are masked and cut: a secret with a few digits masked is no longer found, but still told.
 */
export function answerWithoutSecrets(result: HttpResult, secrets: readonly Secret[]): HttpResult {
  if (result.kind !== 'answer') return result;
  const text = bodyText(result.body);
  const told = secrets.filter((secret) => tellsSomething(secret.reveal()));
  const blotted = told.flatMap(formsOf).reduce((rest, form) => rest.replaceAll(form, '[secret]'), text);
  return blotted === text ? result : { ...result, body: new TextEncoder().encode(blotted) };
}

/**
 * As it is; in a JSON string, with escaped slashes or letters as PHP writes it, or not; in an address or a form, with
 * either case of hex; in a page. Longest first.
 */
function formsOf(secret: Secret): string[] {
  const text = secret.reveal();
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const slashed = [json, ascii].map((form) => form.replaceAll('/', '\\/'));
  const address = encodeURIComponent(text);
  // An apostrophe is percent-encoded by the URL of the platform, but not by encodeURIComponent.
  const inAddress = [
    address,
    address.replaceAll("'", '%27'),
    new URLSearchParams([['', text]]).toString().slice(1),
  ];
  const lower = inAddress.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  const page = text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
  const forms = [
    text,
    json,
    ascii,
    ...slashed,
    ...inAddress,
    ...lower,
    page,
    page.replaceAll('&#039;', '&#39;'),
  ];
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#039;',
};

/** A sender whose results are fit for the ledger: no secret in reasons, details and keepsakes. */
export function redacting(sender: Sender, secrets: readonly Secret[]): Sender {
  const send: Sender['send'] = async (rows): Promise<SendResult> =>
    withoutSecrets(await sender.send(rows), secrets);
  if (!sender.before) return { send };
  const before = sender.before.bind(sender);
  return {
    send,
    async *before(rows) {
      for await (const keepsake of before(rows)) {
        yield { ...keepsake, record: withoutSecrets<Json>(keepsake.record, secrets) };
      }
    },
  };
}
