import { describe, expect, it } from 'vitest';
import type { HttpResult } from '../../src/core/http.js';
import { answerWithoutSecrets } from '../../src/core/http.js';
import { withoutSecrets, Secret } from '../../src/core/secret.js';

const text = `CANARY+/&?="'<ü %`;
const secret = new Secret(text);

/** How servers write down again what they were sent. */
const forms: readonly (readonly [string, string])[] = [
  ['as it is', text],
  ['JSON', JSON.stringify({ log: `x ${text} y` })],
  ['JSON of PHP', `{"log":"CANARY+\\/&?=\\"'<\\u00fc %"}`],
  ['JSON in JSON', JSON.stringify(JSON.stringify(text)).replaceAll('\\\\\\"', '\\"')],
  ['an address', new URL(`https://example.com/?key=${encodeURIComponent(text)}`).href],
  ['an address of small letters', encodeURIComponent(text).toLowerCase().replace('canary', 'CANARY')],
  ['a form', new URLSearchParams({ key: text }).toString()],
  ['a page', '<pre>CANARY+/&amp;?=&quot;&#039;&lt;ü %</pre>'],
  ['a page of another kind', '<pre>CANARY+/&amp;?=&quot;&#39;&lt;ü %</pre>'],
];

const answered = (body: string): HttpResult => ({
  kind: 'answer',
  status: 200,
  headers: {},
  body: new TextEncoder().encode(body),
});

describe('a secret that comes back', () => {
  it.each(forms)('is blotted out as %s', (_name, body) => {
    const clean = answerWithoutSecrets(answered(body), [secret]);
    expect(clean.kind === 'answer' && new TextDecoder().decode(clean.body)).not.toContain('CANARY');
    expect(JSON.stringify(withoutSecrets({ a: [body], [body]: 1 }, [secret]))).not.toContain('CANARY');
  });

  it('leaves an answer without it as it came, byte for byte', () => {
    const answer = answered('{"log":"nothing"}');
    expect(answerWithoutSecrets(answer, [secret])).toBe(answer);
  });
});
