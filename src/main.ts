import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { App } from './app.js';
import { optionsOf, readCommandLine } from './commands/command-line.js';
import { globalOptions, readOptions } from './commands/options.js';
import { commandsOf } from './commands/index.js';
import { parse } from './commands/program.js';
import { type Clock, patience } from './core/clock.js';
import { Exit, usageError } from './core/errors.js';
import type { Place } from './core/place.js';
import type { Values } from './core/value.js';
import { type OutputFormat, defaultFormat } from './output/formats.js';
import { showError } from './output/failure.js';
import { Terminal } from './output/terminal.js';
import { version } from './package.js';
import {
  isSilenced,
  makeHttp,
  makePorts,
  outputFormatIn,
  refuseUnusableVariables,
  vendors,
  type Host,
} from './wiring.js';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

type Globals = Values<typeof globalOptions>;

function makeTerminal(proc: NodeJS.Process, globals: Globals): Terminal {
  const { color, quiet, verbose, showPii } = globals;
  return new Terminal({
    stdout: proc.stdout,
    stderr: proc.stderr,
    stdoutIsTTY: proc.stdout.isTTY === true,
    stderrIsTTY: proc.stderr.isTTY === true,
    columns: proc.stderr.columns,
    env: proc.env,
    flags: { color: color ? undefined : false, quiet, verbose, showPii },
  });
}

interface Signals extends Pick<App, 'stopping' | 'aborting' | 'signal'> {
  remove(): void;
}

/** First signal: no new rows. Second: what is under way is cut, and becomes in doubt. A closed session counts as SIGTERM. */
function listenForSignals(proc: NodeJS.Process): Signals {
  const stopping = new AbortController();
  const aborting = new AbortController();
  let first: 'SIGINT' | 'SIGTERM' | null = null;
  const heard = (signal: NodeJS.Signals): void => {
    if (first === null) {
      first = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
      stopping.abort();
    } else aborting.abort();
  };
  proc.on('SIGINT', heard);
  proc.on('SIGTERM', heard);
  proc.on('SIGHUP', heard);
  return {
    stopping: stopping.signal,
    aborting: aborting.signal,
    signal: () => first,
    remove: () => void proc.off('SIGINT', heard).off('SIGTERM', heard).off('SIGHUP', heard),
  };
}

/** The world of a command, from the process it runs in. */
function makeApp(proc: NodeJS.Process, globals: Globals, terminal: Terminal, signals: Signals): App {
  refuseUnusableVariables(proc.env);
  const cwd = proc.cwd();
  const home = proc.env['HOME'] || proc.env['USERPROFILE'] || null;
  const uid = proc.geteuid?.() ?? null;
  const gid = proc.getegid?.() ?? null;
  const { profile, config, ledger, yes } = globals;
  const output = globals.json ? 'json' : globals.output;
  const host: Host = {
    terminal,
    format: output ?? outputFormatIn(proc.env) ?? defaultFormat(terminal.stdoutIsTTY),
    flags: { profile, config, ledger, output, yes },
    env: proc.env,
    cwd,
    home,
    uid,
    gid,
    pid: proc.pid,
    host: hostname(),
    execPath: proc.execPath,
    program: proc.argv[1] ?? '',
    version,
    stdin: proc.stdin,
    interactive:
      globals.input && !isSilenced(proc.env) && proc.stdin.isTTY === true && proc.stderr.isTTY === true,
    clock,
    http: makeHttp(version),
    stopping: signals.stopping,
    aborting: signals.aborting,
    signal: () => signals.signal(),
    kill: (pid, signal) => proc.kill(pid, signal),
  };
  return { ...host, ports: makePorts(host) };
}

/** The format errors are told in when the command line itself is wrong. */
function formatOf(argv: readonly string[], env: NodeJS.ProcessEnv): OutputFormat {
  const { given } = readCommandLine(argv, optionsOf(globalOptions));
  const asked = given.findLast(({ name, value }) => value !== null && (name === '-o' || name === '--output'));
  const wanted = argv.includes('--json') ? 'json' : (asked?.value ?? env['SALESQ_OUTPUT']?.trim());
  return wanted === 'json' || wanted === 'ndjson' ? wanted : 'table';
}

