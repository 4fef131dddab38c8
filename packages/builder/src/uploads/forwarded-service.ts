import { BuildError } from '../build-error.ts';
import type { BuilderService } from '../builder-service.ts';

/**
 * What is open to whoever may forward a port of the builder, and not just to the platform: to send a source, which opens no
 * Secret, and to read the log of a Builder whose uid one knows. Builds begin and end by the Builder object alone.
 */
export function forwardedService({ upload, log }: BuilderService): BuilderService {
  return {
    upload,
    log,
    // oxlint-disable-next-line require-yield -- it only refuses
    build: async function* () {
      throw refused();
    },
    cancel: async () => {
      throw refused();
    },
  };
}

function refused(): BuildError {
  return new BuildError(
    'BuildFailed',
    'Builds are begun and cancelled by their Builder object. Apply a Function, or set spec.state of the Builder.',
  );
}
