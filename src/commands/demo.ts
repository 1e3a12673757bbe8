import { flag } from '../core/value.js';
import { packageRoot } from '../root.js';
import { defineCommand } from './app.js';

const demo = defineCommand({
  options: {
    keep: {
      flag: '--keep',
      about: 'keep the temporary directory, to go on there',
      type: flag,
      default: false,
    },
  },
  async run(app, { options }) {
    const { runDemo } = await import('../rehearsal/demo.js');
    return runDemo(app, {
      twins: await Promise.all((await app.ports.vendors()).map((vendor) => vendor.twin())),
      clock: app.clock,
      stopping: app.stopping,
      fixtures: new URL('fixtures/demo/', packageRoot),
      keep: options.keep,
    });
  },
});

export default demo;
