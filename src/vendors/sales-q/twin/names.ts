/**
 * Whether a lead parameter or variable may be called this: without dots and special characters
 * (docs/vendors/sales-q.md#data-points); the set is not listed, the document's own samples hold umlauts and spaces.
 */
export const isGoodName = (name: string): boolean =>
  /^[\p{L}\p{M}\p{N} _-]+$/u.test(name) && name.trim() !== '';
