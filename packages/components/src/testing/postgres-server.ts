import { spawnSync } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { canRun, giveTo, loopback, startServer, type ServerAddress, type ServerProgram, type TestServer } from './server-process.ts';

const programs = '/usr/lib/postgresql/15/bin';

export const canRunPostgres = (): Promise<boolean> =>
  canRun('PostgreSQL', [path.join(programs, 'initdb'), path.join(programs, 'postgres')]);

/** A server whose user `postgres` needs no password; it refuses to run as root. */
export async function startPostgres({ host = loopback }: ServerAddress = {}): Promise<TestServer> {
  const user = unprivileged();
  const server: ServerProgram = {
    prepare: async (folder) => {
      if (user !== undefined) await giveTo(folder, user);
      const args = ['-D', path.join(folder, 'data'), '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
      const { status, stderr } = spawnSync(path.join(programs, 'initdb'), args, { encoding: 'utf8', cwd: folder, ...user });
      if (status !== 0) throw new Error(`PostgreSQL cannot be set up: ${stderr}`);
      // What initdb writes lets only loopback in.
      if (host !== loopback) await appendFile(path.join(folder, 'data', 'pg_hba.conf'), 'host all all all trust\n');
    },
    command: (folder, port) => ({
      program: path.join(programs, 'postgres'),
      args: ['-D', path.join(folder, 'data'), '-p', String(port), '-h', host, '-k', folder, '-c', 'max_connections=60'],
      ...user,
    }),
    isReady: async (folder, port) => {
      const probe = ['-h', host, '-p', String(port), '-q'];
      return spawnSync(path.join(programs, 'pg_isready'), probe, { cwd: folder }).status === 0;
    },
  };
  return startServer('postgres', server, { host });
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}
