// The runner and the framework as one CommonJS file, which scripts/bundle-runner.ts makes: `main.ts` for where instances are many.
import { startFromEnvironment } from './start-from-environment.ts';

// What functions get that import the framework: this file again, so that there is one registry.
export * from '../index.ts';

// A function is not this program, and need not know where it lies.
process.mainModule = undefined;
void startFromEnvironment();
