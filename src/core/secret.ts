import { holdsVariable, isBlank, isVariable } from './variables.js';

/** Where a secret is to be had, as the configuration says. A literal's text stays where it is. */
export type SecretSource =
  | { readonly kind: 'env' | 'file' | 'cmd' | 'keychain'; readonly from: string }
  | { readonly kind: 'literal' };

/** Reads `env:NAME`, `file:PATH`, `cmd:COMMAND`, `keychain:ITEM`; everything else is a literal. */
export function secretSource(text: string): SecretSource {
  const match = /^(env|file|cmd|keychain):([\s\S]*)$/.exec(text);
  if (!match) return { kind: 'literal' };
  return { kind: match[1] as 'env' | 'file' | 'cmd' | 'keychain', from: (match[2] ?? '').trim() };
}

const notReplaced = 'holds a variable ($NAME), and this file replaces none';

/** What is wrong with a text of the configuration whatever it is for, as the end of a sentence that never quotes it. */
export function textProblem(text: string): string | null {
  if (isBlank(text)) return 'must not be empty';
  return holdsVariable(text) ? notReplaced : null;
}

/** What is wrong with the way a secret is written, as the end of a sentence that never quotes it. */
export function secretProblem(text: string): string | null {
  const source = secretSource(text);
  if (isBlank(text)) return 'must not be empty';
  if (source.kind === 'literal') {
    return isVariable(text) ? 'is a variable, and this file replaces none; env:NAME reads one' : null;
  }
  if (source.from === '') return `must name something after ${source.kind}:`;
  if (source.from.includes('\0')) return 'must not hold a NUL character';
  if (source.kind === 'env' && !/^[A-Za-z_]\w*$/.test(source.from)) {
    return 'must name an environment variable after env: (letters, digits, underscore)';
  }
  if (source.kind !== 'cmd' && holdsVariable(source.from)) return notReplaced;
  const plain = source.from.startsWith('-') || /\p{Cc}/u.test(source.from);
  return source.kind === 'keychain' && plain ? 'must name an item after keychain:' : null;
}

/** The source as people may see it. A command's text may hold a secret and is left out. */
export function shownSource(source: SecretSource): string {
  if (source.kind === 'literal' || source.kind === 'cmd') return source.kind;
  return `${source.kind}:${source.from}`;
}
