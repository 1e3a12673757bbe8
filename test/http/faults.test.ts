import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/http/client.js';
import { redirectViolations, violations } from './checks.js';
import { faults } from './faults.js';
import { httpByErrorCode } from './wrong/by-error-code.js';
import { httpUntamed } from './wrong/got-untamed.js';

const redirects = [300, 301, 302, 303, 304, 307, 308];

describe('after the connection is open', () => {
  const http = createHttp();
  it.each(faults)('$name is lost', async (fault) => {
    expect(await violations(http, fault)).toEqual([]);
  });
  it.each(redirects)('%i is an answer, and its Location hears nothing', async (status) => {
    expect(await redirectViolations(http, status)).toEqual([]);
  });
});

describe('the checks bite', () => {
  const named = (part: string) => faults.find(({ name }) => name === part)!;

  it.each([
    'reset before any byte of the answer',
    'closed without an answer',
    'reset within the body',
    'silence',
    'slow drip',
  ])('deciding by error code is caught: %s', async (name) => {
    const wrong = await violations(httpByErrorCode, named(name));
    expect(wrong).toContain('called not-sent, but bytes arrived');
  });

  it('an answer without a cap is caught', async () => {
    expect(await violations(httpByErrorCode, named('too large, undeclared'))).toContain('called an answer');
  });

  it('following redirects is caught', async () => {
    expect(await redirectViolations(httpUntamed, 302)).toContain('followed');
  });
});
