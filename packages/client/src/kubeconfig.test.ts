import { expect, test } from 'vitest';
import { loadKubeconfig } from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function config(user: Record<string, unknown>): string {
  return JSON.stringify({
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': base64('CA') } }],
    users: [{ name: 'u', user }],
  });
}

test('reads server, authority and token of the current context', async () => {
  const loaded = await loadKubeconfig(config({ token: 't' }));
  expect(loaded).toMatchObject({
    context: 'one',
    namespace: 'team',
    connection: { server: 'https://127.0.0.1:6443', ca: 'CA', token: 't' },
  });
});

test('reads a client certificate', async () => {
  const { connection } = await loadKubeconfig(config({ 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }));
  expect(connection).toMatchObject({ clientCertificate: 'CERT', clientKey: 'KEY' });
});

test('refuses a login plugin and says what to use', async () => {
  await expect(loadKubeconfig(config({ exec: { command: 'aws' } }))).rejects.toThrow(/plugin.*token/);
});

test('names the context that is missing', async () => {
  await expect(loadKubeconfig(config({ token: 't' }), 'two')).rejects.toThrow('it has no context "two"');
});

test('reads YAML, and says what is wrong with it', async () => {
  const yaml = [
    'current-context: one',
    'contexts: [{ name: one, context: { cluster: c } }]',
    "clusters: [{ name: c, cluster: { server: 'https://127.0.0.1:1' } }]",
  ];
  expect(await loadKubeconfig(yaml.join('\n'))).toMatchObject({ namespace: 'default', connection: { server: 'https://127.0.0.1:1' } });
  await expect(loadKubeconfig('a: [1')).rejects.toThrow('it is not YAML');
  await expect(loadKubeconfig('')).rejects.toThrow('it is empty');
});
