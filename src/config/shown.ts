/** Keys that look like names may be shown; anything else may be a secret in the wrong place. */
const shownKey = (key: PropertyKey): string => {
  const name = String(key);
  return /^[A-Za-z0-9_][\w.-]{0,40}$/.test(name) ? name : '(unreadable key)';
};

/** A path in the file as messages show it: `profiles.acme.country`. */
export const shownKeys = (path: readonly PropertyKey[]): string => path.map(shownKey).join('.');
