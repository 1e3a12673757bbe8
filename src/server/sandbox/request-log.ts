import type { JsonObject } from '../../core/json.js';

/** A request as it is remembered: secrets blotted out, everything else as it came. */
export interface LoggedRequest extends JsonObject {
  readonly number: number;
  /** Virtual time, RFC 3339. */
  readonly at: string;
  readonly vendor: string;
  readonly method: string;
  /** Below the vendor's folder, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; what is not UTF-8 shows as U+FFFD. */
  readonly body: string;
  /** As the client saw it; 0 where it saw none. */
  readonly status: number;
  /** The fault that befell it, as it was asked for; null for none. */
  readonly fault: string | null;
}

const blot = '[redacted]';

/** Names that hold secrets with any vendor, in lower case. */
const usualSecrets: readonly string[] = [
  'token',
  'key',
  'password',
  'authorization',
  'cookie',
  'proxy-authorization',
];

/** Blots out the values of secret names in text that is JSON, a form or a query. */
export function redactText(text: string, names: readonly string[]): string {
  const any = [...usualSecrets, ...names].map((name) => name.replace(/[^\w-]/g, '\\$&')).join('|');
  return text
    .replace(
      new RegExp(`("(?:${any})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^\\s",}\\]]+)`, 'gi'),
      `$1"${blot}"`,
    )
    .replace(new RegExp(`((?:^|[?&])(?:${any})=)[^&\\s]*`, 'gi'), `$1${blot}`);
}

export function redactHeaders(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  const secret = new Set([...usualSecrets, ...names]);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secret.has(name) ? blot : value]),
  );
}

/** The last requests, as many as fit. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  #characters = 0;
  #count = 0;

  constructor(
    private readonly most = 1000,
    private readonly mostCharacters = 32 * 1024 * 1024,
  ) {}

  add(entry: Omit<LoggedRequest, 'number'>): LoggedRequest {
    this.#count += 1;
    const numbered = { ...entry, number: this.#count } as LoggedRequest;
    this.#entries.push(numbered);
    this.#characters += numbered.body.length;
    while (this.#entries.length > this.most || this.#characters > this.mostCharacters) {
      this.#characters -= this.#entries.shift()?.body.length ?? 0;
    }
    return numbered;
  }

  /** Oldest first. */
  entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
    this.#characters = 0;
  }
}
