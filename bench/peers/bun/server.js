// Bun's WebSocket server (uWebSockets) with its own `publish`. Run by `cargo xtask bench`; settings
// come from the environment:
//   PORT          where to listen on 127.0.0.1
//   MESSAGE_FILE  the text message
// Every line on standard input sends the message to all sockets; at its end the program ends.

const message = await Bun.file(process.env.MESSAGE_FILE).text();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("WebSocket only", { status: 426 });
  },
  websocket: {
    idleTimeout: 0,
    sendPings: false,
    perMessageDeflate: false,
    open(socket) {
      socket.subscribe("prices");
    },
    message() {},
  },
});

for await (const _line of console) {
  server.publish("prices", message);
}
process.exit();
