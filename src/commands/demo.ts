import { packageRoot } from '../root.js';
import type { CommandDefinition } from './app.js';

const demo: CommandDefinition = {
  options: [{ flags: '--keep', about: 'keep the temporary directory, to go on there' }],
  async run(app, { options }) {
    const { runDemo } = await import('../rehearsal/demo.js');
    return runDemo(app, {
      twins: await Promise.all((await app.ports.vendors()).map((vendor) => vendor.twin())),
      clock: app.clock,
      stopping: app.stopping,
      fixtures: new URL('fixtures/demo/', packageRoot),
      keep: options['keep'] === true,
    });
  },
};

export default demo;
