import { ledgerContract } from '../contract/ledger.js';
import { sqliteBench } from './sqlite-bench.js';

ledgerContract('SQLite', () => sqliteBench());
