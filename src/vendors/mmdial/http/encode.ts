/** A name and its value, in the order they are sent. */
export type Pair = readonly [name: string, value: string];

export const charsets = ['utf-8', 'iso-8859-1'] as const;
export type Charset = (typeof charsets)[number];

/** True where every character of a text exists in the charset. */
export const fitsCharset = (text: string, charset: Charset): boolean =>
  charset === 'utf-8'
    ? !/[\ud800-\udfff]/u.test(text)
    : [...text].every((char) => (char.codePointAt(0) ?? 0) <= 0xff);

const bytesOf = (text: string, charset: Charset): Buffer =>
  Buffer.from(text, charset === 'utf-8' ? 'utf8' : 'latin1');

/** application/x-www-form-urlencoded as browsers write it: letters, digits and `*-._` as they are, a space as `+`. */
function encoded(text: string, charset: Charset): string {
  let out = '';
  for (const byte of bytesOf(text, charset)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9*\-._]/.test(char)) out += char;
    else out += char === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** The pairs as a query string or a form body. Characters outside the charset must have been refused before. */
export const encodePairs = (pairs: readonly Pair[], charset: Charset): string =>
  pairs.map(([name, value]) => `${encoded(name, charset)}=${encoded(value, charset)}`).join('&');

/** A map as a PHP array of that name: `leaddata[phone]=…` (docs/vendors/mmdial.md#login). */
export const phpArray = (name: string, values: Readonly<Record<string, string>>): Pair[] =>
  Object.entries(values).map(([key, value]) => [`${name}[${key}]`, value] as const);

/** A list as a PHP array of that name: `status[]=A&status[]=B`. */
export const phpList = (name: string, values: readonly string[]): Pair[] =>
  values.map((value) => [`${name}[]`, value] as const);
