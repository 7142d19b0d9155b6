// Bun's own publish/subscribe (uWebSockets underneath).
// PORT, MESSAGE_FILE and HZ as in fastapi_peer.py.
const message = await Bun.file(process.env.MESSAGE_FILE ?? '').text();
const hz = Number(process.env.HZ ?? '1');

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response('ok');
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    open(socket) { socket.subscribe('prices'); },
    message() {},
  },
});

setInterval(() => { server.publish('prices', message); }, 1000 / hz);
