import type { CommandDefinition } from './app.js';
import { runDemo } from './demo/index.js';

const demo: CommandDefinition = {
  options: [{ flags: '--keep', about: 'keep the temporary directory, to go on there' }],
  run: (app, { options }) => runDemo(app, options['keep'] === true),
};

export default demo;
