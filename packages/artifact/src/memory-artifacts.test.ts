import { artifactsContract } from './contract.ts';
import { memoryArtifacts } from './memory-artifacts.ts';

artifactsContract('memory', async () => ({ artifacts: memoryArtifacts(), repository: 'registry.test/demo/fn' }));
