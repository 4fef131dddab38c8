import type { BuilderClient } from '@openfunction/controller';
import { RpcError, serveBuilder, type Service } from '@openfunction/protocol';

/** What the controller builds with, and builder.v1 for `ofn`. */
export interface EmbeddedBuilder {
  client: BuilderClient;
  service: Service;
}

const reason = 'BuilderNotSupported';
const message = 'Builds do not run on one machine yet. Give `spec.image` the reference of a module artifact and leave `spec.build` out.';

/** Refuses every build. */
export function startBuilder(): EmbeddedBuilder {
  const refuse = (): never => {
    throw new RpcError('Unimplemented', message);
  };
  const nothing = { digest: '', size: 0, commitSha: '', commitAuthor: '', sourceDigest: '' };
  return {
    client: {
      build: async function* () {
        yield { state: 'Failed', reason, message, ...nothing };
      },
      cancel: () => Promise.resolve(),
    },
    service: serveBuilder({ build: refuse, cancel: refuse, log: refuse, upload: refuse }),
  };
}
