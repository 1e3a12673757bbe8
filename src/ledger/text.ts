/**
 * Not every database can hold U+0000 or half a surrogate pair in a text: a visible sign stands in its place in all of them,
 * so that a ledger can move from one to another. JSON text is not concerned, it spells both as escapes.
 */
export const storableText = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- that character is meant
  text.replace(/\u0000/g, '\u2400').replace(/\p{Surrogate}/gu, '\ufffd');
