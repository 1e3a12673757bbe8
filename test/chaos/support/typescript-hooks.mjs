// Module hooks: `.js` means the `.ts` beside it in test/, and src/ means what was built from it.
import { access, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('../../../', import.meta.url).href;
/** Another build may stand in for dist/: the known-bad variants do so. */
const built = process.env['CHAOS_DIST'] ?? new URL('dist/', root).href;

export async function resolve(specifier, context, next) {
  if (!specifier.startsWith('.') || !context.parentURL?.startsWith(root)) return next(specifier, context);
  const url = new URL(specifier, context.parentURL).href;
  if (url.startsWith(`${root}src/`)) return next(built + url.slice(`${root}src/`.length), context);
  const typed = url.replace(/\.js$/, '.ts');
  const isTyped =
    typed !== url &&
    (await access(new URL(typed)).then(
      () => true,
      () => false,
    ));
  return isTyped ? { url: typed, format: 'module', shortCircuit: true } : next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith(root) || !url.endsWith('.ts')) return next(url, context);
  const { default: ts } = await import('typescript');
  const { outputText } = ts.transpileModule(await readFile(fileURLToPath(url), 'utf8'), {
    fileName: fileURLToPath(url),
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  return { format: 'module', source: outputText, shortCircuit: true };
}
