import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient, loadKubeconfig, type Client } from '@openfunction/client';
import { dataFolder, readState, type DataFolder, type PlatformState } from '@openfunction/embedded/platform';
import { layoutArtifacts } from '@openfunction/oci';
import { functionKind } from '@openfunction/resources/nouns';

const main = ['--conditions=@openfunction/source', path.resolve(import.meta.dirname, '../main.ts')];

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** A data folder, and what `ofn` does with it. */
export class PlatformProcess {
  readonly data: string = mkdtempSync(path.join(tmpdir(), 'ofn-u-'));
  readonly folder: DataFolder = dataFolder(this.data);
  supervisor: ChildProcess | undefined;

  ofn(...args: string[]): Promise<Said> {
    return new Promise((resolve) => {
      execFile(process.execPath, [...main, ...args], { timeout: 30_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
      );
    });
  }

  /** Starts `ofn up` in the foreground; answers when it says that it is up. */
  async up(): Promise<PlatformState> {
    const child = spawn(process.execPath, [...main, 'up', '--data', this.data, '--port', '0', '--pool-size', '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.supervisor = child;
    let text = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more).includes('is up') && resolve());
      child.once('exit', (code) => reject(new Error(`ofn up ended with ${code}`)));
    });
    return this.state();
  }

  state(): PlatformState {
    const state = readState(this.folder);
    if (state === undefined) throw new Error('There is no state file.');
    return state;
  }

  async kubectlClient(): Promise<Client> {
    const { connection } = await loadKubeconfig(readFileSync(this.folder.kubeconfig, 'utf8'));
    return createClient(connection);
  }

  /** Makes a Function that answers with a word that only its instance has. */
  async deployWord(name: string): Promise<void> {
    const image = `registry.local/test/${name}:v1`;
    await layoutArtifacts({ dir: this.folder.artifacts }).put(image, {
      manifest: { runtime: 'node', format: 'cjs', exports: ['word'], entry: 'index.js' },
      bundle: Buffer.from("const word = require('node:crypto').randomUUID(); exports.word = (req, res) => res.send(word);"),
      assets: new Uint8Array(),
    });
    const client = await this.kubectlClient();
    await client.create(functionKind, {
      apiVersion: 'core.openfunction.io/v1beta2',
      kind: 'Function',
      metadata: { namespace: 'default', name },
      spec: {
        image,
        serving: { params: { FUNCTION_TARGET: 'word', FUNCTION_SIGNATURE_TYPE: 'http' }, triggers: { http: { port: 8080 } } },
      },
    });
    client.close();
  }

  /** One request on a connection of its own. */
  call(name: string): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(this.state().gateway ?? '');
    return new Promise((resolve, reject) => {
      request({ hostname, port, headers: { host: `${name}.default.localhost` }, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      })
        .on('error', reject)
        .end();
    });
  }

  /** Every process that has this folder in its command line or its environment. */
  processes(): number[] {
    return globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
      const pid = Number(file.split('/')[2]);
      try {
        const text = readFileSync(file, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return text.includes(this.data) && pid !== process.pid ? [pid] : [];
      } catch {
        return [];
      }
    });
  }

  async dispose(): Promise<void> {
    if (existsSync(this.folder.upSocket)) await this.ofn('down', '--data', this.data);
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
    rmSync(this.data, { recursive: true, force: true });
  }
}
