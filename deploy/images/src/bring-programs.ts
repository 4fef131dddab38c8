// Brings what images for machines of the other kind are made of, for `pnpm images --arch` and for tests.
import { homedir } from 'node:os';
import path from 'node:path';
import { ownArchitecture } from './node-program.ts';
import { bringOtherPrograms } from './other-programs.ts';
import { esbuildVersion } from './platform-images.ts';

const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'openfunction', 'images');
bringOtherPrograms(ownArchitecture() === 'amd64' ? 'arm64' : 'amd64', cache, { esbuild: esbuildVersion() });