/** Collects garbage sooner than V8 would, so that a million rows are planned in less than 200 MB. */
function steadyMemory(node: string): void {
  setFlagsFromString('--heap-growing-percent=20');
  // From Node 22 on the young generation alone may grow beyond 100 MB.
  if (Number(node.split('.')[0]) >= 22) setFlagsFromString('--semi-space-growth-factor=1');
}

/** Leaves out the one warning that Node 22 gives about its own SQLite; every other one is shown. */
function leaveOutSqliteWarning(proc: NodeJS.Process): void {
  const emit: unknown = Reflect.get(proc, 'emitWarning');
  if (typeof emit !== 'function') return;
  Reflect.set(proc, 'emitWarning', (warning: unknown, ...details: unknown[]): void => {
    const aboutSqlite = typeof warning === 'string' && warning.startsWith('SQLite is an experimental');
    if (!(aboutSqlite && details[0] === 'ExperimentalWarning'))
      Reflect.apply(emit, proc, [warning, ...details]);
  });
}

/** Runs one command line and resolves with the exit code, everything said and flushed. */
export async function main(proc: NodeJS.Process): Promise<number> {
  steadyMemory(proc.versions.node);
  leaveOutSqliteWarning(proc);
  const argv = proc.argv.slice(2);
  const early = readOptions(
    globalOptions,
    { color: !argv.includes('--no-color'), verbose: argv.includes('-v') },
    '',
  );
  const answering: Answering = {
    terminal: makeTerminal(proc, early),
    format: formatOf(argv, proc.env),
    place: () => null,
  };
  const signals = listenForSignals(proc);
  try {
    const code = await runLine(proc, argv, signals, answering);
    return await flushed(proc, answering, code, signals.stopping);
  } finally {
    signals.remove();
  }
}

/** How a command line is answered: as far as its flags are read, and where its command works. */
interface Answering {
  terminal: Terminal;
  format: OutputFormat;
  place: () => Place | null;
}

async function runLine(
  proc: NodeJS.Process,
  argv: readonly string[],
  signals: Signals,
  answering: Answering,
): Promise<number> {
  try {
    const parsed = await parse(commandsOf(vendors), argv, version);
    if (parsed.kind === 'text' && parsed.exit === 0) {
      await answering.terminal.write(parsed.text);
      return parsed.exit;
    }
    if (parsed.kind === 'text') return incomplete(parsed.text, answering);
    const { definition, words, invocation } = parsed;
    const globals = readOptions(globalOptions, invocation.options, '');
    answering.terminal = makeTerminal(proc, globals);
    const app = makeApp(proc, globals, answering.terminal, signals);
    answering.format = app.format;
    answering.place = () => app.ports.lastPlace();
    const options = readOptions(definition.options, invocation.options, words);
    return await definition.run(app, { args: invocation.args, options });
  } catch (error) {
    return showError(error, answering.format, answering.terminal, answering.place());
  }
}

/** A group without a command: its help for people, an error for programs. */
function incomplete(help: string, { format, terminal }: Answering): number {
  if (format !== 'table') {
    throw usageError({ code: 'usage.incomplete', message: 'A command is missing', hint: 'salesq --help' });
  }
  terminal.stderr.write(help);
  return Exit.usage;
}

/**
 * Waits until everything said has left; after a signal not for ever on a reader that stands still. Output that could not
 * be written is a failure, whatever came before.
 */
async function flushed(
  proc: NodeJS.Process,
  { terminal, place }: Answering,
  code: number,
  stopping: AbortSignal,
): Promise<number> {
  try {
    const left = terminal.drain().then(() => true);
    const waited = patience(stopping, clock).then(() => false);
    // The only place that cuts output off: a stop was asked for and nobody reads. The ledger has everything.
    if (!(await Promise.race([left, waited]))) proc.exit(code);
    return code;
  } catch (error) {
    const failed = await showError(error, 'table', terminal, place());
    return code === 0 ? failed : code;
  }
}
