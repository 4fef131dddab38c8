import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { supplyOwnModules } from '../own-modules.ts';
import { startRunner } from './runner.ts';
import { selfWarm } from './self-warm.ts';
import { ticketKey } from './verify-load.ts';

/** Starts the instance that the environment describes, of which nothing is left in it. */
export async function startFromEnvironment(): Promise<void> {
  const {
    OFN_INSTANCE_ID: instance,
    OFN_TICKET_PUBLIC_KEY: ticketPublicKey,
    OFN_CONTROL: control,
    OFN_TRAFFIC: traffic,
    OFN_WORK_DIR: workDir,
    OFN_SEAL: seal,
  } = process.env;
  if (!instance || !ticketPublicKey || !control || !traffic || !workDir) {
    console.error('The runner cannot start: set OFN_INSTANCE_ID, OFN_TICKET_PUBLIC_KEY, OFN_CONTROL, OFN_TRAFFIC and OFN_WORK_DIR.');
    process.exit(2);
  }
  process.execArgv = [];
  for (const name of Object.keys(process.env)) if (name.startsWith('OFN_')) delete process.env[name];
  let sealing;
  if (seal === '1') {
    const pair = generateKeyPairSync('x25519');
    const publicKey = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    sealing = { privateKey: pair.privateKey, publicKey };
    console.log(JSON.stringify({ sealingKey: publicKey.toString('base64url') }));
  }
  mkdirSync(workDir, { recursive: true });
  supplyOwnModules();
  await startRunner({
    instance,
    ticketKey: ticketKey(ticketPublicKey),
    control,
    traffic,
    workDir,
    sealing,
    warm: (signal) => selfWarm({ workDir, instance, signal }),
  });
}
