import { conversionOf, type Conversion } from '../convert/conversion.ts';
import { picked } from '../convert/json.ts';
import { alikeInServing, servingFromStored, servingToStored } from '../convert/serving.ts';
import { olderServingKind, servingKind } from '../kinds.ts';

const alike = ['version', 'image', 'imageCredentials', 'workloadRuntime'];

export const servingConversion: Conversion = conversionOf({
  older: olderServingKind,
  stored: servingKind,
  alike: [...alike, ...alikeInServing].map((name) => [name]),
  toStored: (spec, annotations) => ({
    ...picked(spec, alike),
    ...servingToStored(spec, picked(spec, ['port']), annotations),
  }),
  fromStored: (spec) => {
    const { older, entry } = servingFromStored(spec);
    return { ...picked(spec, alike), ...older, ...picked(entry, ['port']) };
  },
});
