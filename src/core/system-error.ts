/** The code of an error of the system (`EPIPE`, `ENOSPC`, `ERR_…`), empty where there is none. Its text is never shown. */
export function systemCode(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}
