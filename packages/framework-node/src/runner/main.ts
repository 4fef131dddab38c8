#!/usr/bin/env node
import { startFromEnvironment } from './start-from-environment.ts';

await startFromEnvironment();
