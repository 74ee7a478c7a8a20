#include "gateway/options_table.h"

#include "base/bucket.h"
#include "gateway/upgrade.h"
#include "schema/message.h"
#include "schema/room.h"

#define AT(member, value_type) .offset = SETTING_OFFSET(struct option_values, member, value_type)

#define HEADING(title)                           \
    {                                            \
        .type = SETTING_HEADING, .help = (title) \
    }
#define COMMAND(title, member, meaning)                                                    \
    {                                                                                      \
        .name = (title), .type = SETTING_FLAG, .flags = SETTING_COMMAND, AT(member, bool), \
        .help = (meaning)                                                                  \
    }
/* What follows the help are more designated members of the row: RELOADABLE. */
#define RELOADABLE .flags = SETTING_RELOADABLE
#define FLAG(title, member, ...)                                                     \
    {                                                                                \
        .name = (title), .type = SETTING_FLAG, AT(member, bool), .help = __VA_ARGS__ \
    }
#define TEXT(title, member, value, sign, longest, ...)                                  \
    {                                                                                   \
        .name = (title), .type = SETTING_TEXT, .fallback = (value), .argument = (sign), \
        .max = (longest), AT(member, char *), .help = __VA_ARGS__                       \
    }
#define LIST(title, member, value, sign, ...)                                           \
    {                                                                                   \
        .name = (title), .type = SETTING_LIST, .fallback = (value), .argument = (sign), \
        AT(member, struct text_list), .help = __VA_ARGS__                               \
    }
#define CHOICE(title, member, value, all, ...)                                          \
    {                                                                                   \
        .name = (title), .type = SETTING_CHOICE, .fallback = (value), .choices = (all), \
        AT(member, int), .help = __VA_ARGS__                                            \
    }
#define INTEGER(title, member, value, least, most, ...)                                \
    {                                                                                  \
        .name = (title), .type = SETTING_INTEGER, .fallback = (value), .min = (least), \
        .max = (most), AT(member, int64_t), .help = __VA_ARGS__                        \
    }
#define PER_MINUTE(title, member, value, meaning) \
    INTEGER(title, member, value, 0, BUCKET_MAX_PER_MINUTE, meaning, RELOADABLE)
#define DURATION(title, member, value, least, most, ...)                                \
    {                                                                                   \
        .name = (title), .type = SETTING_DURATION, .fallback = (value), .min = (least), \
        .max = (most), AT(member, uint64_t), .help = __VA_ARGS__                        \
    }
#define SIZE(title, member, value, least, most, ...)                                 \
    {                                                                                \
        .name = (title), .type = SETTING_BYTES, .fallback = (value), .min = (least), \
        .max = (most), AT(member, uint64_t), .help = __VA_ARGS__                     \
    }
