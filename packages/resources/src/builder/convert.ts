import { alikeInBuild, buildFromStored, buildToStored } from '../convert/build.ts';
import { conversionOf, type Conversion } from '../convert/conversion.ts';
import { mapOf, picked } from '../convert/json.ts';
import { builderKind, olderBuilderKind } from '../kinds.ts';

const alike = ['image', 'imageCredentials', 'state'];

export const builderConversion: Conversion = conversionOf({
  older: olderBuilderKind,
  stored: builderKind,
  alike: [...alike, ...alikeInBuild].map((name) => [name]),
  toStored: (spec) => ({ ...picked(spec, alike), ...mapOf(buildToStored(spec)) }),
  fromStored: (spec) => ({ ...picked(spec, alike), ...mapOf(buildFromStored(spec)) }),
});
