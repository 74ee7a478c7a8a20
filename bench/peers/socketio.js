// socketio.js PORT REDIS_PORT: Socket.IO with the Redis adapter; a client that says "join" is
// in that room, and what its emitters publish to a room reaches it.
const { createServer } = require("http");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");
const { Server } = require("socket.io");

async function main() {
    const [port, redisPort] = process.argv.slice(2);
    const publisher = createClient({ url: `redis://127.0.0.1:${redisPort}` });
    const subscriber = publisher.duplicate();
    await Promise.all([publisher.connect(), subscriber.connect()]);

    const http = createServer();
    const io = new Server(http, {
        adapter: createAdapter(publisher, subscriber),
        transports: ["websocket"],
        perMessageDeflate: false,
    });
    io.on("connection", (socket) => {
        socket.on("join", (room) => {
            socket.join(room);
            socket.emit("joined", room);
        });
    });
    http.listen({ host: "127.0.0.1", port: Number(port), backlog: 4096 });
}

main();
