// What a supervisor and its callers need: loading it must stay cheap, so nothing of a part is imported here.
export { dataFolder, type DataFolder } from './data-folder.ts';
export { defaultData } from './default-data.ts';
export { EmbeddedError, type EmbeddedErrorCode } from './embedded-error.ts';
export { readState, type PartState, type PlatformState } from './platform-state.ts';
export { endLeftInstances, runPlatform, type PlatformOptions } from './run-platform.ts';
export { askDown, holderOf } from './up-socket.ts';
