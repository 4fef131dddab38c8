import type { Group } from '../exchange.ts';
import { functions, get, merge, oFunction, post, put, remove, widget, widgets } from '../request-builders.ts';

export const objectGroups: readonly Group[] = [
  {
    name: 'create',
    exchanges: [
      post('an object', widgets, widget('a1', { size: 1, colour: 'red' })),
      post('the same name again', widgets, widget('a1', { size: 1 })),
      post('with a status that is not for its maker to say', widgets, { ...widget('a2', { size: 1 }), status: { phase: 'Up' } }),
      post('without a kind', widgets, { metadata: { name: 'a3' } }, { differs: 'lenient' }),
      post('of another kind', widgets, { ...widget('a3'), kind: 'Gadget' }, { differs: 'code' }),
      post('in another namespace than the path', widgets, widget('a3', {}, { namespace: 'elsewhere' })),
      post('without a name', widgets, widget(''), { differs: 'message' }),
      post('with a name that is none', widgets, widget('Not_A_Name'), { differs: 'message' }),
      post('with a resourceVersion', widgets, widget('a3', {}, { resourceVersion: '5' }), { differs: 'code' }),
      post('in a namespace that is not there', '/apis/recorded.openfunction.io/v1/namespaces/nowhere-at-all/widgets', widget('a3')),
      post('of a kind that is not there', '/apis/recorded.openfunction.io/v1/namespaces/{ns}/gadgets', widget('a3'), {
        differs: 'page',
      }),
      post('in a version that is not there', '/apis/recorded.openfunction.io/v9/namespaces/{ns}/widgets', widget('a3'), {
        differs: 'page',
      }),
      post('from broken JSON', widgets, '{"a":', { differs: 'message' }),
      post('from a list', widgets, '[]', { differs: 'message' }),
      post('from something that is no JSON', widgets, 'x', { type: 'text/plain', differs: 'message' }),
      post('with an unknown field', widgets, widget('a4', { size: 1, sise: 2, nested: { deep: { z: 1 } } })),
      post('with an unknown field, ignored', `${widgets}?fieldValidation=Ignore`, widget('a5', { sise: 2 })),
      post('with an unknown field, strictly', `${widgets}?fieldValidation=Strict`, widget('a6', { sise: 2, size: 1 })),
      post('with two unknown fields, strictly', `${widgets}?fieldValidation=Strict`, widget('a6', { sise: 2, nested: { x: 1 } })),
      post('with a validation that does not exist', `${widgets}?fieldValidation=Maybe`, widget('a6'), { differs: 'message' }),
      post('as a dry run', `${widgets}?dryRun=All`, widget('a7', { size: 1 })),
      get('what a dry run did not make', `${widgets}/a7`),
      post('as a dry run of what is there', `${widgets}?dryRun=All`, widget('a1')),
      post('as a dry run that does not exist', `${widgets}?dryRun=Some`, widget('a7'), { differs: 'message' }),
    ],
  },
  {
    name: 'read',
    exchanges: [
      post('there is one', widgets, widget('b1', { size: 1, colour: 'red' })),
      get('an object', `${widgets}/b1`),
      get('one that is not there', `${widgets}/none`),
      get('a kind that is not there', '/apis/recorded.openfunction.io/v1/namespaces/{ns}/gadgets', { differs: 'page' }),
      get('a group that is not there', '/apis/nothing.openfunction.io/v1/widgets', { differs: 'page' }),
      get('a subresource that is not there', `${widgets}/b1/parts`, { differs: 'message' }),
      get('as a table', `${widgets}/b1`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io', differs: 'table' }),
      get('as a table without objects', `${widgets}/b1?includeObject=None`, {
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
        differs: 'table',
      }),
      get('as metadata alone', `${widgets}/b1`, { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' }),
      get('in a form that does not exist', `${widgets}/b1`, { accept: 'image/png', differs: 'message' }),
    ],
  },
  {
    name: 'replace',
    exchanges: [
      post('there is one', widgets, widget('c1', { size: 1, colour: 'red' }), {
        save: { version: '/metadata/resourceVersion', uid: '/metadata/uid' },
      }),
      put('it', `${widgets}/c1`, widget('c1', { size: 2 }, { resourceVersion: '{version}' }), {
        save: { next: '/metadata/resourceVersion' },
      }),
      put('from a stale version', `${widgets}/c1`, widget('c1', { size: 3 }, { resourceVersion: '{version}' })),
      put('without any change', `${widgets}/c1`, widget('c1', { size: 2 }, { resourceVersion: '{next}' })),
      put('with another uid', `${widgets}/c1`, widget('c1', { size: 4 }, { resourceVersion: '{next}', uid: 'other' }), {
        differs: 'message',
      }),
      put('with its uid', `${widgets}/c1`, widget('c1', { size: 4 }, { resourceVersion: '{next}', uid: '{uid}' }), {
        save: { last: '/metadata/resourceVersion' },
      }),
      put('with a resourceVersion that is none', `${widgets}/c1`, widget('c1', { size: 4 }, { resourceVersion: 'x' }), {
        differs: 'code',
      }),
      put('with another name', `${widgets}/c1`, widget('c2', { size: 4 }, { resourceVersion: '{last}' })),
      put('what is not there', `${widgets}/none`, widget('none', { size: 4 }, { resourceVersion: '1' }), { differs: 'message' }),
      put('as a dry run', `${widgets}/c1?dryRun=All`, widget('c1', { size: 5 }, { resourceVersion: '{last}' })),
      get('what a dry run left', `${widgets}/c1`),
      put(
        'labels do not count as a generation',
        `${widgets}/c1`,
        widget('c1', { size: 4 }, { resourceVersion: '{last}', labels: { a: 'b' } }),
        {
          save: { last: '/metadata/resourceVersion' },
        },
      ),
      put(
        'status',
        `${widgets}/c1/status`,
        { ...widget('c1', { size: 9 }, { resourceVersion: '{last}' }), status: { phase: 'Up' } },
        { save: { last: '/metadata/resourceVersion' }, differs: 'statusOwner' },
      ),
      put('status from a stale version', `${widgets}/c1/status`, {
        ...widget('c1', {}, { resourceVersion: '{version}' }),
        status: { phase: 'Down' },
      }),
      put(
        'status as a dry run',
        `${widgets}/c1/status?dryRun=All`,
        {
          ...widget('c1', {}, { resourceVersion: '{last}' }),
          status: { phase: 'Down' },
        },
        { differs: 'statusOwner' },
      ),
      put(
        'with an unknown field, strictly',
        `${widgets}/c1?fieldValidation=Strict`,
        widget('c1', { sise: 4 }, { resourceVersion: '{last}' }),
      ),
    ],
  },
  {
    name: 'delete',
    exchanges: [
      post('there is one', widgets, widget('d1', { size: 1 }), { save: { uid: '/metadata/uid' } }),
      remove(
        'with another uid',
        `${widgets}/d1`,
        { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } },
        { differs: 'message' },
      ),
      remove('as a dry run', `${widgets}/d1?dryRun=All`),
      get('what a dry run left', `${widgets}/d1`),
      remove('with its uid', `${widgets}/d1`, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: '{uid}' } }),
      get('what is gone', `${widgets}/d1`),
      remove('what is not there', `${widgets}/d1`),
      post('one with a finalizer', widgets, widget('d2', { size: 1 }, { finalizers: ['recorded.openfunction.io/keep'] })),
      remove('that one', `${widgets}/d2`),
      remove('it again', `${widgets}/d2`),
      merge('its spec may still change', `${widgets}/d2`, { spec: { size: 2 } }),
      merge(
        'no finalizer may join',
        `${widgets}/d2`,
        { metadata: { finalizers: ['recorded.openfunction.io/keep', 'recorded.openfunction.io/late'] } },
        { differs: 'message' },
      ),
      merge('the last finalizer lets it go', `${widgets}/d2`, { metadata: { finalizers: null } }),
      get('what its last finalizer let go', `${widgets}/d2`),
      post('some of a label', widgets, widget('d3', {}, { labels: { sweep: 'yes' } })),
      post('another of it', widgets, widget('d4', {}, { labels: { sweep: 'yes' } })),
      post('one without it', widgets, widget('d5', {}, { labels: { sweep: 'no' } })),
      remove('those of a label', `${widgets}?labelSelector=sweep%3Dyes`),
      get('what that left', `${widgets}?labelSelector=sweep`),
    ],
  },
  {
    name: 'validation of a Function',
    exchanges: [
      post('a whole one', functions, oFunction('e1', { image: 'registry.local/a:v1', serving: { scaleOptions: { maxReplicas: 3 } } })),
      post(
        'without spec',
        functions,
        { apiVersion: 'recorded.openfunction.io/v1beta2', kind: 'Function', metadata: { name: 'e2' } },
        { differs: 'message' },
      ),
      post('with neither build nor serving', functions, oFunction('e2', { image: 'i' }), { differs: 'message' }),
      post('with an image that is no text', functions, oFunction('e2', { image: 1, serving: {} }), { differs: 'message' }),
      post('with a replica count below zero', functions, oFunction('e2', { image: 'i', serving: { scaleOptions: { minReplicas: -1 } } }), {
        differs: 'message',
      }),
      post('with what a template may not set', functions, oFunction('e2', { image: 'i', serving: { template: { hostNetwork: true } } }), {
        differs: 'message',
      }),
      post('with a name of capitals', functions, oFunction('E2', { image: 'i', serving: {} }), { differs: 'message' }),
      merge('into an invalid one', `${functions}/e1`, { spec: { serving: { scaleOptions: { minReplicas: -1 } } } }, { differs: 'message' }),
      merge(
        'into an invalid one as a dry run',
        `${functions}/e1?dryRun=All`,
        { spec: { serving: { template: { hostNetwork: true } } } },
        { differs: 'message' },
      ),
      merge('with an unknown field, strictly', `${functions}/e1?fieldValidation=Strict`, { spec: { sservin: {} } }, { differs: 'message' }),
      post('with an unknown field', functions, oFunction('e3', { image: 'i', serving: {}, sservin: 1 })),
      get('what is stored', `${functions}/e1`),
    ],
  },
];
