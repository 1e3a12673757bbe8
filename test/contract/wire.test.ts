/**
 * What leaves for the four vendors, byte for byte: the judge of every refactoring. Each case runs the built program
 * against a real server and compares all requests, in order, with a file under `wire/golden/`. No refactoring may
 * change these files unasked; a change that is meant is recorded with UPDATE_GOLDEN=1 and explained in its commit.
 * Only the built program, files and sockets are used, so that the source may be rearranged freely.
 */
import path from 'node:path';
import { wireCases } from './wire/cases.js';
import { wireContract } from './wire.js';

wireContract(wireCases, {
  golden: path.join(import.meta.dirname, 'wire/golden'),
  logins: {
    'sales-q': 'token: "env:TEST_SECRET"',
    comunik8: 'key: "env:TEST_SECRET"',
    calltouch: 'token: "env:TEST_SECRET"',
    mmdial: 'username: ops, password: "env:TEST_SECRET"',
  },
});
