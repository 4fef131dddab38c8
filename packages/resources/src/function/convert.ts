import { alikeInBuild, buildFromStored, buildToStored } from '../convert/build.ts';
import { conversionOf, type Conversion } from '../convert/conversion.ts';
import { compact, fieldOf, isMap, picked } from '../convert/json.ts';
import { alikeInServing, servingFromStored, servingToStored } from '../convert/serving.ts';
import { functionKind, olderFunctionKind } from '../kinds.ts';

const alike = ['version', 'image', 'imageCredentials', 'workloadRuntime'];

export const functionConversion: Conversion = conversionOf({
  older: olderFunctionKind,
  stored: functionKind,
  alike: [
    ...alike.map((name) => [name]),
    ...alikeInBuild.map((name) => ['build', name]),
    ...alikeInServing.map((name) => ['serving', name]),
  ],
  toStored: (spec, annotations) => {
    const [build, serving] = [fieldOf(spec, 'build'), fieldOf(spec, 'serving')];
    return compact({
      ...picked(spec, alike),
      build: buildToStored(build),
      serving: isMap(serving) ? servingToStored(serving, picked(spec, ['port', 'route']), annotations) : serving,
    });
  },
  fromStored: (spec) => {
    const [build, serving] = [fieldOf(spec, 'build'), fieldOf(spec, 'serving')];
    const { older, entry } = isMap(serving) ? servingFromStored(serving) : { older: serving, entry: {} };
    return compact({ ...picked(spec, alike), ...entry, build: buildFromStored(build), serving: older });
  },
});
