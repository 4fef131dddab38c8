// Answers bit by bit, and tells who went away.
const { createHash } = require('node:crypto');
const { EventEmitter, once } = require('node:events');

const next = new EventEmitter();
let gone = 0;
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const paths = {
  // One event now, and one each time somebody asks for the next.
  '/events': async (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    for (let number = 1; number <= 3; number++) {
      res.write(`data: ${number}\n\n`);
      if (number < 3) await once(next, 'event');
    }
    res.end();
  },
  '/next': (req, res) => res.json({ listeners: next.emit('event') }),
  '/upload': (req, res) => res.json({ bytes: req.rawBody.length, sha256: createHash('sha256').update(req.rawBody).digest('hex') }),
  '/download': async (req, res) => {
    res.writeHead(200, { 'content-type': 'application/octet-stream' });
    const piece = Buffer.alloc(65_536, 'x');
    for (let left = Number(req.query.bytes); left > 0; left -= piece.length) {
      if (!res.write(piece.subarray(0, Math.min(left, piece.length)))) await once(res, 'drain');
    }
    res.end();
  },
  '/hang': async (req, res) => {
    res.on('close', () => gone++);
    res.writeHead(200, { 'content-type': 'text/plain' });
    res.write('begun');
    await once(res, 'close');
  },
  '/gone': (req, res) => res.json({ gone }),
  // A WebSocket that sends back what it is sent, in frames of less than 126 bytes.
  '/socket': async (req, res) => {
    const accept = createHash('sha1')
      .update(`${req.get('sec-websocket-key')}${guid}`)
      .digest('base64');
    res.writeHead(101, { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': accept });
    res.flushHeaders();
    const { socket } = req;
    socket.removeAllListeners('data');
    socket.on('data', (frame) => {
      const mask = frame.subarray(2, 6);
      const text = Buffer.from(frame.subarray(6, 6 + (frame[1] & 127)).map((byte, index) => byte ^ mask[index % 4]));
      socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
    });
    await once(res, 'close');
  },
};

exports.streams = (req, res) => (paths[req.path] ?? ((_req, _res) => res.status(404).end()))(req, res);
