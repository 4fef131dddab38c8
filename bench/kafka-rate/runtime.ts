// Our Dapr runtime as event-bus uses it: its app is at a Unix socket, and is not asked what it wants.
import { daprRuntime, loadResources } from '@openfunction/dapr-runtime';
import { realClock } from '@openfunction/reconcile';

const [folder = '', socketPath = ''] = process.argv.slice(2);
const report = ({ level, message, fields }: { level: string; message: string; fields?: object }): void => {
  if (level !== 'info') console.error(message, fields);
};
const runtime = daprRuntime({ clock: realClock, random: Math.random, environment: {}, report });
await runtime.add({
  id: 'app',
  resources: await loadResources([folder]),
  app: { port: 1, socketPath },
  declaredInputs: ['messages'],
});
