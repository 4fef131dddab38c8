export { gitServer, type TestGitServer } from './git-server.ts';
export { npmRegistry, type PackageFiles, type TestRegistry } from './npm-registry.ts';
