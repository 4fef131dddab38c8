import { cloudEvent, http, openfunction } from '@openfunction/functions-framework';

http('HelloHttp', (req, res) => res.json({ hello: req.params.name }), { path: '/hello/{name}' });
cloudEvent('FooEvent', (event) => ({ foo: event.data }), { path: '/foo/{name}' });
openfunction('BarOpen', (ctx) => ({ bar: ctx.req.params.name }), { path: '/bar/{name}', methods: ['GET', 'POST'] });
