import { ApiError } from './api-error.ts';

const bodies: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const answers: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/*', '*/*'];

function mediaType(text: string): string {
  return (text.split(';')[0] ?? '').trim().toLowerCase();
}

/** Refuses a whole object in a form that is not read here. Patches have types of their own. */
export function checkBodyType(contentType: string): void {
  if (bodies.includes(mediaType(contentType))) return;
  const accepted = 'application/json, application/yaml';
  throw new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

/** Refuses who takes no answer that is given here: JSON. Who would take protobuf too is known to take JSON. */
export function checkAccepted(accept: string): void {
  if (accept === '' || accept.split(',').some((each) => answers.includes(mediaType(each)))) return;
  throw new ApiError('NotAcceptable', 'only the following media types are accepted: application/json');
}

/** Whether only the metadata of objects is wanted. */
export function isMetadataWanted(accept: string): boolean {
  return /as=PartialObjectMetadata(List)?(;|,|$)/.test(accept);
}
