import { flag } from '../core/value.js';
import { defineCommand } from './app.js';
import { runDemo } from './demo/index.js';

const demo = defineCommand({
  options: {
    keep: {
      flag: '--keep',
      about: 'keep the temporary directory, to go on there',
      type: flag,
      default: false,
    },
  },
  run: (app, { options }) => runDemo(app, options.keep),
});

export default demo;
