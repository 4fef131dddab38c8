import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh from 'ssh2';

export interface TestSshServer {
  /** Of the repository in `repo`. */
  url: string;
  /** The line of a known_hosts file. */
  knownHosts: string;
  /** What it lets in, as PEM. */
  privateKey: string;
  /** What clients asked to run. */
  commands: string[];
  close(): Promise<void>;
}

/** Serves the repositories below `root` over SSH, with git's own upload-pack, to the user `git` and one key. */
export async function sshGitServer(root: string, host: string = '127.0.0.1'): Promise<TestSshServer> {
  const hostKey = ssh.utils.generateKeyPairSync('ed25519');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const own = ssh.utils.parseKey(privateKey);
  if (own instanceof Error) throw own;
  const commands: string[] = [];
  const clients = new Set<ssh.Connection>();
  const server = new ssh.Server({ hostKeys: [hostKey.private] }, (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
    client.on('authentication', (context) => {
      const isKnown = context.method === 'publickey' && context.username === 'git' && context.key.data.equals(own.getPublicSSH());
      const isSigned = isKnown && (context.signature === undefined || own.verify(context.blob ?? '', context.signature, context.hashAlgo));
      if (isSigned) context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        commands.push(command);
        const path = /^git-upload-pack '(.+)'$/.exec(command)?.[1] ?? '';
        const channel = acceptExec();
        const program = spawn('git', ['upload-pack', '--', `${root}${path}`], {
          stdio: ['pipe', 'pipe', 'pipe'],
          env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: root },
        });
        program.stdin.on('error', () => undefined);
        channel.pipe(program.stdin);
        program.stdout.pipe(channel, { end: false });
        program.stderr.pipe(channel.stderr, { end: false });
        program.on('close', (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ssh://git@${host}:${port}/repo`,
    knownHosts: `[${host}]:${port} ${hostKey.public}\n`,
    privateKey,
    commands,
    close: () => {
      for (const client of clients) client.end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
