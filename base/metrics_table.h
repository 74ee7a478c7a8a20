/* metrics_table.h - every metric, in one table; docs and /metrics are made from it.
 *
 * Names follow Prometheus: base units, _total for counters.  A label's values
 * are fixed here, so that no client can make series.  To add a metric, add a
 * line; to add a value, add it to its set. */
#ifndef BASE_METRICS_TABLE_H
#define BASE_METRICS_TABLE_H

/* Types: COUNTER and GAUGE are summed over the workers, LEAST is a gauge that
 * shows the least of them, HISTOGRAM is of durations, and COUNTER_BY_KIND has the
 * label `kind` as well, of METRIC_SET_ANY_KIND.
 *
 *   constant  name  type  label  set of values  help */
#define METRICS(X)                                                                          \
    X(CONNECTIONS, "livegate_connections", GAUGE, "", NONE, "Client connections open now.") \
    X(CONNECTIONS_ACCEPTED, "livegate_connections_total", COUNTER, "", NONE,                \
      "Client connections that became WebSockets; who is refused does not count.")          \
    X(ACCEPTS_PACED, "livegate_accepts_paced_total", COUNTER, "", NONE,                     \
      "Times accepting paused to keep to --accepts-per-second.")                            \
    X(UPGRADES_REFUSED, "livegate_upgrades_refused_total", COUNTER, "status", HTTP_STATUS,  \
      "WebSocket upgrades refused, by HTTP status.")                                        \
    X(LIMITED, "livegate_limited_total", COUNTER, "limit", LIMIT,                           \
      "Upgrades and joins refused and connections closed, by what limits them.")            \
    X(TOKENS_REFUSED, "livegate_tokens_refused_total", COUNTER, "reason", TOKEN_FAULT,      \
      "Tokens that were not good, at upgrades and in messages.")                            \
    X(TLS_HANDSHAKES, "livegate_tls_handshakes_total", COUNTER, "session", TLS_SESSION,     \
      "TLS handshakes of clients, with a new session or one they had before.")              \
    X(TLS_FAILURES, "livegate_tls_failures_total", COUNTER, "reason", TLS_FAILURE,          \
      "TLS handshakes of clients that failed, by reason.")                                  \
    X(TLS_NOT_AFTER, "livegate_tls_certificate_not_after_seconds", LEAST, "", NONE,         \
      "When the certificate shown to clients ends, in seconds since 1970; 0 without TLS.")  \
    X(ROOMS, "livegate_rooms", GAUGE, "", NONE,                                             \
      "Rooms with viewers here; one on several workers counts for each.")                   \
    X(SESSIONS_CLOSED, "livegate_sessions_closed_total", COUNTER, "code", CLOSE_CODE,       \
      "Sessions ended, by WebSocket close code; 1006 is an end without one.")               \
    X(SESSIONS_BEHIND, "livegate_sessions_behind", GAUGE, "", NONE,                         \
      "Sessions whose sockets are full, or that have yet to get what they missed since.")   \
    X(SESSIONS_REPAIRED, "livegate_sessions_repaired_total", COUNTER, "", NONE,             \
      "Times a session that fell off a room's log went on from the room's history.")        \
    X(SESSIONS_SHED, "livegate_sessions_shed_total", COUNTER, "", NONE,                     \
      "Sessions that were behind, closed because clients made the gateway hold too much.")  \
    X(READERS_BYTES, "livegate_readers_bytes", GAUGE, "", NONE,                             \
      "Memory held for clients that have yet to read it, and by the logs of rooms.")        \
    X(REMOVALS, "livegate_removals_total", COUNTER, "why", REMOVAL,                         \
      "Sessions taken out of a room by a backend.")                                         \
    X(MESSAGES_IN, "livegate_messages_in_total", COUNTER, "kind", KIND,                     \
      "Messages received from clients and by HTTP.")                                        \
    X(COMMANDS_LIMITED, "livegate_commands_limited_total", COUNTER, "kind", KIND,           \
      "Commands of clients that came more often than one client may send them, by kind.")   \
    X(MESSAGES_SAMPLED, "livegate_messages_sampled_total", COUNTER, "kind", KIND,           \
      "Messages of clients left out because their room is over its budget, by kind.")       \
    X(MESSAGES_OUT, "livegate_messages_out_total", COUNTER, "kind", KIND,                   \
      "Messages applied to a room that has viewers here.")                                  \
    X(DELIVERIES, "livegate_deliveries_total", COUNTER, "", NONE,                           \
      "Frames handed to client sockets.")                                                   \
    X(DELIVERED_BYTES, "livegate_delivered_bytes_total", COUNTER, "", NONE,                 \
      "Bytes handed to client sockets.")                                                    \
    X(DELIVERY_SECONDS, "livegate_delivery_seconds", HISTOGRAM, "class", CLASS,             \
      "Age of a room's messages when its sockets have them: the oldest of a turn.")         \
    X(DROPS, "livegate_drops_total", COUNTER_BY_KIND, "reason", DROP,                       \
      "Messages not delivered, by reason and kind.")                                        \
    X(BROKER_UP, "livegate_broker_up", LEAST, "", NONE,                                     \
      "1 when the broker can be used by every worker.")                                     \
    X(BROKER_RECONNECTS, "livegate_broker_reconnects_total", COUNTER, "", NONE,             \
      "Times a link to the broker was renewed.")                                            \
    X(BROKER_MAY_EVICT, "livegate_broker_may_evict", GAUGE, "", NONE,                       \
      "Workers whose Redis may evict keys: set its maxmemory-policy to noeviction.")        \
    X(BROKER_REQUESTS, "livegate_broker_requests_total", COUNTER, "function", FUNCTION,     \
      "Requests made of the broker, by the function of Redis that they call.")              \
    X(BROKER_ERRORS, "livegate_broker_errors_total", COUNTER, "reason", BROKER_ERROR,       \
      "Requests and links that failed, by reason.")                                         \
    X(CANARY_SECONDS, "livegate_canary_seconds", HISTOGRAM, "", NONE,                       \
      "Time of a canary: a write to the broker whose message came back.")                   \
    X(SEQUENCED, "livegate_sequenced_total", COUNTER, "order", ORDER,                       \
      "Sequenced messages that arrived, by how they followed the one before.")              \
    X(ENTRIES_SKIPPED, "livegate_entries_skipped_total", COUNTER, "", NONE,                 \
      "Entries of a channel that could not be read.")                                       \
    X(ROOM_READS, "livegate_room_reads_total", COUNTER, "", NONE,                           \
      "Times the state of a room was read from the broker.")                                \
    X(HISTORY_READS, "livegate_history_reads_total", COUNTER, "", NONE,                     \
      "Times the history of a room was read: to repair it or a session, or to be sure.")    \
    X(AUDITS, "livegate_audits_total", COUNTER, "", NONE,                                   \
      "History reads of quiet rooms, whose last message could have been lost.")             \
    X(REPAIRED, "livegate_repaired_total", COUNTER, "", NONE,                               \
      "Messages that came from history because the channel had lost them.")                 \
    X(REPEATED, "livegate_repeated_total", COUNTER, "", NONE,                               \
      "Messages published again after the broker had lost them, not delivered twice.")      \
    X(MISSED, "livegate_missed_total", COUNTER, "", NONE,                                   \
      "Times messages were lost to viewers: no history has them.")                          \
    X(HELD_BYTES, "livegate_held_bytes", GAUGE, "", NONE,                                   \
      "Messages that wait for what is missing before them.")                                \
    X(LIKES_LOST, "livegate_likes_lost_total", COUNTER, "", NONE,                           \
      "Taps of likes that may not have been counted.")                                      \
    X(PUBLISH_SECONDS, "livegate_publish_seconds", HISTOGRAM, "", NONE,                     \
      "Time from a publish to the broker's answer.")                                        \
    X(LOOP_DELAY, "livegate_loop_delay_seconds", HISTOGRAM, "", NONE,                       \
      "How late a worker's timer was: its loop was busy so long.")                          \
    X(RELOADS, "livegate_reloads_total", COUNTER, "result", RELOAD,                         \
      "Times all settings were read again (SIGHUP), by what came of it.")                   \
    X(SETTINGS_REFUSED, "livegate_settings_refused", GAUGE, "", NONE,                       \
      "1 when the settings read last, on SIGHUP, were wrong: those before are in use.")

