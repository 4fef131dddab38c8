export { createEmbedded, type Embedded, type EmbeddedOptions } from './create-embedded.ts';
export { startControl, type Control, type ControlOptions } from './start-control.ts';
export { startGateway, type GatewayPart, type GatewayPartOptions } from './start-gateway.ts';
export { dataFolder, type DataFolder } from './data-folder.ts';
export { partMemory, type PartMemory } from './part-memory.ts';
