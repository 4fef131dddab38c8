export { createEmbedded, type Embedded, type EmbeddedOptions } from './create-embedded.ts';
export { credentials, kubeconfig, type Credentials } from './credentials.ts';
export { dataFolder, type DataFolder } from './data-folder.ts';
export { startControl, type Control, type ControlOptions } from './start-control.ts';
export { startGateway, type GatewayPart, type GatewayPartOptions } from './start-gateway.ts';
export { supervise, type Supervised, type SupervisorClock } from './supervise.ts';
