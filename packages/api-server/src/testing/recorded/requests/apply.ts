import type { Group } from '../exchange.ts';
import { apply, applyAt, get, json, merge, post, put, widget, widgets } from '../request-builders.ts';

const env = (...names: string[]): object[] => names.map((name) => ({ name, value: name.toLowerCase() }));

export const applyGroups: readonly Group[] = [
  {
    name: 'apply makes, changes and removes',
    exchanges: [
      apply('a new object', 'one', widget('a1', { size: 1, colour: 'red', nested: { deep: { x: 1, y: 2 } } })),
      apply('the same again', 'one', widget('a1', { size: 1, colour: 'red', nested: { deep: { x: 1, y: 2 } } })),
      apply('one field less', 'one', widget('a1', { size: 1, nested: { deep: { x: 1, y: 2 } } })),
      apply('one field less, deep', 'one', widget('a1', { size: 1, nested: { deep: { x: 1 } } })),
      apply('a whole branch less', 'one', widget('a1', { size: 1 })),
      apply('another manager, other fields', 'two', widget('a1', { colour: 'blue', note: 'two' })),
      apply('another manager, nothing any more', 'two', widget('a1')),
      apply('nothing at all', 'one', widget('a1')),
      get('what is left', `${widgets}/a1`),
      apply('an empty map', 'one', widget('a1', {})),
      apply('a map in an open field', 'one', widget('a1', { any: { a: { b: 1 }, list: [1, 2] } })),
      apply('less in an open field', 'one', widget('a1', { any: { a: {} } }), { differs: 'emptied' }),
    ],
  },
  {
    name: 'apply meets the fields of others',
    exchanges: [
      apply('one makes it', 'one', widget('b1', { size: 1, colour: 'red', limits: { cpu: '1' } })),
      apply('two wants another value', 'two', widget('b1', { size: 2 })),
      apply('two wants two other values', 'two', widget('b1', { size: 2, limits: { cpu: '2' } })),
      apply('two wants the same value', 'two', widget('b1', { size: 1 })),
      apply('one changes what both own', 'one', widget('b1', { size: 3, colour: 'red' })),
      apply('three meets two owners of one field', 'three', widget('b1', { size: 9, colour: 'green' })),
      apply('one gives up what both own', 'one', widget('b1', { colour: 'red' })),
      apply('two takes all by force', 'two', widget('b1', { size: 5, colour: 'blue' }), { force: true }),
      apply('one asks for what it lost', 'one', widget('b1', { colour: 'red' })),
      apply('one gives up what it lost', 'one', widget('b1')),
      merge('three writes the same field plainly', `${widgets}/b1?fieldManager=three`, { spec: { size: 6 } }),
      apply('two meets a plain writer', 'two', widget('b1', { size: 7, colour: 'blue' })),
      apply('two gives up what it lost to a plain writer', 'two', widget('b1', { colour: 'blue' })),
      get('who owns what in the end', `${widgets}/b1`),
    ],
  },
  {
    name: 'apply over plain writes',
    exchanges: [
      post('maker creates', `${widgets}?fieldManager=maker`, widget('c1', { size: 1, nested: { deep: { x: 1 } }, env: env('A') })),
      apply('one meets the maker', 'one', widget('c1', { size: 2 })),
      apply('one wants what is there', 'one', widget('c1', { size: 1, env: env('A') })),
      apply('one gives it up, the maker still has it', 'one', widget('c1')),
      apply('the maker applies over its own plain write', 'maker', widget('c1', { size: 4 })),
      apply('the maker forces it', 'maker', widget('c1', { size: 4 }), { force: true }),
      merge('changer changes and adds', `${widgets}/c1?fieldManager=changer`, { spec: { note: 'n', nested: { deep: { x: 2, y: 3 } } } }),
      merge('changer removes what the maker made', `${widgets}/c1?fieldManager=changer`, { spec: { env: null } }),
      apply('one takes two of the fields by force', 'one', widget('c1', { note: 'one', nested: { deep: { x: 9 } } }), { force: true }),
      apply('one gives up one of them', 'one', widget('c1', { nested: { deep: { x: 9 } } })),
      get('who owns what in the end', `${widgets}/c1`),
    ],
  },
  {
    name: 'apply merges lists by key',
    exchanges: [
      apply('one has A, B and C', 'one', widget('d1', { env: env('A', 'B', 'C') })),
      apply('two adds D before B', 'two', widget('d1', { env: env('D', 'B') })),
      apply('one reorders', 'one', widget('d1', { env: env('C', 'A', 'B') })),
      apply('one gives up B, two still has it', 'one', widget('d1', { env: env('C', 'A') })),
      apply('two conflicts inside an element', 'two', widget('d1', { env: [...env('D', 'B'), { name: 'A', value: 'other' }] })),
      apply('two owns another field of the same element', 'two', widget('d1', { env: [...env('D', 'B'), { name: 'A', when: 'now' }] })),
      apply('one gives up A, where two has a field', 'one', widget('d1', { env: env('C') })),
      apply(
        'two keys',
        'one',
        widget('d2', {
          ports: [
            { port: 80, protocol: 'TCP', name: 'web' },
            { port: 80, protocol: 'UDP' },
          ],
        }),
      ),
      apply('a conflict in an element of two keys', 'two', widget('d2', { ports: [{ port: 80, protocol: 'TCP', name: 'other' }] })),
      apply('another element', 'two', widget('d2', { ports: [{ port: 443, protocol: 'TCP' }] })),
      apply('one removes its elements', 'one', widget('d2')),
      apply('an empty list', 'one', widget('d3', { env: [] })),
      apply('elements from an empty list', 'one', widget('d3', { env: env('A') })),
      apply('two reorders what one made', 'two', widget('d1', { env: env('B', 'D') })),
      merge('a plain write takes the whole list', `${widgets}/d1?fieldManager=plain`, { spec: { env: env('Z', 'C') } }),
      apply('one after its elements went', 'one', widget('d1', { env: env('C') })),
    ],
  },
  {
    name: 'apply takes sets by value, other lists and atomic maps whole',
    exchanges: [
      apply('one makes them', 'one', widget('e1', { tags: ['x', 'y'], args: ['a'], selector: { app: 'x' } })),
      apply('two adds to the set', 'two', widget('e1', { tags: ['z', 'y'] })),
      apply('two wants another list', 'two', widget('e1', { args: ['b'] })),
      apply('two wants another selector', 'two', widget('e1', { selector: { tier: 'x' } })),
      apply('two takes list and selector', 'two', widget('e1', { args: ['b', 'c'], selector: { tier: 'x' } }), { force: true }),
      apply('one applies its set alone', 'one', widget('e1', { tags: ['x'] })),
      apply('one applies nothing', 'one', widget('e1')),
      apply('two applies nothing', 'two', widget('e1')),
    ],
  },
  {
    name: 'apply of metadata',
    exchanges: [
      apply('labels and annotations of one', 'one', widget('f1', undefined, { labels: { a: '1' }, annotations: { 'x.y/z': '1' } })),
      apply('labels of two', 'two', widget('f1', undefined, { labels: { b: '2' } })),
      apply('two wants the label of one', 'two', widget('f1', undefined, { labels: { a: '2', b: '2' } })),
      apply('a finalizer of one', 'one', widget('f1', undefined, { labels: { a: '1' }, finalizers: ['recorded.openfunction.io/one'] })),
      apply('a finalizer of two', 'two', widget('f1', undefined, { labels: { b: '2' }, finalizers: ['recorded.openfunction.io/two'] })),
      apply('one takes its finalizer away', 'one', widget('f1', undefined, { labels: { a: '1' } })),
      apply('two takes its finalizer away', 'two', widget('f1', undefined, { labels: { b: '2' } })),
      apply('one gives up its label', 'one', widget('f1')),
    ],
  },
  {
    name: 'owners as a field',
    exchanges: [
      apply('one makes it', 'one', widget('g1', { size: 1, note: 'n' })),
      json('its owner is renamed', `${widgets}/g1?fieldManager=editor`, [
        { op: 'replace', path: '/metadata/managedFields/0/manager', value: 'heir' },
      ]),
      apply('one meets the heir', 'one', widget('g1', { size: 2 })),
      json('its owners are reset', `${widgets}/g1?fieldManager=editor`, [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }]),
      merge('a plain write of an object without owners', `${widgets}/g1?fieldManager=plain`, { spec: { size: 3 } }),
      apply('an apply to an object without owners', 'one', widget('g1', { size: 4 })),
      apply('the same by force', 'one', widget('g1', { size: 4 }), { force: true }),
      merge('owners set to null change nothing', `${widgets}/g1?fieldManager=editor`, { metadata: { managedFields: null } }),
      applyAt('owners in an apply', `${widgets}/g1?fieldManager=one`, widget('g1', { size: 4 }, { managedFields: [] })),
      get('who owns what in the end', `${widgets}/g1`),
    ],
  },
  {
    name: 'apply that is refused',
    exchanges: [
      applyAt('without a manager', `${widgets}/h1`, widget('h1', { size: 1 }), { differs: 'message' }),
      applyAt('another name than the path', `${widgets}/h1?fieldManager=one`, widget('h2', { size: 1 })),
      applyAt('another kind than the path', `${widgets}/h1?fieldManager=one`, { ...widget('h1'), kind: 'Gadget' }, { differs: 'message' }),
      applyAt('no object', `${widgets}/h1?fieldManager=one`, '[1]', { differs: 'message' }),
      applyAt('broken YAML', `${widgets}/h1?fieldManager=one`, 'a: [', { differs: 'message' }),
      applyAt(
        'a resourceVersion of an object that is not there',
        `${widgets}/h1?fieldManager=one`,
        widget('h1', {}, { resourceVersion: '1' }),
        { differs: 'ghost' },
      ),
      applyAt(
        'into a namespace that is not there',
        '/apis/recorded.openfunction.io/v1/namespaces/nowhere-at-all/widgets/h1?fieldManager=one',
        {
          ...widget('h1', { size: 1 }),
        },
      ),
      applyAt(
        'YAML is taken',
        `${widgets}/h3?fieldManager=one`,
        'apiVersion: recorded.openfunction.io/v1\nkind: Widget\nmetadata:\n  name: h3\nspec:\n  size: 1\n',
      ),
      applyAt('force that is no truth value', `${widgets}/h3?fieldManager=one&force=x`, widget('h3', { size: 1 })),
      applyAt('a manager with a name too long', `${widgets}/h3?fieldManager=${'x'.repeat(129)}`, widget('h3', { size: 1 }), {
        differs: 'message',
      }),
    ],
  },
  {
    name: 'status and its owners',
    exchanges: [
      apply('one makes it', 'one', widget('i1', { size: 1 })),
      merge('reporter tells a phase', `${widgets}/i1/status?fieldManager=reporter`, { status: { phase: 'Up' } }),
      applyAt('teller applies another phase', `${widgets}/i1/status?fieldManager=teller`, { ...widget('i1'), status: { phase: 'Down' } }),
      applyAt('teller applies it by force', `${widgets}/i1/status?fieldManager=teller&force=true`, {
        ...widget('i1'),
        status: { phase: 'Down' },
      }),
      applyAt('a condition by key', `${widgets}/i1/status?fieldManager=teller`, {
        ...widget('i1'),
        status: { phase: 'Down', conditions: [{ type: 'Ready', status: 'True' }] },
      }),
      applyAt('a condition of another', `${widgets}/i1/status?fieldManager=other`, {
        ...widget('i1'),
        status: { conditions: [{ type: 'Warm', status: 'False' }] },
      }),
      apply('an apply with status leaves it', 'one', { ...widget('i1', { size: 2 }), status: { phase: 'Sideways' } }),
      put(
        'a plain write with status leaves it',
        `${widgets}/i1?fieldManager=plain`,
        { ...widget('i1', { size: 3 }), status: { phase: 'Sideways' } },
        { differs: 'message' },
      ),
      applyAt('status of what is not there', `${widgets}/i2/status?fieldManager=teller`, { ...widget('i2'), status: { phase: 'Down' } }),
      get('who owns what in the end', `${widgets}/i1`),
      get('status alone', `${widgets}/i1/status`),
    ],
  },
];
