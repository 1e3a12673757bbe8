/** What is wrong with a base URL, as the end of a sentence that never quotes it; null where nothing is. */
export function urlProblem(text: string): string | null {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    return 'must be a web address that starts with https://';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (text.includes('?') || text.includes('#')) return 'must not hold a query (?) or a fragment (#)';
  return null;
}

/** A checked base URL in its one spelling: no slash at its end. */
export const normalUrl = (text: string): string => new URL(text.trim()).href.replace(/\/+$/, '');

/** True where a checked URL sends in the clear to another machine. */
export function isInsecure(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  if (protocol !== 'http:') return false;
  return !(hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname));
}
