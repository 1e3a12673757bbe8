import { describe, expect, it } from 'vitest';
import { type HttpResult, bodyText } from '../../src/core/http.js';
import { type StopCause, triage, vendorText } from '../../src/core/outcome.js';
import { answerWithoutSecrets } from '../../src/core/http.js';
import { Secret } from '../../src/core/secret.js';

const answer = (body: string, status = 200, headers = {}): HttpResult => ({
  kind: 'answer',
  status,
  headers,
  body: new TextEncoder().encode(body),
});

describe('vendorText', () => {
  it('is one line, short, and holds no number and no address', () => {
    const text = vendorText(
      'bad\r\nnumber +44 7400 123-456,\u202e (0171) 39 20 012, id 123456 of eva@example.com\t!',
    );
    expect(text).toBe('bad number …, (…, id … of … !');
    expect([...vendorText('ж'.repeat(5_000))]).toHaveLength(300);
    expect([undefined, null, 7, {}, ['x']].map(vendorText)).toEqual(['', '', '', '', '']);
  });

  it('keeps what a reader needs', () => {
    expect(vendorText('comments[12].addComment: This value should have 255 characters or less.')).toBe(
      'comments[12].addComment: This value should have 255 characters or less.',
    );
  });
});

describe('triage', () => {
  const stop: StopCause = { cause: 'credentials', code: 'x.refused', message: 'no', hint: '-' };
  const kindOf = (result: HttpResult): string => {
    const first = triage(result, { title: 'X', refused: stop, nowMs: 0 });
    return first.kind === 'body' ? 'body' : first.outcome.kind;
  };

  it('leaves only 2xx and plain 4xx to the body', () => {
    const bodies = [];
    for (let status = 100; status < 600; status += 1)
      if (kindOf(answer('', status)) === 'body') bodies.push(status);
    expect(bodies).toHaveLength(200 - 3);
    expect(bodies.every((status) => (status >= 200 && status < 300) || (status >= 400 && status < 500))).toBe(
      true,
    );
    expect([401, 403, 429].map((status) => kindOf(answer('', status)))).toEqual(Array(3).fill('deferred'));
    expect([100, 304, 500, 599].map((status) => kindOf(answer('', status)))).toEqual(
      Array(4).fill('in-doubt'),
    );
  });
});

describe('answerWithoutSecrets', () => {
  it('finds a secret as it is, in JSON and in an address, before masking hides it', () => {
    const secret = new Secret('a/b"c&1');
    for (const form of ['a/b"c&1', 'a/b\\"c&1', 'a\\/b\\"c&1', 'a%2Fb%22c%261']) {
      const result = answerWithoutSecrets(answer(`{"x":"<${form}> 0740"}`), [secret]);
      expect(result.kind === 'answer' && bodyText(result.body)).toBe('{"x":"<[secret]> 0740"}');
    }
    const same = answer('ok');
    expect(answerWithoutSecrets(same, [secret, new Secret('')])).toBe(same);
  });
});
