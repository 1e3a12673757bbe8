#!/usr/bin/env node
import { main } from '../dist/program/main.cjs';

process.exitCode = await main(process);
