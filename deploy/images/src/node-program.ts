import { execFileSync } from 'node:child_process';

/** As OCI names them. */
export type Architecture = 'amd64' | 'arm64';

/** A Node and what it needs of a system. */
export interface NodeProgram {
  architecture: Architecture;
  /** Files of this machine. */
  node: string;
  /** Path in an image, without a slash at its beginning → file of this machine. */
  libraries: Readonly<Record<string, string>>;
}

/** What npm and Node call them. */
export const npmArchitecture: Readonly<Record<Architecture, string>> = { amd64: 'x64', arm64: 'arm64' };

export function isArchitecture(text: string): text is Architecture {
  return Object.hasOwn(npmArchitecture, text);
}

export function ownArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

/** The Node that runs this, with the libraries that the dynamic loader names. */
export function ownNode(): NodeProgram {
  const lines = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).split('\n');
  const paths = lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  return {
    architecture: ownArchitecture(),
    node: process.execPath,
    libraries: Object.fromEntries(paths.map((path) => [path.slice(1), path])),
  };
}