/* ---- sets of label values: V(constant, text) ---- */

#define METRIC_SETS(S) \
    S(NONE)            \
    S(KIND)            \
    S(ANY_KIND)        \
    S(CLASS)           \
    S(HTTP_STATUS)     \
    S(LIMIT)           \
    S(TOKEN_FAULT)     \
    S(TLS_SESSION)     \
    S(TLS_FAILURE)     \
    S(CLOSE_CODE)      \
    S(REMOVAL)         \
    S(DROP)            \
    S(FUNCTION)        \
    S(BROKER_ERROR)    \
    S(ORDER)           \
    S(RELOAD)

#define METRIC_SET_NONE(V) V(ONLY, "")

/* In the order of enum message_kind (schema/kinds.h), which is the index. */
#define METRIC_SET_KIND(V)   \
    V(JOIN, "join")          \
    V(LEAVE, "leave")        \
    V(CHAT, "message")       \
    V(LIKE, "like")          \
    V(FOLLOW, "subscribe")   \
    V(BUY, "buy")            \
    V(SHELF, "on_off_shelf") \
    V(CUSTOM, "custom")      \
    V(RECALL, "recall")

/* The first one is for what was of no kind we know, or whose kind nobody knows any more. */
#define METRIC_SET_ANY_KIND(V) V(UNKNOWN, "unknown") METRIC_SET_KIND(V)

