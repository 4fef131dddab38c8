const { http } = require('@openfunction/functions-framework');

http('Foo', (req, res) => res.json({ hello: 'foo!' }), { path: '/foo' });
http('Bar', (req, res) => res.type('text/plain').send('Hello, bar!'), { path: '/bar' });
