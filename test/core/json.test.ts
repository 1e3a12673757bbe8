import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  entriesOf,
  ExactNumber,
  type Json,
  type JsonObject,
  keysOf,
  parseJson,
  readJson,
  recordOf,
  repeatsKey,
  writeJson,
} from '../../src/core/json.js';
import { contentOf, PhoneNumber, seal, type Sealed, unseal, withoutNumbers } from '../../src/core/number.js';
import { Secret, withoutSecrets } from '../../src/core/secret.js';
import { compact, jsonText, objectText } from '../support/json-texts.js';
import { faultsOf } from './json-checks.js';
import { nativeJson } from './wrong/native-json.js';
import { numbersOnly } from './wrong/numbers-only.js';

const object = (text: string): JsonObject => readJson(text) as JsonObject;

describe('JSON that came from outside', () => {
  it('leaves as it came, digit for digit and key for key', () => {
    expect(faultsOf({ readJson, writeJson })).toEqual([]);
  });

  it('is changed by the reader of the language, and by one that keeps numbers only: the checks see it', () => {
    expect(faultsOf(nativeJson)).not.toEqual([]);
    expect(faultsOf(numbersOnly)).not.toEqual([]);
  });

  it('is JSON where JSON.parse says so, broken or not, and has its values', () => {
    const asNative = (text: string): Json | undefined => {
      try {
        return JSON.parse(text) as Json;
      } catch {
        return undefined;
      }
    };
    const cut = fc.tuple(jsonText, fc.nat(), fc.constantFrom('', '"', '{', ',', '1.10', ':', ' ', '\\'));
    fc.assert(
      fc.property(cut, ([text, at, put]) => {
        const where = at % (text.length + 1);
        const broken = text.slice(0, where) + put + text.slice(where + (at % 2));
        const [mine, native] = [parseJson(broken), asNative(broken)];
        expect(mine === undefined).toBe(native === undefined);
        if (native !== undefined) expect(asNative(writeJson(mine))).toEqual(native);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is read as ever where nothing is lost by it', () => {
    expect(readJson('{"a":[1,2.5,-3],"b":1e+21,"c":"1.10"}')).toEqual({
      a: [1, 2.5, -3],
      b: 1e21,
      c: '1.10',
    });
    expect(object('{"n":9007199254740991}')['n']).toBe(9007199254740991);
    expect(object('{"n":9007199254740993}')['n']).toBeInstanceOf(ExactNumber);
  });

  it('nests as deep as it likes', () => {
    const deep = `${'['.repeat(50_000)}1.10${']'.repeat(50_000)}`;
    expect(parseJson(deep)).toBeDefined();
  });

  it('knows an object that has a key twice', () => {
    expect(repeatsKey('{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}')).toBe(false);
    expect(repeatsKey('{"a":{"x":1,"y":2,"\\u0078":1}}')).toBe(true);
    expect(writeJson(readJson('{"2":1,"1":0,"2":1.0}'))).toBe('{"2":1.0,"1":0}');
  });

  it('has keys that are only keys', () => {
    const value = object('{"__proto__":{"polluted":1.0},"constructor":1.0,"1":0}');
    expect(keysOf(value)).toEqual(['__proto__', 'constructor', '1']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(writeJson(recordOf(entriesOf(value)))).toBe(
      '{"__proto__":{"polluted":1.0},"constructor":1.0,"1":0}',
    );
  });
});

describe('an object with keys in its own order', () => {
  it('keeps it when it is copied, and when keys come and go', () => {
    const value = { ...object('{"b":1,"9":2,"3":3}') } as Record<string, Json>;
    delete value['9'];
    expect(writeJson({ ...value, '1': 4 })).toBe('{"b":1,"3":3,"1":4}');
  });

  it('keeps it through the ledger’s payload, numbers in it and keys that begin with $ too', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const phone = new PhoneNumber('+491713920001', '0171 3920001', true);
        const payload = recordOf<Sealed>([
          ['z', phone],
          ['$', 1],
          ['2', readJson(text) as Json],
          ['1', 0],
        ]);
        const opened = unseal(seal(payload));
        expect(seal(opened)).toBe(seal(payload));
        expect(keysOf(opened)).toEqual(['z', '$', '2', '1']);
        expect(writeJson(opened['2'])).toBe(text);
      }),
    );
  });

  it('keeps it, and its digits, where a number is taken out of a payload', () => {
    const phone = new PhoneNumber('+491713920001', '0171 3920001', true);
    const payload = recordOf<Sealed>([
      ['z', phone],
      ['2', object('{"b":1.10,"9":[-0]}')],
      ['1', 0],
    ]);
    expect(writeJson(withoutNumbers(payload, new Set([phone.key])))).toBe('{"2":{"b":1.10,"9":[-0]},"1":0}');
  });

  it('keeps it, and its digits, where secrets are blotted out', () => {
    const clean = withoutSecrets(readJson('{"b":"my CANARY-1","9":1.10,"3":3}'), [new Secret('CANARY-1')]);
    expect(writeJson(clean)).toBe('{"b":"my [secret]","9":1.10,"3":3}');
  });
});

describe('the canonical text', () => {
  it('is one for every order of keys, and another one for other digits', () => {
    const canonical = (text: string): string => canonicalJson(readJson(text) as Json);
    expect(canonical('{"2":1,"b":{"y":1.10,"x":1},"1":0}')).toBe(
      canonical('{"b":{"x":1,"y":1.10},"1":0,"2":1}'),
    );
    const texts = [
      '{"a":1.1}',
      '{"a":1.10}',
      '{"a":"1.10"}',
      '{"a":9007199254740992}',
      '{"a":9007199254740993}',
    ];
    expect(new Set(texts.map(canonical)).size).toBe(texts.length);
    expect(new Set(texts.map((text) => contentOf(object(text)))).size).toBe(texts.length);
  });

  it('is not moved by space', () => {
    expect(compact(' { "b" : 1.10 } ')).toBe('{"b":1.10}');
    expect(writeJson(readJson(' { "b" : 1.10 } '))).toBe('{"b":1.10}');
  });
});
