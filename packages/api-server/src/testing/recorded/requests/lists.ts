import type { Group } from '../exchange.ts';
import { configMap, configMaps, get, merge, post, remove, widget, widgets } from '../request-builders.ts';

const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io', differs: 'table' } as const;
const watch = (query: string): string => `${widgets}?watch=true&timeoutSeconds=1&${query}`;

export const listGroups: readonly Group[] = [
  {
    name: 'list and select',
    exchanges: [
      get('nothing', `${widgets}?labelSelector=set%3Da`),
      post('the first', widgets, widget('a1', { colour: 'red' }, { labels: { set: 'a', tier: 'x' } })),
      post('the second', widgets, widget('a2', { colour: 'blue' }, { labels: { set: 'a' } })),
      post('the third', widgets, widget('a3', { colour: 'red' }, { labels: { set: 'a', tier: 'y' } })),
      get('by label', `${widgets}?labelSelector=set%3Da`),
      get('by two labels', `${widgets}?labelSelector=set%3Da,tier%3Dx`),
      get('by a set of values', `${widgets}?labelSelector=tier%20in%20(x,y)`),
      get('by none of a set', `${widgets}?labelSelector=set%3Da,tier%20notin%20(x)`),
      get('by a label that is there', `${widgets}?labelSelector=tier`),
      get('by a label that is not', `${widgets}?labelSelector=set,!tier`),
      get('by inequality', `${widgets}?labelSelector=set%3Da,tier!%3Dx`),
      get('by what is no selector', `${widgets}?labelSelector=a%3D%3D%3Db`, { differs: 'message' }),
      get('by name', `${widgets}?fieldSelector=metadata.name%3Da1`),
      get('by every name but one', `${widgets}?labelSelector=set&fieldSelector=metadata.name!%3Da1`),
      get('by namespace', `${widgets}?labelSelector=set&fieldSelector=metadata.namespace%3D{ns}`),
      get('by another namespace', `${widgets}?fieldSelector=metadata.namespace%3Delsewhere`),
      get('by a field that the kind declares', `${widgets}?fieldSelector=spec.colour%3Dred`),
      get('by a field that it does not declare', `${widgets}?fieldSelector=spec.size%3D1`),
      get('as a table', `${widgets}?labelSelector=set%3Da`, table),
      get('the first page', `${widgets}?labelSelector=set%3Da&limit=2`, { save: { next: '/metadata/continue' } }),
      get('the next page', `${widgets}?labelSelector=set%3Da&limit=2&continue={next}`),
      get('a page of a token that is none', `${widgets}?limit=2&continue=nonsense`, { differs: 'message' }),
      get('a limit that is no number', `${widgets}?limit=x`, { differs: 'message' }),
      get('all namespaces', '/apis/recorded.openfunction.io/v1/widgets?labelSelector=set%3Da,tier%3Dx'),
      post('a ConfigMap', configMaps, configMap('a4', { a: '1' }, {})),
      get('ConfigMaps by name', `${configMaps}?fieldSelector=metadata.name%3Da4`, { differs: 'items' }),
      get('ConfigMaps by a field that none may select', `${configMaps}?fieldSelector=data.a%3D1`),
    ],
  },
  {
    name: 'watch',
    exchanges: [
      post('there is one', widgets, widget('b1', { size: 1, colour: 'red' }, { labels: { seen: 'yes' } }), {
        save: { from: '/metadata/resourceVersion' },
      }),
      get('what is there', watch('labelSelector=seen%3Dyes')),
      merge('it changes', `${widgets}/b1`, { spec: { size: 2 } }, { save: { middle: '/metadata/resourceVersion' } }),
      get('from before the change', watch('labelSelector=seen%3Dyes&resourceVersion={from}')),
      get('from the change on', watch('labelSelector=seen%3Dyes&resourceVersion={middle}')),
      merge('it leaves the selection', `${widgets}/b1`, { metadata: { labels: { seen: 'no' } } }),
      get('what left the selection', watch('labelSelector=seen%3Dyes&resourceVersion={middle}')),
      merge('it comes back', `${widgets}/b1`, { metadata: { labels: { seen: 'yes' } } }, { save: { late: '/metadata/resourceVersion' } }),
      get('what left and came back', watch('labelSelector=seen%3Dyes&resourceVersion={middle}')),
      merge('its field changes', `${widgets}/b1`, { spec: { colour: 'blue' } }),
      get('what left the selection of a field', watch('fieldSelector=spec.colour%3Dred,metadata.name%3Db1&resourceVersion={late}')),
      remove('it goes', `${widgets}/b1`),
      get('its end', watch('labelSelector=seen%3Dyes&resourceVersion={late}')),
      get('a version that is forgotten', `${widgets}?watch=true&timeoutSeconds=1&resourceVersion=1`),
      get('a version that is none', `${widgets}?watch=true&timeoutSeconds=1&resourceVersion=x`, { differs: 'code' }),
      get('a field that the kind does not declare', watch('fieldSelector=spec.size%3D1')),
      get('a list of a version that is none', `${widgets}?resourceVersion=x`, { differs: 'message' }),
    ],
  },
];