/* In the order of enum message_class (schema/kinds.h), which is the index. */
#define METRIC_SET_CLASS(V)   \
    V(STATE, "state")         \
    V(PROTECTED, "protected") \
    V(CHAT, "chat")           \
    V(DROPPABLE, "droppable")

/* Found by number, with metrics_code(). */
#define METRIC_SET_HTTP_STATUS(V) \
    V(400, "400")                 \
    V(401, "401")                 \
    V(403, "403")                 \
    V(404, "404")                 \
    V(405, "405")                 \
    V(408, "408")                 \
    V(426, "426")                 \
    V(429, "429")                 \
    V(431, "431")                 \
    V(503, "503")                 \
    V(OTHER, "other")

/* enum limit */
#define METRIC_SET_LIMIT(V)           \
    V(HANDSHAKE, "handshake")         \
    V(HEADER_BYTES, "header_bytes")   \
    V(ADDRESS, "address")             \
    V(SESSIONS, "sessions")           \
    V(MEMORY, "memory")               \
    V(ROOMS, "rooms")                 \
    V(MESSAGE_BYTES, "message_bytes") \
    V(FRAGMENTS, "fragments")         \
    V(UNFINISHED, "unfinished")

/* In the order of enum token_fault (schema/token.h), which is the index. */
#define METRIC_SET_TOKEN_FAULT(V)     \
    V(MALFORMED, "malformed")         \
    V(UNKNOWN_KEY, "unknown_key")     \
    V(SIGNATURE, "signature")         \
    V(CLAIM, "claim")                 \
    V(EXPIRED, "expired")             \
    V(EARLY, "early")                 \
    V(AUDIENCE, "audience")           \
    V(SOMEBODY_ELSE, "somebody_else") \
    V(NO_MEMORY, "no_memory")

