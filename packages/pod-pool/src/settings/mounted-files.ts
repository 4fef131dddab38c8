import { type Serving, functionContainer, type ConfigSource, type ConfigReference } from '@openfunction/resources';

export interface MountedFiles {
  /** Below the work folder; the content is base64. */
  files: { path: string; content: string }[];
  missing: ConfigReference[];
}

type Volume = NonNullable<NonNullable<Serving['spec']['template']>['volumes']>[number];

/** The Secrets and ConfigMaps that the function's container mounts, as files below its work folder: `/etc/x` is `etc/x` there. */
export function mountedFiles(serving: Serving, source: ConfigSource): MountedFiles {
  const result: MountedFiles = { files: [], missing: [] };
  const volumes = new Map((serving.spec.template?.volumes ?? []).map((volume) => [volume.name, volume]));
  for (const { name, mountPath, subPath } of functionContainer(serving)?.container.volumeMounts ?? []) {
    const volume = volumes.get(name);
    if (volume === undefined) continue;
    const folder = mountPath.replace(/^\/+/, '').replace(/\/+$/, '');
    for (const file of filesOf(volume, serving.metadata.namespace ?? '', source, result.missing)) {
      if (subPath === undefined) result.files.push({ path: `${folder}/${file.path}`, content: file.content });
      else if (file.path === subPath) result.files.push({ path: folder, content: file.content });
      else if (file.path.startsWith(`${subPath}/`))
        result.files.push({ path: folder + file.path.slice(subPath.length), content: file.content });
    }
  }
  return result;
}

function filesOf(volume: Volume, namespace: string, source: ConfigSource, missing: ConfigReference[]): MountedFiles['files'] {
  const kind = volume.secret === undefined ? 'ConfigMap' : 'Secret';
  const given = volume.secret ?? volume.configMap;
  const name = volume.secret?.secretName ?? volume.configMap?.name;
  if (given === undefined || name === undefined) return [];
  const values = source.get(kind, { namespace, name });
  const optional = given.optional === true;
  if (values === undefined) {
    if (!optional) missing.push({ kind, name });
    return [];
  }
  const items = given.items ?? Object.keys(values).map((key) => ({ key, path: key }));
  return items.flatMap(({ key, path }) => {
    const value = values[key];
    if (value === undefined && !optional) missing.push({ kind, name, key });
    return value === undefined ? [] : [{ path, content: value.toString('base64') }];
  });
}
