export { gitServer, type TestGitServer } from './git-server.ts';
export { npmRegistry, type PackageFiles, type TestRegistry } from './npm-registry.ts';
export { sshGitServer, type TestSshServer } from './ssh-git-server.ts';
