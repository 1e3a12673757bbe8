import { describe, expect, it } from 'vitest';
import { jsonText, printable, printableStyled, measureWidth } from '../../src/output/text.js';

const attacks = [
  '\u001b[2J\u001b[H',
  '\u001b]0;pwned\u0007',
  '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\',
  '\u009b31m',
  'a\rb',
  'a\bb',
  'a\nb',
  '\u202ecod.exe',
  '\u2066x\u2069',
  'a\u2028b',
  '\u0000\u007f',
  '\ud800',
];

describe('printable', () => {
  it.each(attacks)('neutralises %j', (attack) => {
    const shown = printable(attack);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
    expect(shown).not.toBe(attack);
  });

  it('leaves every language as it is', () => {
    for (const text of ['Zoë', 'Привет', '山田', 'שלום', '👩‍🚀', 'e\u0301', 'नमस्ते', "it's 5 €"]) {
      expect(printable(text)).toBe(text);
    }
  });

  it.each(attacks)('writes %j as JSON that reads back the same and holds nothing active', (attack) => {
    const text = jsonText({ attack });
    expect(JSON.parse(text)).toEqual({ attack });
    expect(text).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
  });

  it('keeps our own colours in a line, and no other sequence', () => {
    const line = '\u001b[32mok\u001b[39m \u001b[2Jbad\u001b[8mhidden';
    expect(printableStyled(line, true)).toBe('\u001b[32mok\u001b[39m \\u001b[2Jbad\\u001b[8mhidden');
    expect(printableStyled(line, false)).toBe('ok \\u001b[2Jbad\\u001b[8mhidden');
  });
});

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['Zoë', 3],
    ['Zoe\u0308', 3],
    ['Привет', 6],
    ['山田 太郎', 9],
    ['ｱｲｳ', 3],
    ['ＡＢ', 4],
    ['한국', 4],
    ['👩‍🚀', 2],
    ['🇩🇪', 2],
    ['👍🏽', 2],
    ['✔', 1],
    ['❤️', 2],
    ['\u200b', 0],
    ['a\u00adb', 2],
    ['', 0],
  ])('%j takes %i columns', (text, width) => {
    expect(measureWidth(text)).toBe(width);
  });
});
