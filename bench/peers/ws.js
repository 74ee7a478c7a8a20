// ws.js PORT REDIS_PORT: what one writes by hand, with ws and ioredis: a Redis channel for each
// room, and a loop over its sockets for each message.
const { createServer } = require("http");
const Redis = require("ioredis");
const { WebSocketServer } = require("ws");

const [port, redisPort] = process.argv.slice(2);
const rooms = new Map();
const redis = new Redis({ host: "127.0.0.1", port: Number(redisPort) });

redis.on("message", (channel, message) => {
    for (const socket of rooms.get(channel) ?? [])
        socket.send(message);
});

async function join(socket, room) {
    const channel = `live:{${room}}`;
    let members = rooms.get(channel);

    if (!members) {
        members = new Set();
        members.ready = redis.subscribe(channel);
        rooms.set(channel, members);
    }

    members.add(socket);
    socket.on("close", () => members.delete(socket));
    socket.on("error", () => socket.terminate());

    await members.ready;
    socket.send("joined");
}

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on("connection", (socket, request) => {
    join(socket, new URL(request.url, "http://bench").searchParams.get("room"));
});
// Not before: subscriptions made while ioredis is still connecting get lost now and then.
redis.once("ready", () => http.listen({ host: "127.0.0.1", port: Number(port), backlog: 4096 }));