#define BANNER(constant, title, value) \
    TEXT(title, banners[BANNER_##constant], value, "TEXT", 200, HELP_##constant, RELOADABLE),

#define WORKERS_MAX 64

#define MS INT64_C(1)
#define SECONDS (1000 * MS)
#define MINUTES (60 * SECONDS)
#define HOURS (60 * MINUTES)
#define DAYS (24 * HOURS)
#define KB INT64_C(1024)
#define MB (1024 * KB)
#define GB (1024 * MB)

#define HELP_JOIN "what viewers are shown when {name} comes in"
#define HELP_JOINS "when several come in at once: {count}, of whom {others} besides {name}"
#define HELP_LEAVE "when {name} leaves"
#define HELP_FOLLOW "when {name} follows the room"
#define HELP_BUY "when {name} buys {goods}"
#define HELP_GUEST "the name of a viewer without one"

static const struct setting rows[] = {
    HEADING("Commands"),
    COMMAND("help", help, "explain all settings and exit"),
    COMMAND("version", version, "print the version and exit"),
    COMMAND("check-config", check_config, "exit with 0 if the settings are good, with 2 if not"),
    COMMAND("print-config", print_config, "print the settings in use, without secrets, and exit"),
    COMMAND("help-markdown", help_markdown, "print the tables of docs/configuration.md and exit"),
    {.name = "config",
     .type = SETTING_TEXT,
     .flags = SETTING_CONFIG,
     .argument = "FILE",
     AT(config, char *),
     .help = "a file of settings, a line `name = value` each"},

    HEADING("Process"),
    INTEGER("workers", workers, "1", 1, WORKERS_MAX,
            "threads that serve clients, each on a core of its own and a gateway of its own; more "
            "than one needs `redis`, where they meet"),

    HEADING("Clients"),
    TEXT("listen", listen, "127.0.0.1:8080", "ADDRESS", 64, "where viewers connect"),
    TEXT(
        "tls-cert", tls_cert, "", "FILE", 1024,
        "PEM; with it viewers speak TLS (wss://): the gateway's certificate, then those between it "
        "and the authority. `internal-listen` stays plain",
        RELOADABLE),
    TEXT("tls-key", tls_key, "", "FILE", 1024, "PEM; its private key, without a password",
         RELOADABLE),
    FLAG("open-access", open_access,
         "let everybody send on any address; without it viewers may send only where `listen` is a "
         "loopback address, elsewhere they watch. Not with keys for tokens, which say who may"),
    LIST("allowed-origins", allowed_origins, "", "LIST",
         "web pages that may connect, like https://shop.example; empty: any. Clients that send no "
         "Origin always may",
         RELOADABLE),
    LIST("subprotocols", subprotocols, "", "LIST",
         "names that clients may offer, besides ours, protocol1 and chat: the first known one is "
         "echoed",
         RELOADABLE),
    CHOICE("default-dialect", default_dialect, "live", "live|plain",
           "how a client speaks whose address and subprotocol do not tell"),
    LIST("path-dialects", path_dialects, "*/webSocketServer.mn=plain", "LIST",
         "how clients of a path speak: PATTERN=DIALECT, where * stands for any text"),
    TEXT("default-room", default_room, "lobby", "ROOM", ROOM_ID_MAX,
         "the room of clients that cannot name one; empty: none"),
    SIZE("max-message", max_message, "16KB", 64, MESSAGE_MAX_BYTES,
         "the largest message a client may send; a larger one closes its connection with 1009",
         RELOADABLE),
    INTEGER("max-fragments", max_fragments, "128", 1, 65535,
            "how many frames a client may cut a message into; more close its connection with 1008",
            RELOADABLE),
    INTEGER("max-rooms", max_rooms, "100", 1, 10000,
            "how many rooms a client of v1 may be in at once; more joins are refused", RELOADABLE),
    INTEGER("max-sessions", max_sessions, "100000", 0, 10000000,
            "how many clients may be connected to one worker; more are told to try again later, "
            "with 503. 0: no limit",
            RELOADABLE),
    INTEGER("connections-per-address", connections_per_address, "0", 0, 1000000,
            "how many connections one IPv4 address, or one /64 of IPv6, may have to one worker; "
            "more are refused with 429. Many phones can share an address. 0: no limit",
            RELOADABLE),
    LIST("trusted-proxies", trusted_proxies, "", "LIST",
         "addresses and ranges like 10.0.0.0/8 of proxies in front of this gateway: they are not "
         "counted, but who is behind them, as their X-Forwarded-For says",
         RELOADABLE),
    SIZE("max-header-bytes", max_header_bytes, "4KB", 512, UPGRADE_MAX_BYTES,
         "the largest upgrade request, with its headers; a larger one is refused with 431",
         RELOADABLE),
    DURATION("handshake-timeout", handshake_timeout, "5s", 100 * MS, 5 * MINUTES,
             "for a whole upgrade request, and the TLS handshake before it", RELOADABLE),
    INTEGER("accepts-per-second", accepts_per_second, "0", 0, 1000000,
            "how many connections are taken in a second, the rest wait: for when all come back at "
            "once; 0: no limit",
            RELOADABLE),
    DURATION("ping-interval", ping_interval, "25s", 100 * MS, 10 * MINUTES,
             "how often a silent client is asked whether it is there; gone after two without an "
             "answer. Proxies often cut what is silent for 60s",
             RELOADABLE),
    SIZE("memory-limit", memory_limit, "0", 0, 1024 * GB,
         "what clients may make this gateway hold by not reading; above three quarters of it the "
         "slowest are closed and new ones refused. 0: a quarter of the memory it may use",
         RELOADABLE),
    DURATION("slow-seconds", slow_seconds, "30s", 1 * SECONDS, 10 * MINUTES,
             "a client whose socket takes nothing, or that stays far behind, for so long is closed "
             "with 4408",
             RELOADABLE),

    HEADING("Limits of one client"),
    PER_MINUTE("messages-per-minute", messages_per_minute, "600",
               "chat messages and follows; what is over is dropped, and clients of v1 are told; "
               "0: no limit"),
    PER_MINUTE("likes-per-minute", likes_per_minute, "1200", "messages of likes; 0: no limit"),
    PER_MINUTE("joins-per-minute", joins_per_minute, "1200",
               "joins, and pings that bring a token; 0: no limit"),
    PER_MINUTE("commands-per-minute", commands_per_minute, "6000",
               "what changes the shelf, and what only backends may send; 0: no limit"),
    DURATION("command-burst", command_burst, "5s", 0, BUCKET_MAX_BURST_MS,
             "after a silence a client may send what is allowed in so long at once", RELOADABLE),
    PER_MINUTE("refusals-per-minute", refusals_per_minute, "100",
               "a client of v1 that is told `too_many` more often is closed with 4429; 0: never"),

    HEADING("Tokens"),
    {.name = "token-secret",
     .type = SETTING_TEXT,
     .flags = SETTING_SECRET | SETTING_RELOADABLE,
     .argument = "SECRET",
     .max = 1024,
     AT(token_secret, char *),
     .help = "verifies tokens of HS256; 32 bytes or more. With this or one of the next two clients "
             "need a token"},
    TEXT("token-key-file", token_key_file, "", "FILE", 1024,
         "public keys in PEM: RSA for RS256, EC on P-256 for ES256, Ed25519 for EdDSA", RELOADABLE),
    TEXT("token-jwks", token_jwks, "", "FILE", 1024,
         "a JWK set, whose keys tokens name by `kid`; of the same types, and oct for HS256",
         RELOADABLE),
    TEXT("token-audience", token_audience, "", "NAME", 256,
         "what the claim `aud` of a token has to contain; empty: it is not looked at", RELOADABLE),
    CHOICE("anonymous", anonymous, "none", "none|viewer",
           "what a client without a token may do where there are keys: nothing, or watch",
           RELOADABLE),
    FLAG("single-session", single_session,
         "a viewer, known by a token, has one session in a room: an older one is closed with 4409 "
         "when it joins again, on any gateway",
         RELOADABLE),

    HEADING("Rooms"),
    INTEGER("history", history, "1000", 1, 1000000, "messages kept for each room"),
    DURATION("room-ttl", room_ttl, "7d", 1 * MINUTES, 365 * DAYS,
             "how long a room is remembered after its last message"),
    INTEGER("room-log", room_log, "256", 16, 65536,
            "messages a viewer may lag behind; kept in memory for each room with viewers"),
    SIZE("room-log-bytes", room_log_bytes, "256KB", 64 * KB, 64 * MB, "and no more than this"),
    SIZE("room-logs-bytes", room_logs_bytes, "256MB", 64 * KB, 1024 * GB,
         "and for all rooms of this gateway together, which is at most a quarter of "
         "`memory-limit`: the rooms that have been quiet longest give up theirs",
         RELOADABLE),
    DURATION("leave-grace", leave_grace, "10s", 0, 10 * MINUTES,
             "a viewer whose connection breaks and who is back in time has never been away",
             RELOADABLE),
    INTEGER("big-room", big_room, "100", 0, 1000000,
            "with more viewers than this, those who come within a tick are announced together, "
            "and with thousands, within up to a second",
            RELOADABLE),
    PER_MINUTE("room-messages-per-minute", room_messages_per_minute, "6000",
               "chat messages and follows of all of a room's clients on one worker; what is over "
               "is left out, and clients of v1 are told; 0: no limit"),
    DURATION("tick", tick, "200ms", 10 * MS, 5 * SECONDS,
             "likes are summed for this long; before thousands see them, for up to a second",
             RELOADABLE),

    HEADING("Restarts"),
    DURATION("drain-delay", drain_delay, "5s", 0, 10 * MINUTES,
             "told to stop, the gateway is no longer ready but serves on for this long, until no "
             "new clients are sent to it",
             RELOADABLE),
    DURATION("drain-seconds", drain_seconds, "20s", 0, 10 * MINUTES,
             "then its clients are sent away one after another over this long; 0: all at once",
             RELOADABLE),

    HEADING("Texts"),
    BANNERS(BANNER)

        HEADING("Redis"),
    {.name = "redis",
     .type = SETTING_TEXT,
     .flags = SETTING_URL,
     .argument = "URL",
     .max = 1024,
     AT(redis, char *),
     .help =
         "redis://[user:password@]host:port[/db], rediss:// for TLS, or "
         "sentinel://[user:password@]host:port,host:port/master[/db], sentinels:// for TLS to all "
         "of them; empty: rooms are in this process only"},
    TEXT("redis-ca-file", redis_ca_file, "", "FILE", 1024,
         "PEM; which authorities are trusted for rediss:// and sentinels://; empty: the system's"),
    {.name = "redis-sentinel-auth",
     .type = SETTING_TEXT,
     .flags = SETTING_SECRET,
     .argument = "AUTH",
     .max = 640,
     AT(redis_sentinel_auth, char *),
     .help = "[user:]password for the sentinels, if they have their own; empty: as in `redis`"},
    TEXT("redis-prefix", redis_prefix, "live", "TEXT", ROOM_PREFIX_MAX,
         "what all names in Redis begin with"),
    TEXT("region", region, "local", "NAME", 32,
         "where this gateway is; part of a message's origin"),

    HEADING("Internal API"),
    TEXT("internal-listen", internal_listen, "127.0.0.1:8081", "ADDRESS", 64,
         "where backends publish and probes ask, never for viewers"),
    {.name = "internal-key",
     .type = SETTING_TEXT,
     .flags = SETTING_SECRET | SETTING_RELOADABLE,
     .argument = "KEY",
     .max = 256,
     AT(internal_key, char *),
     .help = "who has it may publish, moderate and read; without one that is open where "
             "`internal-listen` is a loopback address, and closed elsewhere"},

    HEADING("Log"),
    CHOICE("log-level", log_level, "info", "error|warn|info|debug", "the least that is logged",
           RELOADABLE),
    CHOICE("log-format", log_format, "text", "text|json", "one line or one object for each"),
};

const struct settings_table options_table = {rows, sizeof rows / sizeof rows[0]};
