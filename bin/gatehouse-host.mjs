#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';
import { isSupervised, supervise } from './supervise.mjs';

if (isSupervised()) await run('./host/main.ts');
else supervise(fileURLToPath(import.meta.url));
