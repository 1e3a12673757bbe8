/**
 * Whether a lead parameter or variable may be called this. "Parser-compliant", without "dots or other special
 * characters" (sales-q.txt, 2.1); the set is not listed, the document's own samples hold umlauts and spaces.
 */
export const isGoodName = (name: string): boolean =>
  /^[\p{L}\p{M}\p{N} _-]+$/u.test(name) && name.trim() !== '';
