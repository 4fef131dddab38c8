// The gateway as a process of its own: argv is the socket of the upstream. Prints its address.
import { createGateway, type Activator } from '@openfunction/gateway';

const activator: Activator = {
  demand: () => undefined,
  report: () => undefined,
  async *grants(signal) {
    yield {
      kind: 'grant',
      serving: 'bench/f',
      instance: 'i',
      endpoint: { kind: 'unix', path: process.argv[2]! },
      slots: 1000,
      expiresAt: Date.now() + 3_600_000,
    };
    await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
  },
};
const gateway = await createGateway({ public: { host: '127.0.0.1', port: 0 }, activator });
for (let index = 0; index < 1000; index++) {
  const entry = {
    host: index === 0 ? '127.0.0.1' : `f${index}.test`,
    path: { type: 'prefix' as const, value: '/' },
    internal: false,
    stripPrefix: '',
  };
  gateway.routes.upsert({ id: `bench/f${index}`, serving: 'bench/f', unavailable: '', entries: [entry] });
}
console.log(gateway.addresses.public);
