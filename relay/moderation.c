#include "relay/moderation.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "relay/moderation_notice.h"
#include "schema/entry.h"

#include <errno.h>

#define MAX_NOTICES ((size_t)256 << 10)

static void on_later(struct wheel_timer *timer)
{
    moderation_read(CONTAINER_OF(timer, struct moderation, later));
}

void moderation_init(struct moderation *moderation, struct broker *broker, struct wheel *wheel,
                     const struct moderation_events *events, struct span room)
{
    *moderation =
        (struct moderation){.broker = broker, .wheel = wheel, .events = events, .room = room};
    buffer_init(&moderation->notices, MAX_NOTICES);
    wheel_timer_init(&moderation->later, on_later);
}

void moderation_dispose(struct moderation *moderation)
{
    wheel_cancel(moderation->wheel, &moderation->later);
    sanctions_dispose(&moderation->sanctions);
    buffer_dispose(&moderation->notices);
}

static void plan(struct moderation *moderation, uint64_t ms)
{
    wheel_add(moderation->wheel, &moderation->later, clock_now() + ms);
}

/* ---- what is told ---- */

static int change(struct sanctions *sanctions, const struct moderation_notice *notice)
{
    uint64_t now_ms = clock_now(), until_ms = sanction_until(notice->left_ms, now_ms);

    switch (notice->verb) {
    case MODERATE_BAN:
        return sanctions_impose(sanctions, SANCTION_BAN, notice->uid, until_ms);
    case MODERATE_MUTE:
        return sanctions_impose(sanctions, SANCTION_MUTE, notice->uid, until_ms);
    case MODERATE_UNBAN:
        (void)sanctions_lift(sanctions, SANCTION_BAN, notice->uid, now_ms);
        return 0;
    case MODERATE_UNMUTE:
        (void)sanctions_lift(sanctions, SANCTION_MUTE, notice->uid, now_ms);
        return 0;
    case MODERATE_KICK:
    case MODERATE_SETTINGS:
    case MODERATE_RECALL: /* a message of its room, no notice */
    case MODERATION_VERB_COUNT:
        break;
    }

    return 0;
}

static void use_settings(struct moderation *moderation, struct room_settings settings)
{
    bool is_news = settings.muted != moderation->settings.muted ||
                   settings.slow_mode_s != moderation->settings.slow_mode_s;

    moderation->settings = settings;
    if (is_news && moderation->known)
        moderation->events->on_settings(moderation);
}

/* 0, or -ENOMEM. */
static int apply(struct moderation *moderation, const struct moderation_notice *notice)
{
    int rc = change(&moderation->sanctions, notice);

    if (notice->verb == MODERATE_SETTINGS)
        use_settings(moderation, (struct room_settings){notice->muted, notice->slow_mode_s});
    else if (notice->verb == MODERATE_BAN || notice->verb == MODERATE_KICK)
        moderation->events->on_removed(moderation, notice->uid, notice->verb == MODERATE_BAN);

    return rc;
}

bool moderation_take(struct moderation *moderation, struct span bytes)
{
    struct moderation_notice notice;
    unsigned life = moderation->life;
    struct entry entry;

    /* It has no position; what has one is not looked at twice. */
    if (bytes.size == 0 || bytes.data[0] != ':' || entry_parse(&entry, bytes) != 0 ||
        !(entry.flags & ENTRY_MODERATION))
        return false;

    if (moderation_notice_read(&notice, entry.payload) != 0)
        return true; /* of a newer release */

    if (moderation->asking && notice.verb != MODERATE_KICK) {
        buffer_add_span(&moderation->notices, entry.payload);
        if (buffer_add_char(&moderation->notices, '\n') != 0)
            moderation->again = true;
    }

    if (apply(moderation, &notice) != 0 && moderation->life == life)
        moderation_read(moderation);

    return true;
}

/* ---- what is read ---- */

/* 0, or -ENOMEM. */
static int load(struct sanctions *sanctions, const struct broker_sanctions *read)
{
    uint64_t now_ms = clock_now();
    int rc = 0;

    for (size_t i = 0; i < read->n_items && rc == 0; i++) {
        const struct broker_sanction *item = &read->items[i];

        rc = sanctions_impose(sanctions, item->is_ban ? SANCTION_BAN : SANCTION_MUTE, item->uid,
                              sanction_until(item->left_ms, now_ms));
    }

    return rc;
}

/* What was told while it was read; removals and settings have been told as they came.  0, or
 * -ENOMEM. */
static int change_again(const struct moderation *moderation, struct sanctions *sanctions,
                        struct room_settings *settings)
{
    struct span lines = buffer_span(&moderation->notices);
    struct moderation_notice notice;
    int rc = 0;

