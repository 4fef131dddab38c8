import { addressGuard, type AddressGuard } from '@openfunction/artifact';
import { BuildError } from '../build-error.ts';

/** What a build may connect to; refuses with BuildError `SourceRefused`. `allowed` is that of SourceRules. */
export function sourceGuard(allowed: readonly string[]): AddressGuard {
  return addressGuard({
    allowed,
    refused: (host) =>
      new BuildError(
        'SourceRefused',
        `The host ${host} is refused: it is loopback, link-local or a metadata service, which a build must not reach. Name another host; an operator may allow this one by the setting build.allowedAddresses.`,
      ),
  });
}
