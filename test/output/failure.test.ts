import { describe, expect, it } from 'vitest';
import { unusable } from '../../src/core/errors.js';
import { showError } from '../../src/output/failure.js';
import { setup } from './helpers.js';

const missing = unusable({ code: 'config.missing-secret', message: 'No token.', hint: 'Set SALESQ_TOKEN.' });

const thrown = (error: Error): never => {
  throw error;
};

describe('showError', () => {
  it('tells people on stderr and nothing on stdout', async () => {
    const { terminal, out, err } = setup();
    expect(await showError(missing, 'table', terminal)).toBe(6);
    expect(err.text).toBe('error: No token.\nhint: Set SALESQ_TOKEN.\n');
    expect(out.text).toBe('');
  });

  it.each(['json', 'ndjson'] as const)('leaves one document on stdout with %s', async (format) => {
    const { terminal, out } = setup({ tty: true });
    await showError(missing, format, terminal);
    expect(out.text).toBe(
      '{"schema":"salesq/error@1","error":{"code":"config.missing-secret","message":"No token.","hint":"Set SALESQ_TOKEN."}}\n',
    );
  });

  it('repeats nothing of a foreign error, even with --verbose', async () => {
    const foreign = Object.assign(new Error('GET https://x/?key=CANARY failed'), { code: 'ERR_X' });
    const { terminal, out, err } = setup({ flags: { verbose: true } });
    expect(await showError(foreign, 'json', terminal)).toBe(1);
    expect(out.text + err.text).not.toContain('CANARY');
    expect(err.text).toMatch(/^error: .*bug/);
    expect(err.text).toMatch(/ {4}at .*failure\.test/);
  });

  it.each<[string, () => void]>([
    ['a property on a text', () => void Object.assign(Object.freeze({}), { CANARY: 1 })],
    ['a time zone', () => void new Intl.DateTimeFormat('en', { timeZone: 'CANARY' })],
    ['a text that is no object', () => void ('x' in ('CANARY' as unknown as object))],
    ['JSON', () => void JSON.parse('CANARY')],
    ['an address', () => void new URL('CANARY')],
    ['lines that look like frames', () => void thrown(new Error('x\n    at CANARY (CANARY:1:1)'))],
    ['a name', () => void thrown(Object.assign(new Error('x'), { name: 'CANARY CANARY' }))],
  ])('repeats nothing of an error about %s', async (_what, fail) => {
    const { terminal, out, err } = setup({ flags: { verbose: true } });
    const error: unknown = await Promise.resolve()
      .then(fail)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(await showError(error, 'json', terminal)).toBe(1);
    expect(out.text + err.text).not.toContain('CANARY');
    expect(err.text).toMatch(/ {4}at /);
  });

  it('names a bug of the program with --verbose only', async () => {
    const bug = new TypeError('Cannot read properties of undefined');
    const loud = setup({ flags: { verbose: true } });
    await showError(bug, 'table', loud.terminal);
    expect(loud.err.text).toContain('TypeError: Cannot read');
    const usual = setup();
    await showError(bug, 'table', usual.terminal);
    expect(usual.err.text).not.toContain('Cannot read');
    expect(usual.out.text).toBe('');
  });
});
