import { countIn, type PushSummary } from '../core/report.js';
import { rowStates, type RowState } from '../core/life.js';
import { noPaint, type Paint, printable, stateSymbol, stateTone } from './text.js';

interface PushViewOptions {
  readonly unicode: boolean;
  readonly paint?: Paint | undefined;
}

const meanings: Readonly<Record<RowState, string>> = {
  ready: 'not sent yet',
  sending: 'being sent, no answer yet',
  delivered: 'confirmed by the vendor',
  already: 'the vendor had it before',
  rejected: 'refused by the vendor: mend and push again',
  'in-doubt': 'may have reached the vendor: never sent again blindly',
  invalid: 'fails a check, never sent',
  duplicate: 'same person or row again, never sent',
  blocked: 'on the do-not-call list, never sent',
  held: "needs a person's decision, never sent",
  withdrawn: 'removed or cancelled later',
  abandoned: 'given up by an operator',
};

const explainState = (state: RowState, dryRun: boolean): string =>
  dryRun && state === 'ready' ? 'would be sent' : meanings[state];

function titleLine(summary: PushSummary): string {
  const run = summary.run === null ? [] : [`run ${summary.run}`];
  const what = summary.dryRun ? ['dry run: nothing was sent'] : [];
  return [`${summary.vendor} ${summary.operation}`, `profile ${summary.profile}`, ...run, ...what].join('  ');
}

function sourceLine({ name, rows, format, encoding, delimiter }: PushSummary['source']): string {
  const counted = `${name}: ${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`;
  // Arguments, and rows of the ledger: no file with an encoding.
  if (format === 'csv' && delimiter === null) return counted;
  const shown = delimiter === '\t' ? 'tab' : delimiter;
  const parts = [format, encoding, ...(shown === null ? [] : [`delimiter ${shown}`])];
  return `${counted} (${parts.join(', ')})`;
}

/**
 * Returns what people read after a push or a dry run, a line each: what it was, the states that occur in the order of a row's
 * life with what they mean, the results file, the commands to go on with. No phone number is in it.
 */
export function pushSummary(summary: PushSummary, options: PushViewOptions): string[] {
  const paint = options.paint ?? noPaint;
  const states = rowStates.filter((state) => countIn(summary.counts, state) > 0);
  const figures = states.map((state) => countIn(summary.counts, state).toLocaleString('en-US'));
  const width = Math.max(0, ...figures.map((figure) => figure.length));
  const longest = Math.max(0, ...states.map((state) => state.length));
  const lines = states.map((state, at) => {
    const mark = paint(stateTone(state), `${stateSymbol(state, options.unicode)} ${state.padEnd(longest)}`);
    const figure = (figures[at] ?? '').padStart(width);
    return `  ${mark}  ${figure}  ${paint('dim', explainState(state, summary.dryRun))}`;
  });
  return [
    paint('strong', printable(titleLine(summary))),
    printable(sourceLine(summary.source)),
    ...lines,
    ...(summary.results === null ? [] : [`results: ${printable(summary.results)}`]),
    ...summary.next.map((command) => `next: ${printable(command)}`),
  ];
}
