import { randomBytes } from 'node:crypto';
import type { Challenge } from './challenge.js';
import { parseChallenges } from './challenge.js';
import { bestDigest, digestAuthorization } from './digest.js';

export const authModes = ['auto', 'basic', 'digest'] as const;
export type AuthMode = (typeof authModes)[number];

/**
 * "Standard HTTP Authentication" (docs/vendors/mmdial.md#login), which does not say whether Basic or Digest. `auto`
 * begins with Basic and answers Digest where a 401 offers nothing else: a 401 says that nothing was done, so the
 * request may go once more.
 */
export class Login {
  #challenge: Challenge | null = null;
  #count = 0;

  constructor(
    private readonly username: string,
    private readonly password: string,
    private readonly mode: AuthMode,
  ) {}

  /** The header for the next request; null where a challenge must come first. */
  header(method: string, url: string): string | null {
    if (this.#challenge) return this.#digest(this.#challenge, method, url);
    if (this.mode === 'digest') return null;
    return `Basic ${this.basic()}`;
  }

  /** Username and password as Basic writes them. */
  basic(): string {
    return Buffer.from(`${this.username}:${this.password}`, 'utf8').toString('base64');
  }

  /** Learns from the challenge of a 401. True where another try can succeed; false where the login was refused. */
  learn(header: string | undefined): boolean {
    const challenges = parseChallenges(header ?? '');
    if (this.mode === 'basic') return false;
    if (this.mode === 'auto' && !this.#challenge && challenges.some(({ scheme }) => scheme === 'basic'))
      return false;
    const offered = bestDigest(challenges);
    if (!offered) return false;
    const stale = offered.params['stale']?.toLowerCase() === 'true';
    if (this.#challenge && !stale) return false;
    this.#challenge = offered;
    this.#count = 0;
    return true;
  }

  #digest(challenge: Challenge, method: string, url: string): string {
    const { pathname, search } = new URL(url);
    const { username, password } = this;
    this.#count += 1;
    const cnonce = randomBytes(18).toString('base64url');
    const uri = `${pathname}${search}`;
    return digestAuthorization(challenge, { username, password, method, uri, count: this.#count, cnonce });
  }
}