    while (lines.size > 0) {
        if (moderation_notice_read(&notice, span_cut(&lines, '\n')) != 0)
            continue;
        if (notice.verb == MODERATE_SETTINGS)
            *settings = (struct room_settings){notice.muted, notice.slow_mode_s};
        else if (change(sanctions, &notice) != 0)
            rc = -ENOMEM;
    }

    return rc;
}

/* Of all whose bans were not known: the others were removed then, and nobody comes in who is
 * banned.  (It is read every now and then, and thousands may be banned from thousands of rooms.)
 * Whoever is told may be the last one here, and then this is forgotten. */
static void remove_banned(struct moderation *moderation, const struct sanctions *known)
{
    const struct sanctioned *sanctioned;
    unsigned life = moderation->life;
    uint64_t now_ms = clock_now();
    size_t cursor = 0;

    while (moderation->life == life &&
           (sanctioned = sanctions_next(&moderation->sanctions, &cursor))) {
        struct span uid = span_make(sanctioned->uid, sanctioned->uid_size);

        if (sanctioned->until[SANCTION_BAN] > now_ms &&
            !sanctions_hold(known, SANCTION_BAN, uid, now_ms))
            moderation->events->on_removed(moderation, uid, true);
    }
}

/* Takes `sanctions`. */
static void use(struct moderation *moderation, const struct sanctions *sanctions,
                struct room_settings settings)
{
    struct sanctions former = moderation->sanctions;
    unsigned life = moderation->life;
    bool first = !moderation->known;

    moderation->sanctions = *sanctions;
    use_settings(moderation, settings);
    if (moderation->life == life) {
        moderation->known = true;
        remove_banned(moderation, &former);
    }

    sanctions_dispose(&former);
    if (first && moderation->known)
        moderation->events->on_known(moderation);
}

static void take_in(struct moderation *moderation, const struct broker_sanctions *read)
{
    struct room_settings settings = {read->muted, read->slow_mode_s};
    struct sanctions sanctions = {0};

    if (load(&sanctions, read) != 0 || change_again(moderation, &sanctions, &settings) != 0) {
        sanctions_dispose(&sanctions); /* it stays as it was */
        plan(moderation, backoff_next(&moderation->backoff));
        return;
    }

    backoff_reset(&moderation->backoff);
    if (moderation->recheck_ms > 0) /* not all rooms at once */
        plan(moderation, moderation->recheck_ms / 2 + random_below(moderation->recheck_ms));

    use(moderation, &sanctions, settings);
}

/* A broker that is away has been told of, and one that stops refuses what is under way: so it is
 * told when it has failed before. */
static void try_later(struct moderation *moderation, const struct broker_status *status)
{
    if (moderation->backoff.limit_ms > 0 && moderation->broker->state == BROKER_UP)
        LOG_LIMITED(WARN, 3, 60000,
                    moderation->known ? "moderation cannot be read, going by what was known"
                                      : "moderation cannot be read, nobody is let in",
                    LOG_SPAN("room", moderation->room),
                    LOG_TEXT("code", refusal_traits(status->refusal)->code));

    plan(moderation, backoff_next(&moderation->backoff));
}

static void on_read(void *arg, const struct broker_status *status,
                    const struct broker_sanctions *read)
{
    struct moderation *moderation = arg;
    bool stale = moderation->stale;

    moderation->asking = false;
    moderation->stale = false;
    if (!stale && status->refusal == REFUSAL_NONE)
        take_in(moderation, read);
    else if (!stale)
        try_later(moderation, status);

    buffer_clear(&moderation->notices);
    if (moderation->again)
        moderation_read(moderation);
    if (!moderation->asking)
        moderation->events->on_idle(moderation);
}

void moderation_read(struct moderation *moderation)
{
    moderation->again = moderation->asking;
    if (moderation->asking)
        return;

    wheel_cancel(moderation->wheel, &moderation->later);
    moderation->asking = true;
    broker_sanctions(moderation->broker, moderation->room, on_read, moderation);
}

void moderation_forget(struct moderation *moderation)
{
    wheel_cancel(moderation->wheel, &moderation->later);
    sanctions_dispose(&moderation->sanctions);
    buffer_dispose(&moderation->notices);
    moderation->settings = (struct room_settings){0};
    moderation->backoff = (struct backoff){0};
    moderation->stale = moderation->asking;
    moderation->known = false;
    moderation->again = false;
    moderation->life++;
}

/* ---- what is asked ---- */

bool moderation_bans(const struct moderation *moderation, struct span uid)
{
    return sanctions_hold(&moderation->sanctions, SANCTION_BAN, uid, clock_now());
}

bool moderation_mutes(const struct moderation *moderation, struct span uid)
{
    return sanctions_hold(&moderation->sanctions, SANCTION_MUTE, uid, clock_now());
}
