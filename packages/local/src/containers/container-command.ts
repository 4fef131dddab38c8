import path from 'node:path';
import type { InstanceTemplate } from '@openfunction/workload';
import type { ContainerPrograms } from './find-containers.ts';
import { layersOf, withOwnMounts } from './overlay.ts';

// Waits for the container, and beside it runs what forwards to it from its own network: that starts as soon as there is a
// process to find the network by, and goes with it; so does what leads outside, but not to the machine's own loopback. What the
// container sees as its root is mounted where only these see it, and so is gone when they are.
const script = `
runtime=$1 state=$2 id=$3 bundle=$4 nsenter=$5 slirp=$6 mount=$7 layers=$8; shift 8
cd "$bundle" || exit 70
echo $$ >shell || exit 70
[ -z "$mount" ] || "$mount" -t overlay overlay -o "$layers" root || exit 70
"$runtime" --root "$state" run --bundle "$bundle" --pid-file "$bundle/pid" "$id" & container=$!
while [ ! -s "$bundle/pid" ] && kill -0 $container 2>/dev/null; do sleep 0.05; done
pid=$(cat "$bundle/pid" 2>/dev/null || echo 0)
[ -z "$slirp" ] || "$slirp" --configure --mtu=65520 --disable-host-loopback "$pid" tap0 >/dev/null 2>&1 & outside=$!
"$nsenter" --target "$pid" --user --net --preserve-credentials -- "$@" & forward=$!
wait $container; code=$?
kill $forward $outside 2>/dev/null
exit $code
`;
const own = import.meta.filename;
const forward = path.join(import.meta.dirname, `forward-main${path.extname(own)}`);

/** A port of the loopback that a container has of its own, which leads to a socket of this machine. */
export interface Door {
  port: number;
  socket: string;
}

/** What runs a container in the foreground, with its output as its own. */
export function containerCommand(given: {
  programs: ContainerPrograms;
  id: string;
  /** Where the runtime keeps what it knows of containers. */
  state: string;
  bundle: string;
  sockets: { traffic: string; control: string };
  template: InstanceTemplate;
  /** Its files are layers, not a copy. */
  isLayered: boolean;
  doors: readonly Door[];
}): { command: string; args: string[] } {
  const { programs, id, state, bundle, sockets, template, isLayered, doors } = given;
  const isRoot = process.getuid?.() === 0;
  const { port = 0 } = template;
  const forwarding = [
    process.execPath,
    forward,
    sockets.traffic,
    sockets.control,
    String(port),
    ...doors.map((door) => `${door.port}=${door.socket}`),
  ];
  const files = isLayered ? [programs.mount ?? '', layersOf(isRoot)] : ['', ''];
  const words = ['-c', script, 'sh', programs.runtime, state, id, bundle, programs.nsenter, programs.slirp ?? '', ...files];
  const [command = '', ...args] = [...(isLayered ? withOwnMounts(programs, isRoot) : []), '/bin/sh', ...words, ...forwarding];
  return { command, args };
}