/* enum tls_session */
#define METRIC_SET_TLS_SESSION(V) \
    V(NEW, "new")                 \
    V(RESUMED, "resumed")

/* enum tls_failure */
#define METRIC_SET_TLS_FAILURE(V)             \
    V(HTTP, "http")                           \
    V(NOT_TLS, "not_tls")                     \
    V(VERSION, "version")                     \
    V(NOTHING_IN_COMMON, "nothing_in_common") \
    V(REFUSED, "refused_by_client")           \
    V(CUT, "cut")                             \
    V(LATE, "late")                           \
    V(OTHER, "other")

/* Found by number, with metrics_code(). */
#define METRIC_SET_CLOSE_CODE(V) \
    V(1000, "1000")              \
    V(1001, "1001")              \
    V(1002, "1002")              \
    V(1003, "1003")              \
    V(1005, "1005")              \
    V(1006, "1006")              \
    V(1007, "1007")              \
    V(1008, "1008")              \
    V(1009, "1009")              \
    V(1011, "1011")              \
    V(1012, "1012")              \
    V(1013, "1013")              \
    V(4400, "4400")              \
    V(4401, "4401")              \
    V(4403, "4403")              \
    V(4408, "4408")              \
    V(4409, "4409")              \
    V(4429, "4429")              \
    V(4430, "4430")              \
    V(OTHER, "other")

/* In the order of enum removal (relay/relay.h), which is the index. */
#define METRIC_SET_REMOVAL(V)             \
    V(KICK, "kick")                       \
    V(KICK_EVERYWHERE, "kick_everywhere") \
    V(BAN, "ban")                         \
    V(BAN_EVERYWHERE, "ban_everywhere")

/* enum drop_reason */
#define METRIC_SET_DROP(V)        \
    V(MALFORMED, "malformed")     \
    V(UNKNOWN, "unknown")         \
    V(NOT_JOINED, "not_joined")   \
    V(NOT_ALLOWED, "not_allowed") \
    V(BANNED, "banned")           \
    V(MUTED, "muted")             \
    V(ROOM_MUTED, "room_muted")   \
    V(SLOW_MODE, "slow_mode")     \
    V(TOO_MANY, "too_many")       \
    V(SAMPLED, "sampled")         \
    V(LAGGING, "lagging")         \
    V(OVERLOAD, "overload")       \
    V(BROKER_DOWN, "broker_down")

/* enum broker_function; of livegate_publish and so on what follows the _. */
#define METRIC_SET_FUNCTION(V) \
    V(PUBLISH, "publish")      \
    V(SNAPSHOT, "snapshot")    \
    V(HISTORY, "history")      \
    V(CENSUS, "census")        \
    V(MODERATE, "moderate")    \
    V(SANCTIONS, "sanctions")

/* enum broker_error */
#define METRIC_SET_BROKER_ERROR(V)    \
    V(CONNECT, "connect")             \
    V(LOST, "lost")                   \
    V(TIMEOUT, "timeout")             \
    V(FULL, "full")                   \
    V(PROTOCOL, "protocol")           \
    V(LOADING, "loading")             \
    V(READONLY, "readonly")           \
    V(OUT_OF_MEMORY, "out_of_memory") \
    V(AUTH, "auth")                   \
    V(PERMISSION, "permission")       \
    V(FUNCTION, "function")           \
    V(MOVED, "moved")                 \
    V(OTHER, "other")

/* In the order of enum order (relay/position.h), which is the index. */
#define METRIC_SET_ORDER(V)   \
    V(NEXT, "next")           \
    V(DUPLICATE, "duplicate") \
    V(GAP, "gap")             \
    V(NEW_TERM, "new_term")   \
    V(OLD_TERM, "old_term")

/* enum reload_result */
#define METRIC_SET_RELOAD(V) \
    V(APPLIED, "applied")    \
    V(REFUSED, "refused")

#endif
